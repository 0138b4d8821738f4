"""Values of a named query's parameters of which the graph knows nothing.

To SPARQL a misspelt IRI is an IRI like any other and the answer is empty; the asker wants to know
that it is not the law that is silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgserver.answers.graph import Graph
from kgserver.library import NamedQuery, ParamType
from kgserver.near import nearest
from kgserver.terms import shorten

__all__ = ["Unknown", "unknown_values"]


@dataclass(frozen=True)
class Unknown:
    """An IRI that is subject and object of nothing, and the known one that is most like it."""

    parameter: str
    iri: str
    near: str | None

    def __str__(self) -> str:
        cure = f" Did you mean {shorten(self.near)}?" if self.near else ""
        return f"Nothing is known of {shorten(self.iri)}.{cure}"


def unknown_values(graph: Graph, named: NamedQuery, values: Mapping[str, str]) -> list[Unknown]:
    """Return each parameter whose IRI no statement of the record has as subject or object.

    Asks one question, and one more for each IRI that is unknown. It is meant for answers without
    rows: where there are some, the values are known.

    Args:
        values: What was given for the query's parameters; the query has taken them already.
    """
    iris = {
        name: parameter.read(values[name]).value
        for name, parameter in named.params.items()
        if parameter.type is ParamType.IRI and name in values
    }
    if not iris:
        return []
    listed = " ".join(f"<{iri}>" for iri in dict.fromkeys(iris.values()))
    rows = graph.select(
        f"SELECT ?x {{ VALUES ?x {{ {listed} }} "
        "FILTER(EXISTS { ?x ?p ?o } || EXISTS { ?s ?q ?x }) } ORDER BY ?x",
        graph.at("all"),
    ).rows
    known = {row["x"].value for row in rows}
    return [
        Unknown(name, iri, _nearest(graph, iri)) for name, iri in iris.items() if iri not in known
    ]


def _nearest(graph: Graph, iri: str) -> str | None:
    """Return the most similar of the IRIs of the same kind, compared by what tells them apart."""
    kind = _kind(iri, graph.settings.base)
    rows = graph.select(
        f'SELECT DISTINCT ?x {{ ?x ?p ?o FILTER(ISIRI(?x) && STRSTARTS(STR(?x), "{kind}")) }} '
        "ORDER BY ?x",
        graph.at("all"),
    ).rows
    found = nearest(iri.removeprefix(kind), [row["x"].value.removeprefix(kind) for row in rows])
    return None if found is None else kind + found


def _kind(iri: str, base: str) -> str:
    """Return what the IRIs of one kind begin with.

    >>> _kind("https://example.org/id/act/a-1/art-2", "https://example.org/")
    'https://example.org/id/act/'
    >>> _kind("https://example.net/x#y", "https://example.org/")
    'https://example.net/x#'
    """
    steps = iri.removeprefix(base).split("/")
    if iri.startswith(base) and len(steps) > 1:
        return base + "".join(f"{step}/" for step in steps[: min(2, len(steps) - 1)])
    return iri[: max(map(iri.rfind, "/#:")) + 1]
