"""What the guard lets through, what it refuses, and what it reads off a query.

That it lets all legal queries through is held to the W3C's suites in `test_w3c_guard.py`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgserver.engine.guard import LIMITS, Inspection, Limits, inspect, query_form
from kgserver.errors import KgError, QueryRefused, QuerySyntaxError, QueryTooComplex


class Listener:
    """Counts who calls on the loopback device, and sends each caller away."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            with caller:
                caller.recv(4096)
                caller.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def called_by(self, query: str) -> int:
        """Evaluate the query with nothing in between; return how often it called here."""
        before = self.calls
        with contextlib.suppress(OSError, RuntimeError, SyntaxError):
            results = ox.Store().query(query, default_graph=[], named_graphs=[])
            assert not isinstance(results, ox.QueryTriples)
            results.serialize(format=ox.QueryResultsFormat.JSON)
        return self.calls - before

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """A listener for all tests of this file."""
    listener = Listener()
    yield listener
    listener.close()


PROLOGUE = "PREFIX : <H> PREFIX ex: <H> "
MORE = "PREFIX SERVICE: <urn:s:> PREFIX SERVICEex: <urn:s:> PREFIX SERVICESILENTex: <urn:s:> "
CALLS = [
    "SELECT * { SERVICE <H> { ?s ?p ?o } }",
    "select*{service<H>{}}",
    "SELECT * { SeRvIcE SILENT <H> { ?s ?p ?o } }",
    "SELECT * { SERVICE # nothing to see\n <H> { ?s ?p ?o } }",
    "SELECT * { VALUES ?where { <H> } LATERAL { SERVICE ?where { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { SERVICE <H> { ?s ?p ?o } } } }",
    "ASK { FILTER EXISTS { SERVICE <H> { ?s ?p ?o } } }",
    "ASK { FILTER (EXISTS { SERVICE <H> { ?s ?p ?o } } || false) }",
    "SELECT * { OPTIONAL { LATERAL { SERVICE <H> { } } } }",
    "SELECT * { { } UNION { SERVICE <H> { } } }",
    # The engine asks for no space between a keyword and what follows or precedes it.
    "SELECT * { SERVICE:p { } }",
    "SELECT * { SERVICEex:p { } }",
    "SELECT * { SERVICESILENTex:p { } }",
    "SELECT * { SERVICESILENT<H> { } }",
    "SELECT * { OPTIONAL { ?s ?p trueSERVICE<H> { } } }",
    "SELECT * { OPTIONAL { ?s ?p trueSERVICEex:p { } } }",
    "SELECT * { OPTIONAL { ?s ?p 1SERVICE:p { } } }",
    "SELECT * { OPTIONAL { ?s ?p ex:a.b.SERVICE<H> { } } }",
    "SELECT * { SERVICE:p #\n { } }",
    # It also reads `<` as "less than", and so a comment or a string where the grammar has an IRI.
    "SELECT * { BIND (1 AS ?a) FILTER(?a<?b)SERVICE#>\n<H>{} }",
    'SELECT * { BIND(1 AS ?a) FILTER(?a<?b#>"""\n) SERVICE <H> {} #"""\n }',
    "SELECT * { FILTER(1<'x>'||true)SERVICE<H>{} #'\n}",
    # And a long string without end as an empty one and a short one.
    'SELECT * { VALUES (?x ?y) { ("""abc") } SERVICE <H> { } }',
    # A comment ends at a carriage return too.
    "SELECT * { #\rSERVICE <H> { }\n }",
]


@pytest.mark.parametrize("query", CALLS)
def test_no_call_gets_through(query: str, listener: Listener) -> None:
    """The engine alone does call out; the guard lets none of it through."""
    text = (PROLOGUE + MORE + query).replace("<H>", f"<{listener.address}>")
    assert listener.called_by(text), "this is no attack"

    with pytest.raises((QueryRefused, QuerySyntaxError)):
        inspect(text)


