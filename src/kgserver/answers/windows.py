"""The windows in which the day of an answer lies: on such a day the law may be another one."""

from __future__ import annotations

from datetime import date

from kgserver.answers.graph import Graph
from kgserver.engine.dataset import ALL
from kgserver.engine.question import Dataset
from kgserver.law.windows import Window
from kgserver.terms import shorten

__all__ = ["window_text", "windows_at"]


def windows_at(graph: Graph, dataset: Dataset | None) -> tuple[Window, ...]:
    """Return the windows that hold the day of a dataset; none where it has no day."""
    if dataset is None or dataset.at in (None, ALL):
        return ()
    day = date.fromisoformat(str(dataset.at))
    return tuple(window for window in graph.manifest.windows if window.holds(day))


def window_text(window: Window, day: str, language: str) -> str:
    """Return what an asker has to know of a window, in one sentence."""
    counted = (
        f"the graph counts it from {window.effect}"
        if window.effect
        else "the graph does not count it on any day"
    )
    return (
        f"{day} lies in a window: {window.label(language)} ({shorten(window.event)}) took effect "
        f"on a day between {window.earliest} and {window.latest}; {counted}"
    )
