"""Remembers answers: what was asked of a revision before is not evaluated again.

A revision never changes, so an answer is true of it for ever; what can differ from one moment to
the next (`Question.volatile`) is not kept. Long answers are not kept either: they would push out
many short ones, and to send them costs more than to find them.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from sys import getsizeof
from typing import Final

from cachetools import LRUCache

from kgserver.engine.question import NOBODY, Answer, Answerer, Asker, Question

__all__ = ["Memory", "MemoryStatus"]

_BESIDE: Final = 4_096
"""Bytes that a kept answer takes beside itself and the text of its question."""


@dataclass(frozen=True)
class _Kept:
    """An answer, and about how much memory it takes with its question."""

    answer: Answer
    size: int


@dataclass(frozen=True)
class MemoryStatus:
    """How much is remembered, and how often that helped."""

    hits: int
    misses: int
    bytes: int


class Memory:
    """An answerer that remembers what another one said; any number of threads may ask at once.

    Args:
        answerer: Who answers what is not remembered. It must always answer from one revision.
        max_bytes: Size of all that is remembered; what was asked longest ago is forgotten first.
    """

    def __init__(self, answerer: Answerer, max_bytes: int) -> None:
        self._answerer = answerer
        self._kept: LRUCache[Question, _Kept] = LRUCache(max_bytes, getsizeof=_size)
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Return what is remembered, else ask; raise what the answerer raises."""
        if question.volatile:
            return self._answerer.answer(question, asker)
        # How long the asker would have waited does not change an answer that is there; nor does
        # the day, from which the graphs have been found.
        dataset = replace(question.dataset, at=None, state=None)
        key = replace(question, timeout_s=None, dataset=dataset)
        with self._lock:
            kept = self._kept.get(key)
            self._hits += kept is not None
            self._misses += kept is None
        if kept is not None:
            return kept.answer
        answer = self._answerer.answer(question, asker)
        self._keep(key, answer)
        return answer

    def status(self) -> MemoryStatus:
        """Return how much is remembered at this moment."""
        with self._lock:
            return MemoryStatus(self._hits, self._misses, int(self._kept.currsize))

    def _keep(self, key: Question, answer: Answer) -> None:
        if isinstance(answer.body, bytes):
            size = len(answer.body) + getsizeof(key.text) + getsizeof(key.base) + _BESIDE
            with self._lock, suppress(ValueError):  # larger than all there is room for
                self._kept[key] = _Kept(answer, size)


def _size(kept: _Kept) -> int:
    return kept.size