BEFORE = ["", "true", "1", "1.5e3", "?s ?p true", "?s ?p ex:a.", "?s ?p ex:a.b.", ". ", "}{", "#\r"]
SPELLED = ["SERVICE", "service", "\\u0053ERVICE", "SERV\\U00000049CE", "SERVICESERVICE", "LOAD"]
SILENT = ["", "SILENT", " SILENT ", "#\nsilent"]
TARGET = ["<H>", ":p", "ex:p", ":", "?v", " <H>", " ex:p", "#>\n<H>"]
HIDDEN = ["{C}", "FILTER(1<?b{C}>2)", "FILTER(1<?b#>'''\n){C}#'''\n", "FILTER(1<'x>'||1){C}#'\n"]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([PROLOGUE, PROLOGUE + MORE]),
    st.sampled_from(HIDDEN),
    st.sampled_from(BEFORE),
    st.sampled_from(SPELLED),
    st.sampled_from(SILENT),
    st.sampled_from(TARGET),
    st.sampled_from(["{}", "{ }", "#{\n{?s ?p ?o}", ""]),
)
def test_no_mixture_gets_through(
    listener: Listener,
    prologue: str,
    hidden: str,
    before: str,
    keyword: str,
    silent: str,
    target: str,
    group: str,
) -> None:
    """However the parts of a call are put together: what the guard passes calls nobody."""
    call = before + keyword + silent + target + group
    query = prologue + "SELECT * { VALUES ?v { <H> } " + hidden.replace("{C}", call) + " }"
    text = query.replace("<H>", f"<{listener.address}>")
    try:
        inspect(text)
    except (QueryRefused, QuerySyntaxError):
        return

    assert listener.called_by(text) == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service ?load WHERE { ?service ?insert ?load }",
        "SELECT $SERVICE { $SERVICE ?p ?o }",
        "PREFIX service: <http://e/> SELECT * { service:load service:insert ?o }",
        "PREFIX service: <http://e/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX service: <http://e/> DESCRIBE service:x { }",
        "PREFIX service: <http://e/> SELECT * { ?s ?p service:o { ?a ?b ?c } }",
        "PREFIX e: <http://e/> SELECT * { ?s a e:Service { ?a ?b ?c } }",
        "PREFIX e: <http://e/SERVICE#> SELECT * { ?s e:clear e:drop, e:LOAD, e:x.service }",
        "SELECT * { ?s <http://e/SERVICE> <http://e/LOAD#SERVICE> }",
        "SELECT * { ?s ?p 'SERVICE <http://h/> {}', \"LOAD <http://h/>\" }",
        "SELECT * { ?s ?p '''SERVICE\n'<http://h/>' {}''', \"\"\"a\"\"b SERVICE \\\"\"\"\" }",
        "SELECT * { ?s ?p ?o } # SERVICE <http://h/> { } LOAD DROP ALL",
        "# INSERT DATA { }\nSELECT * { ?s ?p ?o }",
        "SELECT * { _:service ?p _:load }",
        "SELECT * { VALUES (?x ?y) { ('service' <http://e/a#b>) } }",
        "SELECT * { ?s ?p '\\\\u0053ERVICE' }",
        "SELECT (?a<?b&&?c>?d AS ?insert) { ?a ?b ?c, ?d }",
        "BASE <http://e/> SELECT * { <#a> <b> ?o }",
        "VERSION \"1.2\" SELECT * { ?s ?p <<( <a:b> <a:c> 'x'@en--ltr )>> }",
        "PREFIX ж: <http://e/> SELECT ?қызмет { ?қызмет ж:а-б '\u0436' }",
    ],
)  # fmt: skip
def test_words_in_other_places(query: str) -> None:
    """The words of calls and updates are free as names, IRIs, strings and comments."""
    ox.Store().query(query, default_graph=[], named_graphs=[])

    assert inspect(query).form in ("SELECT", "DESCRIBE")


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX e: <http://e/> DELETE WHERE { ?s e:p ?o }",
        "# first\nwith <a:g> delete { ?s ?p ?o } where { ?s ?p ?o }",
        "CLEAR ALL",
        "DROP SILENT GRAPH <a:g>",
        "CREATE GRAPH <a:g>",
        "COPY <a:g> TO <a:h>",
        "MOVE <a:g> TO <a:h>",
        "ADD <a:g> TO DEFAULT",
        "LOAD <http://127.0.0.1/>",
    ],
)
def test_updates_are_refused(update: str) -> None:
    """Each form of update is refused by its name and its place."""
    with pytest.raises(QueryRefused, match="is an update") as refusal:
        inspect(update)

    assert (refusal.value.where or "").startswith("line ")


def chain(operator: str, count: int) -> str:
    """Return a query with so many of one operator."""
    return "SELECT ?s { ?s ?p ?o FILTER(" + operator.join(["?o"] * (count + 1)) + ") }"


@pytest.mark.parametrize(("opening", "closing"), ["{}", "()", "[]"])
def test_depth(opening: str, closing: str) -> None:
    """64 brackets may be open at once, of whatever kind."""
    inner = LIMITS.depth - 1
    inspect("ASK {" + opening * inner + closing * inner + "}")

    with pytest.raises(QueryTooComplex, match="nested deeper than 64") as refusal:
        inspect("ASK {" + opening * (inner + 1) + closing * (inner + 1) + "}")
    assert refusal.value.where == "line 1, column 69"


