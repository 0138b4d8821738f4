"""Rows as a page shows them: named things in place of IRIs, headings in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgserver.answers.graph import Cell, Graph, Row, Table
from kgserver.answers.labels import Labels, iris_of, read_labels

__all__ = ["ROWS", "Shown"]

ROWS = 1_000
"""Rows on one page; the page says how many there are, and the data have them all."""


@dataclass(frozen=True)
class Shown:
    """The part of a table that a page shows, with the names of what stands in it."""

    columns: Sequence[str]
    rows: Sequence[Row]
    total: int
    labels: Labels

    @classmethod
    def of(cls, graph: Graph, found: Table, language: str, asked: Iterable[Cell] = ()) -> Shown:
        """Return the first rows with names; asks the graph at most one question.

        Args:
            asked: What else the page names: the values that were asked.
        """
        rows = found.rows[:ROWS]
        columns = found.shown
        named = {c for c in columns if f"{c}Label" in found.columns}
        unnamed = [{c: row[c] for c in columns if c in row and c not in named} for row in rows]
        named_too = {cell.value for cell in asked if cell.kind == "uri"}
        labels = read_labels(graph, iris_of(unnamed) | named_too, language)
        return cls(columns, rows, len(found.rows), labels)
