"""Terms of the folder's own vocabulary that a query uses and nothing declares.

To SPARQL such a query is well-formed and has no answer; the asker wants to know why.
"""

from __future__ import annotations

from kgserver.answers.graph import Graph
from kgserver.engine.question import Dataset
from kgserver.lexis import names
from kgserver.near import nearest
from kgserver.terms import PROK, shorten

__all__ = ["undeclared"]


def undeclared(graph: Graph, text: str) -> list[str]:
    """Return a sentence on each term of ours in a query that no file of the ontology declares.

    Asks the graph one question at most, and none where the query uses no term of ours.
    """
    spaces = (graph.settings.base + "ns#", PROK)
    used = [name.iri for name in names(text) if name.iri and name.iri.startswith(spaces)]
    if not used or not graph.ontology:
        return []
    rows = graph.select(
        "SELECT DISTINCT ?term { GRAPH ?file { ?term ?p ?o FILTER(isIRI(?term)) } } ORDER BY ?term",
        Dataset(named=graph.ontology),
    ).rows
    declared = {row["term"].value for row in rows}
    return [_sentence(iri, declared) for iri in dict.fromkeys(used) if iri not in declared]


def _sentence(iri: str, declared: set[str]) -> str:
    near = nearest(shorten(iri), map(shorten, declared))
    cure = f" Did you mean `{near}`?" if near else ""
    return f"Nothing declares `{shorten(iri)}`.{cure}"