def test_six_thousand_groups() -> None:
    """What ends an engine's process does not reach it."""
    with pytest.raises(QueryTooComplex):
        inspect("SELECT * " + "{" * 6000 + "}" * 6000)


def test_brackets_in_strings_do_not_count() -> None:
    """Nor those in comments, and closed ones no more."""
    inspect("ASK { ?s ?p '" + "(" * 100 + "' #" + "{" * 100 + "\n" + "()" * 100 + "}")


@pytest.mark.parametrize("operator", ["||", "&&", "+", "*", "/", ".", ";", ","])
def test_chains(operator: str) -> None:
    """2,000 operators of one kind are let through, and not one more."""
    inspect(chain(operator, 2_000))

    with pytest.raises(QueryTooComplex, match="2,001"):
        inspect(chain(operator, 2_001))


@pytest.mark.parametrize("word", ["UNION", "OPTIONAL", "MINUS", "LATERAL"])
def test_chains_of_patterns(word: str) -> None:
    """Graph patterns of all kinds count together."""
    inspect("ASK {" + f"{{}} {word} " * 1_900 + "{} FILTER(1) }")

    with pytest.raises(QueryTooComplex, match="graph patterns"):
        inspect("ASK {" + f"{{}} {word} " * 1_900 + "{}" + "FILTER(1)" * 101 + "}")


def test_size() -> None:
    """Bytes count, not characters; a megabyte is refused before it is read."""
    body = "ж" * 50_000
    inspect(f"ASK {{ ?s ?p '{body}' }}")
    for text in (f"ASK {{ ?s ?p '{body * 3}' }}", "ASK { #" + "x" * 1_000_000 + "\n}"):
        with pytest.raises(QueryTooComplex, match="bytes"):
            inspect(text)


def test_tokens_and_limits() -> None:
    """The number of tokens is limited, and each limit can be set."""
    values = " ".join(["1"] * 19_993)
    inspect(f"ASK {{ VALUES ?x {{ {values} }} }}")
    with pytest.raises(QueryTooComplex, match="20,000"):
        inspect(f"ASK {{ VALUES ?x {{ {values} 1 }} }}")
    with pytest.raises(QueryTooComplex, match="more than 3"):
        inspect("ASK { } LIMIT 1", Limits(tokens=3))
    with pytest.raises(QueryTooComplex, match="IRI"):
        inspect("ASK { ?s ?p <http://e/" + "x" * 5_000 + "> }")


@pytest.mark.parametrize(
    ("query", "default", "named"),
    [
        ("SELECT * { ?s ?p ?o }", (), ()),
        ("SELECT * FROM <http://e/g> { ?s ?p ?o }", ("http://e/g",), ()),
        ("SELECT * FROM NAMED <http://e/g> WHERE { }", (), ("http://e/g",)),
        (
            "ASK from <http://e/b> FROM named <http://e/n> FROM <http://e/a> FROM <http://e/b> {}",
            ("http://e/b", "http://e/a"),
            ("http://e/n",),
        ),
        ("PREFIX e: <http://e/> ASK FROM e:at\\/2016-01-01 { }", ("http://e/at/2016-01-01",), ()),
        ("BASE <http://e/x/> PREFIX p: <../> BASE <y/> ASK FROM p: FROM NAMED <z> { }",
         ("http://e/",), ("http://e/x/y/z",)),
        ("CONSTRUCT { ?s ?p 'FROM' } FROM <http://e/g> WHERE { }", ("http://e/g",), ()),
        ("CONSTRUCT FROM <http://e/g> WHERE { }", ("http://e/g",), ()),
        ("DESCRIBE <http://e/x> ?y FROM NAMED <http://e/g>", (), ("http://e/g",)),
        ("ASK FROM <http://e/\\u0436> { }", ("http://e/ж",), ()),
        ("ASK { ?from ?p 'FROM <http://e/g>' } # FROM <http://e/g>", (), ()),
        ("PREFIX from: <http://e/> ASK { from:from from:x <http://e/g> }", (), ()),
    ],
)  # fmt: skip
def test_dataset_clause(query: str, default: tuple[str, ...], named: tuple[str, ...]) -> None:
    """FROM and FROM NAMED are found, with their IRIs resolved by the prologue."""
    seen = inspect(query)

    assert (seen.default_graphs, seen.named_graphs) == (default, named)


