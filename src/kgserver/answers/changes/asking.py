"""What is asked of two views to tell what changed: a handful of questions, however much changed.

The two views are compared by the engine: a question's default graph is one of them, and its named
graphs are the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from kgserver.answers.graph import Cell, Graph, Row
from kgserver.engine.question import Dataset
from kgserver.terms import ELI, OWL, PROK, RDF, XSD

__all__ = [
    "Pair",
    "Triple",
    "ask",
    "difference",
    "displacing",
    "shortcuts_of",
    "standing",
    "things_in",
]

Triple = tuple[str, str, Cell]
Pair = tuple[str, str]

_PREFIXES = f"""PREFIX eli: <{ELI}> PREFIX owl: <{OWL}> PREFIX prok: <{PROK}>
PREFIX rdf: <{RDF}> PREFIX xsd: <{XSD}>
"""

_MINUS = "SELECT ?s ?p ?o { ?s ?p ?o MINUS { GRAPH ?g { ?s ?p ?o } } }"


def difference(graph: Graph, view: Dataset, other: Dataset) -> list[Triple]:
    """Return what stands in a view and not in the other."""
    rows = graph.select(_MINUS, Dataset(view.default, other.default)).rows
    return [_triple(row) for row in rows]


_SHORTCUTS = """SELECT DISTINCT ?s ?p ?o ?a {
  VALUES ?s { %s }
  ?p owl:propertyChainAxiom ?chain . ?s ?p ?o .
  OPTIONAL {
    ?chain rdf:first ?in ; rdf:rest/rdf:first ?out . ?s ?in ?a . ?a ?out ?o .
    FILTER NOT EXISTS { ?d prok:displaces ?a
      OPTIONAL { ?d prok:displacedProperty ?not }
      FILTER(!BOUND(?not) || STR(?not) IN (STR(?in), STR(?out))) }
  }
}"""


def shortcuts_of(
    graph: Graph, view: Dataset, subjects: Iterable[str]
) -> dict[Triple, tuple[str, ...]]:
    """Return what follows by a chain about each subject, with what stands between the two ends.

    What is displaced there carries nothing, and is not named.
    """
    found: dict[Triple, set[str]] = {}
    for row in ask(graph, _SHORTCUTS, subjects, view):
        found.setdefault(_triple(row), set()).update([row["a"].value] if "a" in row else [])
    return {triple: tuple(sorted(bearers)) for triple, bearers in found.items()}


_DISPLACING = """SELECT ?a ?d ?property {
  VALUES ?a { %s }
  ?d prok:displaces ?a OPTIONAL { ?d prok:displacedProperty ?property }
}"""


def displacing(graph: Graph, view: Dataset, assertions: Iterable[str]) -> set[Pair]:
    """Return what is displaced in a view: (assertion, property), or "" for all of it."""
    rows = ask(graph, _DISPLACING, assertions, view)
    return {(row["a"].value, row["property"].value if "property" in row else "") for row in rows}


_STANDING = "SELECT DISTINCT ?x { VALUES ?x { %s } ?x a prok:TimeBounded }"


def standing(graph: Graph, view: Dataset, things: Iterable[str]) -> set[str]:
    """Return those of the things that a view has."""
    return {row["x"].value for row in ask(graph, _STANDING, things, view)}


_COUNT = """SELECT (COUNT(DISTINCT ?x) AS ?n) {
  ?x a prok:TimeBounded FILTER NOT EXISTS { ?x a prok:ProvisionVersion }
}"""


def things_in(graph: Graph, view: Dataset) -> int:
    """Return how many things for a time a view has, versions of provisions aside."""
    return int(graph.select(_PREFIXES + _COUNT, view).rows[0]["n"].value)


def ask(graph: Graph, text: str, iris: Iterable[str], view: Dataset | None = None) -> Iterable[Row]:
    """Ask about things; of the record, where no view is named.

    They go into the question as they stand, as the store gave them. Nothing is asked about blank
    nodes, which no question can name.
    """
    named = " ".join(f"<{iri}>" for iri in sorted(set(iris)) if ":" in iri)
    if not named:
        return []
    asked = _PREFIXES + text.replace("%s", named)
    return graph.select(asked, view or graph.at("all")).rows


def _triple(row: Row) -> Triple:
    return row["s"].value, row["p"].value, row["o"]
