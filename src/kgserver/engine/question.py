"""What is asked of an engine and what comes back: plain values, no engine in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

__all__ = ["HEADER", "Answer", "Answerer", "Dataset", "Kind", "Question"]

HEADER: Final = "Accept"
"""The header in which clients name the media types that they read (RFC 9110, section 12.5.1)."""

Kind = Literal["select", "ask", "graph"]


@dataclass(frozen=True)
class Dataset:
    """The graphs that a query sees.

    Args:
        default: Graphs that make the default graph; no triple may stand in two of them.
        named: Graphs that `GRAPH` can reach.
        at: The date of the view as YYYY-MM-DD, `all` for the record of all times, or None when
            the default graph is neither (a single file, or nothing).
        state: First day of the legal state that holds at that date; None without such a date.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    at: str | None = None
    state: str | None = None


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
    """

    text: str
    dataset: Dataset
    solutions: str | None = "json"
    graph: str | None = "ttl"
    timeout_s: float | None = None
    base: str | None = None
    chosen_by: str = HEADER


@dataclass(frozen=True)
class Answer:
    """A complete answer in its final form.

    Args:
        format: Name of the format that `body` is written in.
        rows: Rows of a SELECT, where they could be counted for nothing; else None.
    """

    kind: Kind
    format: str
    body: bytes
    rows: int | None = None


class Answerer(Protocol):
    """Anything that answers questions: workers on this machine, or an endpoint elsewhere."""

    def answer(self, question: Question) -> Answer:
        """Answer, or raise a `KgError` that says why not."""