@pytest.mark.parametrize(
    ("query", "volatile"),
    [
        ("SELECT (NOW() AS ?n) { }", True),
        ("SELECT * { BIND(struuid ( ) AS ?id) }", True),
        ("SELECT * { ?s ?p ?o } ORDER BY RAND()", True),
        ("SELECT * { ?s ?p ?o } ORDER BYRAND()", True),
        ("SELECT (BNODE() AS ?b) (UUID() AS ?u) { }", True),
        ("SELECT ?now { ?now <urn:rand> 'UUID()' } # NOW()", False),
        ("PREFIX now: <urn:now:> SELECT (now:now() AS ?x) { }", False),
        ("SELECT (COUNT(*) AS ?n) { [] ?p _:bnode }", False),
    ],
)
def test_volatile(query: str, volatile: bool) -> None:
    """Functions that answer differently each time are found, and only as functions."""
    assert inspect(query).volatile is volatile


@pytest.mark.parametrize(
    ("query", "message", "where", "hint"),
    [
        ("", "is empty", "line 1, column 1", "SELECT"),
        ("  # nothing\n", "is empty", "line 2, column 1", "SELECT"),
        ("PREFIX e: <http://e/>", "after its prologue", "line 1, column 22", "SELECT"),
        ("PREFIX e <http://e/> ASK {}", "PREFIX declaration", "line 1, column 1", "PREFIX name:"),
        ("BASE e: ASK {}", "BASE declaration", "line 1, column 1", "BASE <IRI>"),
        ("SELEKT * {}", "not with `SELEKT`", "line 1, column 1", None),
        ("{ ?s ?p ?o }", "not with `{`", "line 1, column 1", None),
        ("ASK {\n ?s skos:prefLabel ?o }", "`skos:` is not", "line 2, column 5", "/skos/core#>"),
        ("ASK { ?s nix:x ?o }", "`nix:` is not", "line 1, column 10", "PREFIX nix: <…>"),
        ("ASK { ?s ?p 'no end }", "no end", "line 1, column 13", "quotes"),
        ("ASK { ?s ?p '\\q' }", "no end", "line 1, column 13", "backslash"),
        ("ASK { ?s ?p '\\uD83D\\uDE00' }", "no character", "line 1, column 14", "surrogate"),
        ("ASK { ?s ?p '\ud83d' }", "no character", "line 1, column 14", None),
    ],
)
def test_faults_have_a_place(query: str, message: str, where: str, hint: str | None) -> None:
    """What is plainly no query is said at once, with line, column and cure."""
    with pytest.raises(QuerySyntaxError, match=message) as fault:
        inspect(query)

    assert fault.value.where == where
    assert (hint or "") in (fault.value.hint or "")


def test_form_alone() -> None:
    """The form can be asked of a query that is meant for elsewhere."""
    assert query_form("PREFIX e: <http://e/> describe e:x") == "DESCRIBE"
    assert query_form("SELECT * { SERVICE <http://e/> { } }") == "SELECT"
    with pytest.raises(QuerySyntaxError):
        query_form("DROP ALL")


LITERAL = st.text().map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"')
    .replace("\n", "\\n").replace("\r", "\\r") + '"'
)  # fmt: skip


@given(LITERAL, st.text(alphabet=st.characters(exclude_characters="\r\n", codec="utf-8")))
def test_strings_and_comments_say_nothing(literal: str, comment: str) -> None:
    """Whatever stands in a string or a comment, the query is the same query."""
    query = f"SELECT * FROM <http://e/g> {{ ?s ?p {literal} . #{comment}\n ?s ?q {literal} }}"
    try:
        seen = inspect(query)
    except QuerySyntaxError as error:
        assert "surrogate" in str(error)
        return

    assert seen == Inspection("SELECT", ("http://e/g",))


@given(st.text(alphabet="SELECTFROMservice{}()<>#'\"\\u005:;.,?@_ \n\r\t^|&ж", max_size=60))
def test_any_text_is_judged(text: str) -> None:
    """Whatever is sent is let through or refused, never a fault of ours."""
    with contextlib.suppress(KgError):
        assert inspect(f"SELECT {text}").form == "SELECT"


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "a:a.",
        "a..",
        "<",
        "<a ",
        "1.",
        "1e",
        "?",
        "?a<",
        '"" ',
        "#\n",
        "@a-",
        "_:a.",
        "\\u",
        "^|",
    ],
)
def test_a_hostile_text_is_read_at_once(piece: str) -> None:
    """The time to read a text grows with its length, not faster."""
    text = "ASK {" + piece * (250_000 // len(piece))
    begun = time.process_time()
    with contextlib.suppress(KgError):
        inspect(text)

    assert time.process_time() - begun < 2
