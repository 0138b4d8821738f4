"""The service description (SPARQL 1.1 Service Description), written from the manifest."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, serialize

from kgserver.answers.graph import Graph
from kgserver.engine.worker import GRAPHS as WRITERS
from kgserver.terms import DCT, FORMATS, PREFIXES, PROK, SD, TYPE, VOID, XSD

_RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)


def service_description(graph: Graph, endpoint: str, format_name: str) -> bytes:
    """Return what this endpoint is and has, in a format for graphs.

    Args:
        endpoint: The address at which the client reached it.
    """
    written = serialize(
        _triples(graph, endpoint),
        format=WRITERS[format_name],
        prefixes={"dct": DCT, "prok": PREFIXES["prok"], "sd": SD, "void": VOID},
    )
    assert written is not None
    return written


def _triples(graph: Graph, endpoint: str) -> Iterator[Triple]:
    def sd(name: str) -> NamedNode:
        return NamedNode(SD + name)

    service, dataset, default = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    yield Triple(service, TYPE, sd("Service"))
    yield Triple(service, sd("endpoint"), NamedNode(endpoint))
    yield Triple(service, sd("supportedLanguage"), sd("SPARQL11Query"))
    for name in _RESULTS:
        yield Triple(service, sd("resultFormat"), NamedNode(FORMATS + name))
    yield Triple(service, sd("defaultDataset"), dataset)
    yield Triple(dataset, TYPE, sd("Dataset"))
    yield Triple(dataset, sd("defaultGraph"), default)
    yield Triple(default, TYPE, sd("Graph"))
    view = graph.at(None)
    yield Triple(default, NamedNode(DCT + "title"), Literal("The law of today", language="en"))
    if view.at:
        yield Triple(
            default,
            NamedNode(PROK + "viewFrom"),
            Literal(view.state or view.at, datatype=NamedNode(XSD + "date")),
        )
    for number, iri in enumerate(graph.manifest.files, start=1):
        named = BlankNode(f"graph{number}")  # the same in each answer: HEAD tells GET's length
        yield Triple(dataset, sd("namedGraph"), named)
        yield Triple(named, TYPE, sd("NamedGraph"))
        yield Triple(named, sd("name"), NamedNode(iri))
