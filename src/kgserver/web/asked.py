"""What a page is asked for: in which language, on which day."""

from __future__ import annotations

from flask import g, request

from kgserver.answers.graph import Graph
from kgserver.engine.dataset import ALL
from kgserver.engine.question import Dataset
from kgserver.web.context import Context
from kgserver.web.freshness import depends_on_address
from kgserver.web.request import one, reader_language

__all__ = ["asked", "day_of"]


def asked() -> tuple[Graph, str, Dataset]:
    """Return the graph, the reader's language, and the view of the day asked about.

    Raises:
        ParameterError: `at` or `lang` is there twice, or the graph has no such language.
        DateError: `at` is no date, or before the first legal state.
        Unchanged: the client has the page already.
    """
    graph = Context.graph()
    language = reader_language(request, graph.settings.languages)
    g.dataset = dataset = graph.at(one(request, "at"))
    depends_on_address(graph, language, dataset.at, dataset.state)
    return graph, language, dataset


def day_of(graph: Graph, view: Dataset) -> str:
    """Return the day by which a page tells what is in force: the view's, else today."""
    return graph.clock().isoformat() if view.at in (None, ALL) else str(view.at)
