"""What is served now: one graph, in whose place another can be put while requests are under way.

A request holds the graph that it began with to its end, whatever is put in its place meanwhile.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from kgserver.answers.graph import Graph

__all__ = ["News", "Served"]

_DRAIN_SECONDS: Final = 120.0
"""How long requests that began with an old graph may hold it."""


@dataclass(frozen=True)
class News:
    """How the last attempt at a newer revision went.

    Args:
        state: `none`: there was none yet.
        when: Since when that is so.
        why: What was wrong with a refused one, in the words of its error.
    """

    state: Literal["none", "building", "served", "refused"]
    when: datetime
    why: str | None = None


class Served:
    """The graph that is served, and what became of the last attempt at a newer one.

    Args:
        graph: What is served first; its pool is closed when another has taken its place.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._users = {id(graph): 0}
        self._changed = threading.Condition()
        self.reloads = {"served": 0, "refused": 0}
        self.tell("none")

    @property
    def graph(self) -> Graph:
        """The graph of this moment."""
        return self._graph

    def take(self) -> Graph:
        """Return the graph of this moment, to be given back by `give_back`."""
        with self._changed:
            self._users[id(self._graph)] += 1
            return self._graph

    def give_back(self, graph: Graph) -> None:
        """Say that a graph that was taken is not asked any more."""
        with self._changed:
            self._users[id(graph)] -= 1
            self._changed.notify_all()

    def tell(
        self, state: Literal["none", "building", "served", "refused"], why: str | None = None
    ) -> None:
        """Take note of how an attempt at a newer revision goes."""
        self.news = News(state, datetime.now(UTC).replace(microsecond=0), why)
        if state in self.reloads:
            self.reloads[state] += 1

    def replace(self, graph: Graph) -> threading.Thread:
        """Serve another graph from now on.

        Returns:
            The thread that closes the old one when nobody holds it any more.
        """
        with self._changed:
            old, self._graph = self._graph, graph
            self._users[id(graph)] = 0
        retiring = threading.Thread(target=self._retire, args=(old,), daemon=True)
        retiring.start()
        return retiring

    def _retire(self, old: Graph) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._users[id(old)], _DRAIN_SECONDS)
        old.close()
        with self._changed:
            if not self._users[id(old)]:
                del self._users[id(old)]
