"""Graphs as answers: what a dataset holds, written as the client wants its RDF."""

from __future__ import annotations

from flask import Response, request

from kgserver.answers.graph import Graph
from kgserver.engine.question import Dataset, Question
from kgserver.formats import GRAPHS
from kgserver.web.freshness import depends_on
from kgserver.web.request import one
from kgserver.web.sent import data
from kgserver.web.wanted import format_of, graph_type

__all__ = ["constructed"]

_ALL = "CONSTRUCT WHERE { ?s ?p ?o }"


def constructed(
    graph: Graph, dataset: Dataset, text: str = _ALL, media_type: str | None = None
) -> Response:
    """Return what a CONSTRUCT finds in the dataset: without a text, its whole default graph.

    Args:
        media_type: What was negotiated already; else `format=` and the Accept header tell.

    Raises:
        NotAcceptable: the client reads no format for graphs.
        ParameterError: there is no format of the name that it gives.
        Unchanged: the client has it.
    """
    wanted = media_type or graph_type(one(request, "format"))
    depends_on(graph, wanted, dataset, text)
    answer = graph.ask(Question(text, dataset, None, format_of(wanted, GRAPHS)))
    return data(answer, wanted)
