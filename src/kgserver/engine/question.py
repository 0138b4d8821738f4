"""What is asked of an engine and what comes back: plain values, no engine in sight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO, Final, Literal, Protocol

__all__ = ["HEADER", "NOBODY", "Answer", "Answerer", "Asker", "Dataset", "Kind", "Question"]

HEADER: Final = "Accept"
"""The header in which clients name the media types that they read (RFC 9110, section 12.5.1)."""

Kind = Literal["select", "ask", "graph"]


@dataclass(frozen=True)
class Dataset:
    """The graphs that a query sees.

    Args:
        default: Graphs that make the default graph.
        named: Graphs that `GRAPH` can reach.
        at: The date of the view as YYYY-MM-DD, `all` for the record of all times, or None when
            the default graph is neither (a single file, or nothing).
        state: First day of the legal state that holds at that date; None without such a date.
        overlapping: Whether a triple may stand in two of the default graphs; asking then takes
            longer, for each counts once (SPARQL 1.1 Query Language, section 13.2).
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    at: str | None = None
    state: str | None = None
    overlapping: bool = False


@dataclass(frozen=True)
class Question:
    """One query, where to ask it, and how to write the answer.

    Args:
        text: SPARQL.
        solutions: Name of the format for SELECT and ASK (`kgserver.formats.SOLUTIONS`), or None
            when the asker can read none of them.
        graph: Name of the format for CONSTRUCT and DESCRIBE (`kgserver.formats.GRAPHS`), or None.
        timeout_s: Seconds of evaluation. It can only shorten the engine's own limit.
        base: What relative IRIs of the text are relative to, if it has no BASE of its own.
        chosen_by: Where the asker named the formats: a refusal says so. By a header they are
            media types, by anything else short names.
        cut: Rows after which a SELECT is cut off; None: an answer with more than the engine's
            limit is an error.
        volatile: Whether the same question can have another answer a moment later.
    """

    text: str
    dataset: Dataset
    solutions: str | None = "json"
    graph: str | None = "ttl"
    timeout_s: float | None = None
    base: str | None = None
    chosen_by: str = HEADER
    cut: int | None = None
    volatile: bool = False


@dataclass(frozen=True)
class Answer:
    """A complete answer in its final form.

    Args:
        format: Name of the format that it is written in.
        body: The answer, or a file that holds a long one, to be closed by who takes it.
        rows: Rows of a SELECT; None where there is none, or where counting them would cost.
        cut: Whether there were more rows, and they were cut off as the question wanted.
    """

    kind: Kind
    format: str
    body: bytes | BinaryIO
    rows: int | None = None
    cut: bool = False

    def whole(self) -> bytes:
        """Return the answer as bytes, however long it is; a file can be taken so once."""
        if isinstance(self.body, bytes):
            return self.body
        with self.body as file:
            file.seek(0)
            return file.read()

    def loaded(self) -> Answer:
        """Return the same answer with its bytes in memory, however long it is."""
        return replace(self, body=self.whole())


class Asker:
    """Who asks: may leave before the answer is there, and is told what it cost."""

    def gone(self) -> bool:
        """Tell whether nobody waits for the answer any more."""
        return False

    def admit(self) -> None:
        """Raise an error if this asker may not ask now; called again after a wait for a worker."""

    def charge(self, seconds: float) -> None:
        """Take note of so many seconds of evaluation; waiting for a worker is not counted."""


NOBODY: Final = Asker()
"""Who stays and keeps no account."""


class Answerer(Protocol):
    """Anything that answers questions: workers on this machine, or an endpoint elsewhere."""

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Answer, or raise a `KgError` that says why not."""
