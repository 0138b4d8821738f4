"""No legal query is refused by the guard, unless it calls another server: told by the W3C's suites.

Every suite of SPARQL queries under `W3C_TESTS` is read, at whatever depth: what its manifest calls
a syntax or an evaluation test that is not negative is legal; so is a query that a protocol test
sends and wants answered. A query that no manifest names is judged by the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyoxigraph as ox
import pytest

from kgserver.engine.guard import inspect
from kgserver.errors import KgError, QueryRefused
from w3c import MF, QT, W3C, entries, manifest, messages

HERE = W3C.resolve()
MANIFESTS = sorted(HERE.rglob("manifest*.ttl"))
POSITIVE = re.compile(r"(QueryEvaluation|CSVResultFormat|PositiveSyntax)Test(1[0-9])?")
NEGATIVE = re.compile(r"NegativeSyntaxTest(1[0-9])?")
FEDERATED = ("service", "syntax-fed")
"""The folders of the suites in which each legal query calls another server."""
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ASIDE = re.compile(
    r"""(?s)\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    r"""|<[^<>"{}|^`\\\s]*>|\#[^\r\n]*"""
)
"""Strings, IRIs and comments: what a keyword may stand in without being one."""
ACTION, QUERY = ox.NamedNode(MF.action), ox.NamedNode(QT.query)


def named(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that a manifest names as queries, each with the kind of its test."""
    store = ox.Store()
    store.load(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=path.as_uri())
    for test in store.quads_for_pattern(None, ACTION, None):
        action = test.object
        assert isinstance(action, ox.NamedNode | ox.BlankNode)
        files = [quad.object for quad in store.quads_for_pattern(action, QUERY, None)] or [action]
        for kind in store.quads_for_pattern(test.subject, TYPE, None):
            for file in files:
                if isinstance(file, ox.NamedNode) and file.value.startswith("file:"):
                    place = Path(unquote(urlsplit(file.value).path))
                    yield place, str(kind.object).rpartition("#")[2].rstrip(">")


def sent(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the queries that protocol tests send and want answered."""
    graph = manifest(path)
    for name, entry in entries(graph).items():
        for step, message in enumerate(messages(graph, entry)):
            if "StatusCode2xx" not in message.statuses:
                continue
            values = parse_qs(urlsplit(message.path).query)
            kind = dict(message.headers).get("content-type")
            if kind == "application/sparql-query" and message.body:
                values["query"] = [message.body.decode()]
            elif kind == "application/x-www-form-urlencoded" and message.body:
                values |= parse_qs(message.body.decode())
            yield from ((f"{name}-{step}", query) for query in values.get("query", ()))


def text_of(path: Path) -> str:
    """Return a query, whatever its bytes."""
    return path.read_text("utf-8", errors="surrogateescape")


def is_read(text: str) -> bool:
    """Tell whether the engine can read a query; nothing is evaluated that could call out."""
    try:
        ox.Store().query(text, base_iri="http://e/", default_graph=[], named_graphs=[])
    except RuntimeError:
        return True  # read, but not answered: it needs a function of the suite's own
    except (SyntaxError, UnicodeEncodeError):
        return False
    return True


def sorted_out() -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts of the legal queries and of the others, by their places in the suites."""
    legal: dict[str, str] = {}
    others: dict[str, str] = {}
    listed: set[Path] = set()
    for path in MANIFESTS:
        for file, kind in named(path):
            listed.add(file)
            if POSITIVE.fullmatch(kind):
                legal[str(file.relative_to(HERE))] = text_of(file)
            elif NEGATIVE.fullmatch(kind):
                others[str(file.relative_to(HERE))] = text_of(file)
        if path.parent.name == "protocol":
            place = path.parent.relative_to(HERE)
            legal |= {f"{place}/{name}": query for name, query in sent(path)}
    for path in sorted(set(HERE.rglob("*.rq")) - listed):
        group = legal if is_read(text_of(path)) else others
        group[str(path.relative_to(HERE))] = text_of(path)
    return legal, others


def calls(text: str) -> bool:
    """Tell whether a query has the keyword SERVICE outside of strings, IRIs, names and comments.

    For tidy queries alone, unlike the guard, which must see it in any disguise.
    """
    bare = ASIDE.sub(" ", text)
    return re.search(r"(?i)(?<![\w?$:-])service(?![\w:-])", bare) is not None


LEGAL, OTHERS = sorted_out()
CALLS = {name for name, text in LEGAL.items() if calls(text)}


def test_a_call_is_told_from_a_word() -> None:
    """The judge of these tests finds a call where there is one, and not in names and strings."""
    assert calls("SELECT * { OPTIONAL { SERVICE SILENT <urn:x> { ?s ?p ?o } } }")
    assert calls("SELECT * { ?s <urn:a#b> 'x' service ?s { } }")
    assert not calls("SELECT ?service { ?service e:service 'SERVICE <urn:x> { }' } # SERVICE")
    assert not calls('ASK { ?s ?p <urn:#SERVICE>, """a \'SERVICE\n""", service:x }')


@pytest.mark.skipif(not MANIFESTS, reason="W3C_TESTS names no folder with the W3C's tests")
def test_the_suites_were_read() -> None:
    """The tests below come from the suites: their queries, and those of the protocol."""
    assert len(LEGAL) >= 24
    assert {Path(name).parent.name for name in LEGAL} >= {"csv-tsv-res", "json-res", "protocol"}


@pytest.mark.parametrize("name", sorted(LEGAL.keys() - CALLS))
def test_a_legal_query_is_let_through(name: str) -> None:
    """The guard refuses nothing that a suite calls legal, and reads off its form."""
    form = inspect(LEGAL[name]).form

    assert form in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE") and form in LEGAL[name].upper()


@pytest.mark.skipif(not CALLS, reason="No suite under W3C_TESTS calls another server")
def test_a_call_of_another_server_is_refused() -> None:
    """The legal queries that are refused are those with SERVICE, by that name."""
    for name in sorted(CALLS):
        with pytest.raises(QueryRefused, match="SERVICE"):
            inspect(LEGAL[name])
    assert {name for name in LEGAL if Path(name).parent.name in FEDERATED} == CALLS


@pytest.mark.skipif(not OTHERS, reason="No suite under W3C_TESTS has faulty queries")
def test_other_queries_are_judged() -> None:
    """What is not legal is let through to the engine or refused, never a fault of ours."""
    for text in OTHERS.values():
        with suppress(KgError):
            assert inspect(text).form
