"""A query's answer as a document: rows as sentences, in groups, and other queries as its parts.

A sentence is a text in which `{column}` stands for what the row has there, and a part in square
brackets is left out where one of its columns has no value: `in force[ since {since}]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Document", "Piece", "Sentence"]

_COLUMN = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Piece:
    """Some text, or the value of a column."""

    text: str = ""
    column: str | None = None


@dataclass(frozen=True)
class Sentence:
    """A text with columns in it."""

    text: str

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that the sentence names."""
        return tuple(dict.fromkeys(_COLUMN.findall(self.text)))

    @property
    def fault(self) -> str | None:
        """What is wrong with the brackets, if anything."""
        left = "".join(_COLUMN.sub("", text) for text, _ in self._parts)
        odd = next((mark for mark in "{}[]" if mark in left), None)
        return f"`{odd}` has no partner" if odd else None

    @cached_property
    def _parts(self) -> tuple[tuple[str, bool], ...]:
        """The text in parts, brackets off; whether a part is optional."""
        parts = enumerate(_OPTIONAL.split(self.text))
        return tuple((text, bool(number % 2)) for number, text in parts)

    def of(self, row: Mapping[str, object]) -> Iterator[Piece]:
        """Yield the pieces of the sentence for a row, the optional ones where it has them.

        >>> [piece.text or piece.column for piece in Sentence("{a}[, since {b}].").of({"a": 1})]
        ['a', '.']
        """
        for part, optional in self._parts:
            if optional and not all(column in row for column in _COLUMN.findall(part)):
                continue
            for number, text in enumerate(_COLUMN.split(part)):
                if number % 2:
                    yield Piece(column=text)
                elif text:
                    yield Piece(text)


@dataclass(frozen=True)
class Document:
    """How the answer of a query is read on a page; texts have one entry per language.

    Args:
        row: What a row says.
        group: The column by whose value the rows stand together; the value is the heading.
        values: The groups that always stand there, in this order, even without a row.
        none: What a group without a row says.
        parts: The names of the queries that say more, asked with the same parameters.
    """

    row: Mapping[str, Sentence]
    group: str | None = None
    values: tuple[str, ...] = ()
    none: Mapping[str, str] | None = None
    parts: tuple[str, ...] = ()
