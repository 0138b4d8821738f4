"""What clients ask: every kind of request, each with an answer that is known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from bench.soak.exchange import Call
from bench.soak.ground import THINGS, Ground
from kgserver.library import Library, NamedQuery
from kgserver.terms import ELI, PROK, RDFS

__all__ = ["RUNAWAYS", "WIDE", "Probe", "probes"]

PREFIXES: Final = f"PREFIX prok: <{PROK}>\nPREFIX eli: <{ELI}>\nPREFIX rdfs: <{RDFS}>\n"
FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
JSON: Final = "application/sparql-results+json"
PAGES: Final = 6
"""Named queries whose pages are asked, of however many there are."""


@dataclass(frozen=True)
class Probe:
    """One question.

    Args:
        query: SPARQL; empty where the target alone is the question.
        target: Path, with its query part where `query` is empty.
        accept: The media type wanted.
        ordered: Whether the order of rows is part of the answer.
        refusal: The code of the problem that is the right answer, if it is one.
    """

    kind: str
    name: str
    query: str = ""
    target: str = "/sparql"
    accept: str = "*/*"
    at: str = ""
    language: str = ""
    ordered: bool = False
    method: str = "GET"
    refusal: str = ""

    def call(self, how: str = "get", *, nonce: str = "", coding: str = "identity") -> Call:
        """Return the request.

        Args:
            how: In which way of the protocol a query is sent: `get`, `form` or `direct`.
            nonce: What makes the query another one than was asked before, with the same answer.
        """
        headers = {"Accept": self.accept, "Accept-Encoding": coding}
        if self.language:
            headers["Accept-Language"] = self.language
        if not self.query:
            return Call(self.method, self.target, headers)
        text = f"{self.query}\n# {nonce}" if nonce else self.query
        at = {"at": self.at} if self.at else {}
        if how == "form":
            body = urlencode({"query": text, **at}).encode()
            return Call("POST", self.target, {**headers, "Content-Type": FORM}, body)
        if how == "direct":
            target = f"{self.target}?{urlencode(at)}" if at else self.target
            return Call("POST", target, {**headers, "Content-Type": DIRECT}, text.encode())
        return Call("GET", f"{self.target}?{urlencode({'query': text, **at})}", headers)


def _product(names: str, size: int) -> str:
    """Return a pattern whose solutions are all combinations of so many values."""
    values = " ".join(map(str, range(size)))
    return " ".join(f"VALUES ?{name} {{ {values} }}" for name in names)


_STEPS: Final = "/".join(["rdfs:seeAlso"] * 14)
RUNAWAYS: Final = (
    Probe(
        "runaway",
        "count of a product",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }",
        refusal="query-timeout",
    ),
    Probe(
        "runaway",
        "count of paths",
        f"{PREFIXES}SELECT (COUNT(*) AS ?n) {{ ?a {_STEPS} ?b . ?b {_STEPS} ?c }}",
        refusal="query-timeout",
    ),
    Probe(
        "runaway",
        "one large value",
        f"SELECT (STRLEN(?c) AS ?n) {{ BIND('{'x' * 50_000}' AS ?a) "
        f"BIND(CONCAT({','.join(['?a'] * 60)}) AS ?b) "
        f"BIND(CONCAT({','.join(['?b'] * 300)}) AS ?c) }}",
        refusal="query-failed",
    ),
    Probe(
        "runaway",
        "all rows held at once",
        f"SELECT DISTINCT * {{ {_product('abcdef', 40)} }} ORDER BY DESC(?a) ?f",
        refusal="query-failed",
    ),
    Probe(
        "runaway",
        "more rows than may be sent",
        f"SELECT * {{ {_product('abcde', 40)} }}",
        refusal="result-too-large",
    ),
)
"""Questions that cost whatever they are given, and how each ends."""

WIDE: Final = Probe(
    "large",
    "walks of three steps",
    f"{PREFIXES}SELECT ?a ?b ?c {{ ?a rdfs:seeAlso ?b . ?b rdfs:seeAlso ?c }}",
    accept=JSON,
)
"""An answer of some two megabytes: it is not sent in one piece."""
_CUT: Final = f"SELECT ('x' AS ?x) {{ {_product('abc', 40)} }}"


def probes(ground: Ground) -> list[Probe]:
    """Return the questions to ask of a folder; each has a name of its own."""
    folder = ground.folder
    library = Library.load(folder.path / "queries", languages=folder.settings.languages)
    found = [
        *_sparql(ground),
        *_named(library, f"{ground.year}-12-31"),
        *_pages(ground, library),
        *_resources(ground),
        *_refused(),
        WIDE,
    ]
    assert len({probe.name for probe in found}) == len(found)
    return found


def _sparql(ground: Ground) -> Iterator[Probe]:
    first, last = f"<{ground.thing(0)}>", f"<{ground.thing(THINGS - 1)}>"
    past = f"{ground.year}-12-31"
    solutions = (JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
    graphs = ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml")
    labels = "?a rdfs:label ?la . ?b rdfs:label ?lb FILTER(LANG(?la) = 'en' && LANG(?lb) = 'ru')"
    same = "FILTER(STRAFTER(?la, ' ') = STRAFTER(?lb, ' '))"
    asked: list[tuple[str, str, str]] = [
        ("lookup", "a thing", f"SELECT ?p ?o {{ {first} ?p ?o }}"),
        ("lookup", "its names", f"SELECT ?o {{ {last} rdfs:label ?o }} ORDER BY LANG(?o)"),
        ("join", "pairs", f"SELECT ?a ?la ?b ?lb {{ ?a rdfs:seeAlso ?b . {labels} }}"),
        (
            "join",
            "grounds",
            "SELECT ?rule ?version ?from { ?rule prok:groundedIn ?version . "
            "?version prok:validFrom ?from }",
        ),
        ("aggregate", "kinds", "SELECT ?kind (COUNT(*) AS ?n) { ?thing a ?kind } GROUP BY ?kind"),
        ("aggregate", "triples", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
        ("path", "reached", f"SELECT ?b {{ {first} rdfs:seeAlso+ ?b }} ORDER BY ?b"),
        ("ask", "odd", f"ASK {{ {first} rdfs:comment 'odd' }}"),
        # False where things of two generations are joined.
        (
            "ask",
            "whole",
            f"ASK {{ ?a rdfs:seeAlso {last} . BIND({last} AS ?b) {labels} {same} "
            f"FILTER NOT EXISTS {{ ?x rdfs:seeAlso ?y . ?x rdfs:label ?lx . ?y rdfs:label ?ly "
            f"FILTER(STRAFTER(?lx, ' ') != STRAFTER(?ly, ' ')) }} }}",
        ),
        ("record", "days", "SELECT ?thing ?from { ?thing prok:validFrom ?from }"),
    ]
    for kind, name, text in asked:
        at = "all" if kind == "record" else ""
        for accept in solutions:
            yield Probe(
                kind,
                f"{name}, {accept}",
                PREFIXES + text,
                accept=accept,
                at=at,
                ordered="ORDER BY" in text,
            )
        if not at:
            yield Probe(
                "dated",
                f"{name}, {past}",
                PREFIXES + text,
                accept=JSON,
                at=past,
                ordered="ORDER BY" in text,
            )
    since = f"SELECT ?from {{ <{ground.named('version')}> prok:validFrom ?from }}"
    for at in (past, "all"):
        yield Probe("dated", f"since when, {at}", PREFIXES + since, accept="text/csv", at=at)
    things = f"{PREFIXES}CONSTRUCT WHERE {{ ?a rdfs:seeAlso {last} ; rdfs:label ?l }}"
    for accept in graphs:
        yield Probe("construct", f"things, {accept}", things, accept=accept)
        yield Probe("construct", f"one thing, {accept}", f"DESCRIBE {first}", accept=accept)


def _named(library: Library, past: str) -> Iterator[Probe]:
    """Yield two questions for each named query: of today, and of a past day in another form."""
    for number, query in enumerate(library):
        ways = [("named, csv", "text/csv"), ("named, json", "application/json")]
        for at in ("", past):
            kind, accept = ways[(number + bool(at)) % 2]
            yield Probe(
                kind,
                f"{query.full_name}, {accept}, {at or 'today'}",
                target=f"/queries/{query.full_name}" + (f"?at={at}" if at else ""),
                accept=accept,
                at=at,
                ordered=True,
            )


def _pages(ground: Ground, library: Library) -> Iterator[Probe]:
    settings = ground.folder.settings
    today = settings.today()
    queries = list(library)
    some = [query.full_name for query in queries[:: -(-len(queries) // PAGES)]]
    paths = {
        "start": "/",
        "questions": "/queries",
        "errors": "/errors",
        "changes": f"/changes?from={ground.year}-12-31&to={today - timedelta(days=1)}",
        "calendar": "/changes",
        "form": "/sparql",
        "rows": "/sparql?" + urlencode({"query": f"SELECT ?p ?o {{ <{ground.thing(0)}> ?p ?o }}"}),
        **{iri: _path(iri, settings.base) for iri in _things(ground, queries)},
        **{name: f"/queries/{name}" for name in some},
    }
    for name, path in paths.items():
        for language in settings.languages:
            # A browser asks for pages alone; another client would rather read errors as data.
            accept = "text/html" if len(name) % 2 else "text/html, application/problem+json"
            yield Probe(
                "page", f"{name}, {language}", target=path, accept=accept, language=language
            )


def _things(ground: Ground, queries: list[NamedQuery]) -> list[str]:
    """Return things of the folder that its questions are about, and one of ours."""
    base = ground.folder.settings.base
    values = (param.default.value for query in queries for param in query.params.values())
    found = dict.fromkeys(value for value in values if value.startswith(f"{base}id/"))
    return [ground.thing(0), ground.named("act"), *list(found)[:PAGES]]


def _path(iri: str, base: str) -> str:
    return "/" + quote(iri.removeprefix(base), safe="/%:@!$&'()*+,;=-._~")


def _resources(ground: Ground) -> Iterator[Probe]:
    thing = _path(ground.thing(0), ground.base)
    yield Probe("resource", "thing as RDF", target=thing, accept="text/turtle")
    yield Probe("resource", "file", target="/graph/data/soak", accept="text/turtle")
    yield Probe("resource", "service description", accept="text/turtle")
    graph = urlencode({"graph": f"{ground.base}graph/data/soak"})
    yield Probe("resource", "graph store", target=f"/data?{graph}", accept="application/n-triples")


def _refused() -> Iterator[Probe]:
    queries = {
        "query-syntax": "SELECT * { ?s ?p }",
        "query-refused": "ASK { SERVICE <http://127.0.0.1:9/> {} }",
        "unknown-graph": "ASK FROM <urn:x:none> {}",
        "query-too-complex": "ASK " + "{" * 900 + "}" * 900,
    }
    for code, text in queries.items():
        yield Probe("refused", code, text, refusal=code)
    yield Probe("refused", "before all law", "ASK {}", at=str(date(1200, 1, 1)), refusal="date")
    yield Probe("refused", "no picture", "ASK {}", accept="image/png", refusal="not-acceptable")
    targets = {
        "/sparql?qeury=x": "parameter",
        "/nowhere": "not-found",
        f"/id/soak/thing-{THINGS}": "not-found",
        "/queries/no/such": "query-not-found",
    }
    for target, code in targets.items():
        yield Probe("refused", target, target=target, refusal=code)
    yield Probe("refused", "no removal", method="DELETE", refusal="method-not-allowed")
