"""What a worker's reply means to the one who asked: an answer, or an error in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from kgserver.engine.question import HEADER, Answer, Kind, Question
from kgserver.errors import (
    KgError,
    NotAcceptable,
    QueryFailed,
    QuerySyntaxError,
    ResultTooLarge,
)
from kgserver.formats import GRAPHS, SOLUTIONS, Format, offers
from kgserver.near import quoted

__all__ = ["read_reply"]


def read_reply(
    header: Mapping[str, object], body: bytes, question: Question, result_bytes: int
) -> Answer:
    """Return the answer that a reply holds.

    Raises:
        QuerySyntaxError: the text is not SPARQL; `where` is its line and column.
        NotAcceptable: the question names no format for this kind of answer.
        QueryFailed: the engine could not evaluate the query.
        ResultTooLarge: the answer is larger than the limit.
    """
    if "error" in header:
        raise _error(header, question, result_bytes)
    rows = header.get("rows")
    return Answer(
        kind=cast(Kind, header["kind"]),
        format=str(header["format"]),
        body=body,
        rows=rows if isinstance(rows, int) else None,
    )


def _error(header: Mapping[str, object], question: Question, result_bytes: int) -> KgError:
    message = str(header.get("message") or "")
    match header["error"]:
        case "syntax":
            return _syntax_error(header, message, question.text)
        case "not-acceptable":
            return _not_acceptable(GRAPHS if header["kind"] == "graph" else SOLUTIONS, question)
        case "too-large":
            return ResultTooLarge(
                f"The answer is larger than {result_bytes:,} bytes",
                hint="Ask in pages with ORDER BY, LIMIT and OFFSET, or for fewer columns",
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
