"""Tables that read well as plain text and are Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows below the names of their columns; the first column is on the left."""
    widths = [max(map(len, cells)) for cells in zip_longest(columns, *rows, fillvalue="")]

    def line(cells: Sequence[str]) -> str:
        padded = zip_longest(cells, widths, fillvalue="")
        first, *others = [(str(cell), int(width)) for cell, width in padded]
        right = [cell.rjust(width) for cell, width in others]
        return f"| {' | '.join([first[0].ljust(first[1]), *right])} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(columns), line(rule), *map(line, rows)])


def milliseconds(seconds: float) -> str:
    """Return a time with the digits that mean something."""
    ms = seconds * 1000
    return f"{ms:.3f}" if ms < 1 else f"{ms:.2f}" if ms < 10 else f"{ms:.0f}"
