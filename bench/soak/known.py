"""What is known: which revision is which generation, and what each answer says in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

__all__ = ["Known"]


class Known:
    """Known answers by question and generation; many threads may ask.

    Args:
        told_of: Returns what a text that is true of one generation says of another one.
    """

    def __init__(self, told_of: Callable[[str, int, int], str]) -> None:
        self._told_of = told_of
        self._lock = threading.Lock()
        self._generations: dict[str, int] = {}
        self._history: list[str] = []
        self._answers: dict[tuple[str, int], str] = {}
        self._tags: dict[tuple[str, str], tuple[str, str]] = {}
        self.confirmed = 0
        """The place in history of what the server has said to serve: nothing older may come now."""
        self.day = ""
        """The day that answers without a day were on when they were learnt."""

    def announce(self, revision: str, generation: int) -> None:
        """Note that a generation is about to be served, under this name; it may be an old one."""
        with self._lock:
            self._generations[revision] = generation
            self._history.append(revision)

    def confirm(self) -> None:
        """Note that what was announced last is served."""
        with self._lock:
            self.confirmed = len(self._history) - 1

    def generation(self, revision: str) -> int | None:
        """Return which generation a revision is."""
        with self._lock:
            return self._generations.get(revision)

    def served(self) -> str:
        """Return the revision that is served for sure."""
        with self._lock:
            return self._history[self.confirmed]

    def may_come(self, revision: str, since: int) -> bool:
        """Tell whether a revision is that of a place in history, or a later one."""
        with self._lock:
            return revision in self._history[since:]

    def learn(self, name: str, generation: int, text: str) -> None:
        """Note what an answer says in generation 0 or 1."""
        with self._lock:
            self._answers[name, generation] = text

    def answer(self, name: str, generation: int) -> str | None:
        """Return what an answer says in a generation: what it said in one that is odd, or even,
        as this one is."""
        known = generation % 2
        with self._lock:
            text = self._answers.get((name, known))
        return None if text is None else self._told_of(text, known, generation)

    def differing(self) -> Mapping[str, bool]:
        """Return for each question whether its answers of generations 0 and 1 differ."""
        names = {name for name, _ in self._answers}
        return {name: self._answers[name, 0] != self._answers.get((name, 1)) for name in names}

    def tag(self, key: str, revision: str, tag: str, body: str) -> str | None:
        """Note the entity tag of a representation; return what is wrong with it, if anything.

        In one revision a representation has one tag, and the tag one body, to the byte.
        """
        with self._lock:
            first = self._tags.setdefault((key, revision), (tag, body))
        if first[0] != tag:
            return f"two entity tags in one revision: {first[0]} and {tag}"
        if body and first[1] and first[1] != body:
            return f"two bodies under one entity tag {tag}"
        if body and not first[1]:  # HEAD came first
            with self._lock:
                self._tags[key, revision] = (tag, body)
        return None
