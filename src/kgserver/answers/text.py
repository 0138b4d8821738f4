"""Answers as text for a terminal: aligned columns, short names, nothing cut."""

from __future__ import annotations

from kgserver.answers.graph import Cell, Table, table
from kgserver.answers.labels import Labels
from kgserver.answers.things import Interval, Said, Thing
from kgserver.engine.question import Answer
from kgserver.near import harmless
from kgserver.terms import shorten

__all__ = ["describe_text", "interval_text", "rows_text", "table_text"]

WIDEST = 60
"""Columns are aligned up to this many characters; a longer value keeps its length."""


def table_text(answer: Answer) -> str:
    """Return a SELECT as a table and an ASK as `yes` or `no`."""
    found = table(answer.body)
    if found.verdict is None:
        return rows_text(found)
    return "yes\n" if found.verdict else "no\n"


def rows_text(found: Table) -> str:
    """Return rows under their column names, and how many there are.

    Where a column holds the names of another, the names stand in its place: `csv` has both.
    """
    columns = found.shown
    lines = [columns]
    lines += [[_cell(row.get(f"{c}Label") or row.get(c)) for c in columns] for row in found.rows]
    widths = [min(WIDEST, max(len(line[i]) for line in lines)) for i in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    text = "\n".join(
        "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    count = len(found.rows)
    return f"{text}\n({count} row{'' if count == 1 else 's'})\n"


def describe_text(thing: Thing, day: str) -> str:
    """Return what is known of one thing: its name, the law, what follows, the rest."""
    labels = thing.labels
    lines = [labels.of(thing.iri), thing.iri]
    lines += [text for text in (thing.definition, labels.content(thing.iri)) if text]
    if thing.interval:
        lines.append(interval_text(thing.interval))
    lines += _section(f"The law of {day}", [_said(s, labels) for s in thing.said if s.in_view])
    follows = [
        f"{labels.of(f.predicate)}: {_value(f.value, labels)}{_because(f.sources, labels)}"
        for f in thing.shortcuts
    ]
    lines += _section("It follows", follows)
    lines += _section("At other times", [_said(s, labels) for s in thing.said if not s.in_view])
    facts = [f"{labels.of(f.predicate)}: {_value(f.value, labels)}" for f in thing.facts]
    lines += _section("Facts", facts)
    return "\n".join(lines) + "\n"


def interval_text(interval: Interval) -> str:
    """Return the days between which a thing holds, in words."""
    if interval.unknown:
        return "first day of effect unknown: in no view of a date"
    until = f", until {interval.until} (first day without effect)" if interval.until else ""
    window = (
        f" (the day is not known exactly: between {interval.earliest} and {interval.latest})"
        if interval.earliest
        else ""
    )
    return f"in force from {interval.since}{until}{window}"


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _said(item: Said, labels: Labels) -> str:
    displaced = " [displaced by higher law]" if item.displacements else ""
    content = labels.content(item.iri)
    return (
        f"{labels.of(item.iri)}{displaced}\n"
        + (f"      {content}\n" if content else "")
        + f"      {labels.of(item.provision)}; {interval_text(item.interval)}"
    )


def _because(sources: tuple[str, ...], labels: Labels) -> str:
    return f" (because of: {'; '.join(map(labels.of, sources))})" if sources else ""


def _value(cell: Cell, labels: Labels) -> str:
    return labels.of(cell.value) if cell.kind == "uri" else harmless(cell.value)


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return shorten(cell.value) if cell.kind == "uri" else harmless(cell.value)
