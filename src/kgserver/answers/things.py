"""What is told of one thing: asked of the graph in a few queries, however much there is to tell.

`PROK` terms are those of legal graphs in general: intervals, provisions, evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgserver.answers.graph import Cell, Graph, Row
from kgserver.answers.labels import LABEL, Labels, iris_of, read_labels
from kgserver.engine.question import Dataset
from kgserver.library import ParamType
from kgserver.library.parameters import Declaration
from kgserver.terms import OWL, PROK, RDF, SKOS

__all__ = ["LIMIT", "Fact", "Interval", "Said", "Thing", "describe"]

LIMIT = 300
"""How many things that name a thing are told; the page says where it cut."""

_HIDDEN = {RDF + "type", LABEL, SKOS + "prefLabel", PROK + "content", SKOS + "definition"}
"""Properties whose values stand at the head of a page, so not among the facts again."""


@dataclass(frozen=True)
class Interval:
    """From when until when a time-bounded thing holds; ISO days, `until` exclusive.

    The first two of the others are the window of the beginning, the last two that of the end.
    """

    since: str | None = None
    until: str | None = None
    unknown: bool = False
    earliest: str | None = None
    latest: str | None = None
    end_earliest: str | None = None
    end_latest: str | None = None

    def covers(self, day: str) -> bool:
        """Tell whether the thing holds on the day."""
        return self.since is not None and self.since <= day and (not self.until or day < self.until)


@dataclass(frozen=True)
class Fact:
    """One statement, and where it is from: files, or the assertions that it follows from."""

    predicate: str
    value: Cell
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """An assertion about the thing: its kind, the thing's roles in it, by which provision, when.

    `displacements` are what keeps it, or a part of it, from being applied on the day.
    """

    iri: str
    kind: str
    roles: tuple[str, ...]
    provision: str
    interval: Interval
    in_view: bool
    displacements: tuple[str, ...] = ()


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


def thing_iri(graph: Graph, text: str, name: str) -> str:
    """Return the IRI of a thing written in full, with a prefix, or from `id/` or `ns#` on.

    Args:
        name: What the asker calls it.

    Raises:
        ParameterError: that is no IRI.
    """
    full = graph.settings.base + text if text.startswith(("id/", "ns#")) else text
    reader = Declaration(name, ParamType.IRI, label={}, description={}, languages=(), line=0)
    return reader.read(full).value


def describe(graph: Graph, iri: str, view: Dataset, language: str) -> Thing | None:
    """Return what is known of the IRI, `None` where nothing is.

    Args:
        iri: A well-formed IRI: it goes into queries as it stands.
        view: The view whose law is told; what ever was comes from the record.
    """
    record = graph.at("all")
    stated = graph.select(
        f"SELECT ?p ?o ?g {{ GRAPH ?g {{ <{iri}> ?p ?o }} }} ORDER BY ?p ?o ?g", record
    )
    known = graph.select(f"SELECT ?p ?o {{ <{iri}> ?p ?o }} ORDER BY ?p ?o", record)
    if not known.rows:
        return None
    shortcuts = _shortcuts(graph, iri, view)
    said = _said(graph, iri, view, record)
    links, cut = _backlinks(graph, iri, record)
    shown = {iri, *iris_of(stated.rows), *iris_of(known.rows), *(i for link in links for i in link)}
    for fact in shortcuts:
        shown |= {fact.predicate, fact.value.value, *fact.sources}
    for item in said:
        shown |= {item.iri, item.kind, *item.roles, item.provision, *item.displacements}
    labels = read_labels(graph, shown, language)
    types = [row["o"].value for row in stated.rows if row["p"].value == RDF + "type"]
    return Thing(
        iri=iri,
        types=sorted(set(types)),
        interval=_interval(known.rows),
        facts=_facts(stated.rows),
        shortcuts=shortcuts,
        said=sorted(said, key=lambda item: (not item.in_view, labels.of(item.kind))),
        backlinks=links,
        cut=cut,
        labels=labels,
        definition=_definition(stated.rows, labels),
    )


def _facts(rows: Iterable[Row]) -> list[Fact]:
    files: dict[tuple[str, Cell], list[str]] = {}
    for row in rows:
        if row["p"].value not in _HIDDEN:
            files.setdefault((row["p"].value, row["o"]), []).append(row["g"].value)
    return [Fact(p, o, tuple(graphs)) for (p, o), graphs in files.items()]


def _shortcuts(graph: Graph, iri: str, view: Dataset) -> list[Fact]:
    """Return what follows on the day by a chain, with what stands between its two ends."""
    rows = graph.select(
        f"""PREFIX rdf: <{RDF}>
