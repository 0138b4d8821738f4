"""Rows as a page shows them: named things in place of IRIs, headings in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgserver.answers.graph import Cell, Graph, Row, Table
from kgserver.answers.labels import Labels, iris_of, read_labels

__all__ = ["Shown"]


@dataclass(frozen=True)
class Shown:
    """A table as a page shows it, with the names of what stands in it; `more`: it was cut off."""

    columns: Sequence[str]
    rows: Sequence[Row]
    more: bool
    labels: Labels

    @classmethod
    def of(cls, graph: Graph, found: Table, language: str, asked: Iterable[Cell] = ()) -> Shown:
        """Return the rows with names; asks the graph at most one question.

        Args:
            asked: What else the page names: the values that were asked.
        """
        rows = found.rows
        columns = found.shown
        named = {c for c in columns if f"{c}Label" in found.columns}
        unnamed = [{c: row[c] for c in columns if c in row and c not in named} for row in rows]
        named_too = {cell.value for cell in asked if cell.kind == "uri"}
        labels = read_labels(graph, iris_of(unnamed) | named_too, language)
        return cls(columns, rows, found.cut, labels)
