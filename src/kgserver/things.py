"""What is told of one thing: asked of the graph in a few small queries.

`PROK` terms are those of legal graphs in general: intervals, provisions, evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kgserver.engine.question import Dataset
from kgserver.graph import Cell, Graph, Row
from kgserver.terms import LANGUAGES, OWL, PROK, RDF, RDFS, SKOS, shorten

LIMIT = 300
"""Rows of one section of a page; the page says where it cut."""

_LABEL = RDFS + "label"
_NAMES = (_LABEL, SKOS + "prefLabel")
_HIDDEN = {*_NAMES, PROK + "content", SKOS + "definition"}


@dataclass(frozen=True)
class Interval:
    """From when until when a time-bounded thing holds; ISO days, `until` exclusive."""

    since: str | None = None
    until: str | None = None
    unknown: bool = False
    earliest: str | None = None
    latest: str | None = None

    def covers(self, day: str) -> bool:
        """Tell whether the thing holds on the day."""
        return self.since is not None and self.since <= day and (not self.until or day < self.until)


@dataclass(frozen=True)
class Fact:
    """One statement: property, value, and where it is from: a file, or the assertions it follows from."""

    predicate: str
    value: Cell
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """An assertion about the thing: what it says, in which role, by which provision, when."""

    iri: str
    role: str
    provision: str
    interval: Interval
    in_view: bool
    displaced: bool = False


@dataclass
class Labels:
    """Names of things in the reader's language, else in the first language that has one."""

    language: str
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    contents: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, iri: str) -> str:
        """Return the name of a thing, or its short IRI where it has none."""
        return self._best(self.texts.get(iri, {})) or shorten(iri)

    def content(self, iri: str) -> str:
        """Return what a thing says, in our words; empty where nothing is written."""
        return self._best(self.contents.get(iri, {}))

    def _best(self, texts: Mapping[str, str]) -> str:
        for language in (self.language, *LANGUAGES, ""):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), "")


@dataclass(frozen=True)
class Thing:
    """Everything that a page shows of one IRI."""

    iri: str
    types: Sequence[str]
    interval: Interval | None
    facts: Sequence[Fact]
    shortcuts: Sequence[Fact]
    said: Sequence[Said]
    backlinks: Sequence[tuple[str, str]]
    cut: bool
    labels: Labels
    definition: str


def describe(graph: Graph, iri: str, view: Dataset, language: str) -> Thing | None:
    """Return what is known of the IRI, `None` where nothing is.

    Args:
        view: The view whose law the page shows; what ever was comes from the record.
    """
    record = graph.at("all")
    own = graph.select(
        f"SELECT ?p ?o ?g WHERE {{ GRAPH ?g {{ <{iri}> ?p ?o }} }} ORDER BY ?p ?o", record
    )
    derived = graph.select(f"SELECT ?p ?o WHERE {{ <{iri}> ?p ?o }} ORDER BY ?p ?o", record)
    if not own.rows and not derived.rows:
        return None
    shortcuts = _shortcuts(graph, iri, view)
    said = _said(graph, iri, view, record)
    back = graph.select(
        f"SELECT ?p ?s WHERE {{ ?s ?p <{iri}> . FILTER(isIRI(?s)) "
        f"FILTER NOT EXISTS {{ ?s <{PROK}groundedIn> ?v }} }} ORDER BY ?p ?s LIMIT {LIMIT + 1}",
        record,
    )
    links = [(row["p"].value, row["s"].value) for row in back.rows[:LIMIT]]
    facts = _facts(own.rows)
    shown = {iri, *_iris(own.rows), *_iris(derived.rows), *(i for pair in links for i in pair)}
    shown |= {i for fact in shortcuts for i in (fact.predicate, fact.value.value, *fact.sources)}
    shown |= {i for item in said for i in (item.iri, item.role, item.provision)}
    labels = _labels(graph, shown, language, record)
    return Thing(
        iri=iri,
        types=[row["o"].value for row in derived.rows if row["p"].value == RDF + "type"],
        interval=_interval(derived.rows),
        facts=facts,
        shortcuts=shortcuts,
        said=said,
        backlinks=links,
        cut=len(back.rows) > LIMIT,
        labels=labels,
        definition=_definition(own.rows, labels),
    )