SELECT ?p ?o ?a {{
  ?p <{OWL}propertyChainAxiom> ?chain . <{iri}> ?p ?o .
  OPTIONAL {{ ?chain rdf:first ?in ; rdf:rest/rdf:first ?out . <{iri}> ?in ?a . ?a ?out ?o }}
}} ORDER BY ?p ?o ?a""",
        view,
    ).rows
    bearers: dict[tuple[str, Cell], set[str]] = {}
    for row in rows:
        found = bearers.setdefault((row["p"].value, row["o"]), set())
        if "a" in row:
            found.add(row["a"].value)
    return [Fact(p, o, tuple(sorted(found))) for (p, o), found in bearers.items()]


_IN_VIEW = f"""SELECT DISTINCT ?a ?d {{
  ?a ?role <%s> ; <{PROK}groundedIn> ?v .
  OPTIONAL {{ ?d <{PROK}displaces> ?a }}
}} ORDER BY ?a ?d"""

_SAID = f"""SELECT ?a ?role ?kind ?v ?validFrom ?validUntil ?beginningUnknown ?earliest ?latest
  ?endEarliest ?endLatest {{
  GRAPH ?file {{ ?a ?role <%s> }}
  GRAPH ?stated {{ ?a a ?kind }}
  ?a <{PROK}groundedIn> ?v .
  OPTIONAL {{ ?a <{PROK}validFrom> ?validFrom }} OPTIONAL {{ ?a <{PROK}validUntil> ?validUntil }}
  OPTIONAL {{ ?a <{PROK}beginningUnknown> ?beginningUnknown }}
  OPTIONAL {{ ?a <{PROK}earliest> ?earliest ; <{PROK}latest> ?latest }}
  OPTIONAL {{ ?a <{PROK}endEarliest> ?endEarliest ; <{PROK}endLatest> ?endLatest }}
}} ORDER BY DESC(?validFrom) ?a ?role ?kind ?v"""


def _said(graph: Graph, iri: str, view: Dataset, record: Dataset) -> list[Said]:
    """Return every assertion about the thing once, the latest first."""
    in_view: dict[str, list[str]] = {}
    for row in graph.select(_IN_VIEW.replace("%s", iri), view).rows:
        in_view.setdefault(row["a"].value, []).extend([row["d"].value] if "d" in row else [])
    rows: dict[str, list[Row]] = {}
    for row in graph.select(_SAID.replace("%s", iri), record).rows:
        rows.setdefault(row["a"].value, []).append(row)
    return [
        Said(
            iri=assertion,
            kind=same[0]["kind"].value,
            roles=tuple(dict.fromkeys(row["role"].value for row in same)),
            provision=same[0]["v"].value,
            interval=_interval_of({name: cell.value for name, cell in same[0].items()}),
            in_view=assertion in in_view,
            displacements=tuple(in_view.get(assertion, ())),
        )
        for assertion, same in rows.items()
    ]


def _backlinks(graph: Graph, iri: str, record: Dataset) -> tuple[list[tuple[str, str]], bool]:
    """Return what else names the thing, and whether there is more of it than is told."""
    rows = graph.select(
        f"SELECT ?p ?s {{ ?s ?p <{iri}> FILTER(isIRI(?s)) "
        f"FILTER NOT EXISTS {{ ?s <{PROK}groundedIn> ?v }} }} ORDER BY ?p ?s LIMIT {LIMIT + 1}",
        record,
    ).rows
    return [(row["p"].value, row["s"].value) for row in rows[:LIMIT]], len(rows) > LIMIT


def _interval(rows: Iterable[Row]) -> Interval | None:
    values = {row["p"].value.removeprefix(PROK): row["o"].value for row in rows}
    if not {"validFrom", "beginningUnknown"} & values.keys():
        return None
    return _interval_of(values)


def _interval_of(values: dict[str, str]) -> Interval:
    return Interval(
        values.get("validFrom"),
        values.get("validUntil"),
        "beginningUnknown" in values,
        values.get("earliest"),
        values.get("latest"),
        values.get("endEarliest"),
        values.get("endLatest"),
    )


def _definition(rows: Iterable[Row], labels: Labels) -> str:
    return labels.best(
        {
            row["o"].language or "": row["o"].value
            for row in rows
            if row["p"].value == SKOS + "definition"
        }
    )
