"""Remembers answers: what was asked of a revision before is not evaluated again.

A revision never changes, so an answer is true of it for ever; what can differ from one moment to
the next (`Question.volatile`) is not kept. Long answers are not kept either: they would push out
many short ones, and to send them costs more than to find them.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache

from kgserver.engine.question import NOBODY, Answer, Answerer, Asker, Question

__all__ = ["Memory", "MemoryStatus"]

_BESIDE: Final = 4_096
"""Bytes that a kept answer takes beside itself: its question, and the place of both."""


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
        self._kept: LRUCache[Question, Answer] = LRUCache(max_bytes, getsizeof=_size)
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Return what is remembered, else ask; raise what the answerer raises."""
        # How long the asker would have waited does not change an answer that is there.
        key = replace(question, timeout_s=None)
        if question.volatile:
            return self._answerer.answer(question, asker)
        with self._lock:
            answer = self._kept.get(key)
            self._hits += answer is not None
            self._misses += answer is None
        if answer is None:
            answer = self._answerer.answer(question, asker)
            self._keep(key, answer)
        return answer

    def status(self) -> MemoryStatus:
        """Return how much is remembered at this moment."""
        with self._lock:
            return MemoryStatus(self._hits, self._misses, int(self._kept.currsize))

    def _keep(self, key: Question, answer: Answer) -> None:
        if isinstance(answer.body, bytes):
            with self._lock, suppress(ValueError):  # larger than all there is room for
                self._kept[key] = answer


def _size(answer: Answer) -> int:
    """Return about how much memory an answer takes, with its question."""
    return len(answer.body) + _BESIDE if isinstance(answer.body, bytes) else 0
