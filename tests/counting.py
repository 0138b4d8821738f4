"""An answerer that counts, for tests of what need not be asked."""

from __future__ import annotations

from kgserver.engine.question import NOBODY, Answer, Answerer, Asker, Question

__all__ = ["Counting"]


class Counting:
    """Passes questions on to another answerer, and counts them."""

    def __init__(self, inner: Answerer) -> None:
        self.inner = inner
        self.asked = 0

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Count a question and pass it on."""
        self.asked += 1
        return self.inner.answer(question, asker)
