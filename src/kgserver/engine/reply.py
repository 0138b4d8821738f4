"""What a question is to a worker, and what its reply means: an answer, or an error in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final, cast

from kgserver.engine.question import HEADER, Answer, Kind, Question
from kgserver.engine.worker import Request
from kgserver.errors import (
    KgError,
    NotAcceptable,
    QueryFailed,
    QuerySyntaxError,
    ResultTooLarge,
)
from kgserver.formats import GRAPHS, SOLUTIONS, Format, offers
from kgserver.near import quoted

__all__ = ["read_reply", "request_of"]

_GRAPH: Final = re.compile(r"graph(?=[\s#<?$:_A-Za-z])", re.IGNORECASE)
"""The keyword as an engine may read it, run together with whatever stands around."""


def request_of(question: Question) -> Request:
    """Return a question as a worker takes it; its text goes beside."""
    dataset = question.dataset
    # Reaching a named graph takes the keyword GRAPH, and each graph that can be reached costs.
    reaches = _GRAPH.search(question.text) is not None
    return Request(
        default=dataset.default,
        named=dataset.named if reaches else (),
        merge=dataset.overlapping,
        solutions=question.solutions,
        graph=question.graph,
        base=question.base,
        cut=question.cut,
    )


def read_reply(
    header: Mapping[str, object],
    body: bytes | BinaryIO,
    question: Question,
    *,
    max_bytes: int,
    max_rows: int,
) -> Answer:
    """Return the answer that a reply holds.

    Raises:
        QuerySyntaxError: the text is not SPARQL; `where` is its line and column.
        NotAcceptable: the question names no format for this kind of answer.
        QueryFailed: the engine could not evaluate the query.
        ResultTooLarge: the answer is larger than the limit.
    """
    if "error" in header:
        raise _error(header, question, max_bytes, max_rows)
    cut = bool(header.get("cut"))
    rows = question.cut if cut else header.get("rows")
    return Answer(
        kind=cast(Kind, header["kind"]),
        format=str(header["format"]),
        body=body,
        rows=rows if isinstance(rows, int) else None,
        cut=cut,
    )


def _error(
    header: Mapping[str, object], question: Question, max_bytes: int, max_rows: int
) -> KgError:
    message = str(header.get("message") or "")
    match header["error"]:
        case "syntax":
            return _syntax_error(header, message, question.text)
        case "not-acceptable":
            return _not_acceptable(GRAPHS if header["kind"] == "graph" else SOLUTIONS, question)
        case "too-large":
            return ResultTooLarge(
                f"The answer is larger than {max_bytes:,} bytes",
                hint="Ask in pages with ORDER BY, LIMIT and OFFSET, or for fewer columns",
            )
        case "too-many-rows":
            return ResultTooLarge(
                f"The answer has {header['rows']:,} rows; {max_rows:,} are sent",
                hint="Ask in pages with ORDER BY, LIMIT and OFFSET, or say truncate=yes",
            )
        case "memory":
            return QueryFailed("The answer needs more memory than one query may take")
        case _:
            return QueryFailed(f"The engine could not evaluate the query: {quoted(message, 200)}")


def _not_acceptable(formats: Sequence[Format], question: Question) -> NotAcceptable:
    by_header = question.chosen_by == HEADER
    names = offers(formats) if by_header else [format_.name for format_ in formats]
    return NotAcceptable(
        "This query has an answer of a kind that cannot be written as asked",
        where=question.chosen_by,
        hint=f"There are {', '.join(names)}",
    )


def _syntax_error(header: Mapping[str, object], message: str, text: str) -> QuerySyntaxError:
    line, column = header.get("line"), header.get("column")
    if not (isinstance(line, int) and isinstance(column, int)):
        return QuerySyntaxError(f"This is not SPARQL: {message}")
    lines = text.split("\n")
    rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    if message:
        found = f"{message} (seen here)"
    else:
        found = f"{quoted(rest, 30)} cannot stand here" if rest else "The query ends too early"
    return QuerySyntaxError(
        found,
        where=f"line {line}, column {column}",
        hint="Look at what stands just before; an IRI in angle brackets must be a whole one",
    )
