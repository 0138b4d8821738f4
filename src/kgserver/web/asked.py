"""What a page is asked for: in which language, on which day."""

from __future__ import annotations

from flask import g, request

from kgserver.answers.graph import Graph
from kgserver.engine.dataset import ALL
from kgserver.engine.question import Dataset
from kgserver.library import NamedQuery
from kgserver.web.context import Context
from kgserver.web.freshness import depends_on_address
from kgserver.web.request import one, reader_language

__all__ = ["asked", "day_of"]


def asked(named: NamedQuery | None = None) -> tuple[Graph, str, Dataset]:
    """Return the graph, the reader's language, and the view of the day asked about.

    Args:
        named: The query that the page answers; it may ask the record, whatever the day.

    Raises:
        ParameterError: `at` or `lang` is there twice, or the graph has no such language.
        DateError: `at` is no date, or before the first legal state.
        Unchanged: the client has the page already.
    """
    graph = Context.graph()
    language = reader_language(request, graph.settings.languages)
    view = graph.at(one(request, "at"))
    g.dataset = graph.dataset_of(named, view.at) if named else view
    depends_on_address(graph, language, view.at, view.state, _today_in(graph, view))
    return graph, language, view


def _today_in(graph: Graph, view: Dataset) -> object:
    """Return what a page on a day tells of today: whether that day has passed.

    A page of all times tells what is in force today.
    """
    today = graph.clock().isoformat()
    return today if view.at in (None, ALL) else str(view.at) < today


def day_of(graph: Graph, view: Dataset) -> str:
    """Return the day by which a page tells what is in force: the view's, else today."""
    return graph.clock().isoformat() if view.at in (None, ALL) else str(view.at)