def _facts(rows: Iterable[Row]) -> list[Fact]:
    files: dict[tuple[str, Cell], list[str]] = {}
    for row in rows:
        if row["p"].value not in _HIDDEN:
            files.setdefault((row["p"].value, row["o"]), []).append(row["g"].value)
    return [Fact(p, o, tuple(sorted(graphs))) for (p, o), graphs in files.items()]


def _shortcuts(graph: Graph, iri: str, view: Dataset) -> list[Fact]:
    """Return what follows on the day by a chain, with the assertions that bear it."""
    rows = graph.select(
        f"""SELECT ?p ?o ?a WHERE {{
  <{iri}> ?p ?o .
  ?p <{OWL}propertyChainAxiom> ?chain .
  OPTIONAL {{ ?a ?x <{iri}> ; ?y ?o ; <{PROK}groundedIn> ?v . }}
}} ORDER BY ?p ?o ?a""",
        view,
    ).rows
    bearers: dict[tuple[str, Cell], set[str]] = {}
    for row in rows:
        found = bearers.setdefault((row["p"].value, row["o"]), set())
        if "a" in row:
            found.add(row["a"].value)
    return [Fact(p, o, tuple(sorted(found))) for (p, o), found in bearers.items()]


_SAID = """SELECT ?a ?role ?v ?from ?until ?unknown ?earliest ?latest ?d WHERE {
  GRAPH ?file { ?a ?role <%(iri)s> }
  ?a <%(ns)sgroundedIn> ?v .
  OPTIONAL { ?a <%(ns)svalidFrom> ?from } OPTIONAL { ?a <%(ns)svalidUntil> ?until }
  OPTIONAL { ?a <%(ns)sbeginningUnknown> ?unknown }
  OPTIONAL { ?a <%(ns)searliest> ?earliest ; <%(ns)slatest> ?latest }
  OPTIONAL { ?d <%(ns)sdisplaces> ?a }
} ORDER BY ?from ?a ?role"""


def _said(graph: Graph, iri: str, view: Dataset, record: Dataset) -> list[Said]:
    text = _SAID % {"iri": iri, "ns": PROK}
    displaced = {row["a"].value: "d" in row for row in graph.select(text, view).rows}
    return [
        Said(
            iri=row["a"].value,
            role=row["role"].value,
            provision=row["v"].value,
            interval=_row_interval(row),
            in_view=row["a"].value in displaced,
            displaced=displaced.get(row["a"].value, False),
        )
        for row in graph.select(text, record).rows
    ]


def _row_interval(row: Row) -> Interval:
    def value(name: str) -> str | None:
        return row[name].value if name in row else None

    return Interval(
        value("from"), value("until"), "unknown" in row, value("earliest"), value("latest")
    )


def _interval(rows: Iterable[Row]) -> Interval | None:
    values = {row["p"].value.removeprefix(PROK): row["o"].value for row in rows}
    if not {"validFrom", "beginningUnknown"} & values.keys():
        return None
    return Interval(
        values.get("validFrom"),
        values.get("validUntil"),
        "beginningUnknown" in values,
        values.get("earliest"),
        values.get("latest"),
    )


def _iris(rows: Iterable[Row]) -> set[str]:
    return {cell.value for row in rows for cell in row.values() if cell.kind == "uri"}


def _labels(graph: Graph, iris: Iterable[str], language: str, record: Dataset) -> Labels:
    labels = Labels(language)
    values = " ".join(f"<{iri}>" for iri in sorted(iris))
    rows = graph.select(
        f"SELECT ?x ?l ?c WHERE {{ VALUES ?x {{ {values} }} "
        f"{{ ?x <{_LABEL}> ?l }} UNION {{ ?x <{PROK}content> ?c }} }} ORDER BY ?x ?l ?c",
        record,
    ).rows
    for row in rows:
        for name, texts in (("l", labels.texts), ("c", labels.contents)):
            if name in row:
                texts.setdefault(row["x"].value, {})[row[name].language or ""] = row[name].value
    return labels


def _definition(rows: Iterable[Row], labels: Labels) -> str:
    texts = {
        row["o"].language or "": row["o"].value
        for row in rows
        if row["p"].value == SKOS + "definition"
    }
    return texts.get(labels.language) or texts.get(LANGUAGES[0]) or ""
