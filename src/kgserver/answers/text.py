"""Answers as text for a terminal: aligned columns, short names, nothing cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kgserver.answers.graph import Cell, Table, table
from kgserver.answers.labels import Labels
from kgserver.answers.things import Interval, Said, Thing
from kgserver.engine.question import Answer
from kgserver.library import NamedQuery, ParamType
from kgserver.near import harmless
from kgserver.terms import shorten

__all__ = [
    "asked_text",
    "describe_text",
    "interval_text",
    "is_empty",
    "rows_text",
    "table_text",
]


def table_text(answer: Answer) -> str:
    """Return a SELECT as a table and an ASK as `yes` or `no`."""
    found = table(answer)
    if found.verdict is None:
        return rows_text(found)
    return "yes\n" if found.verdict else "no\n"


def is_empty(answer: Answer) -> bool:
    """Tell whether an answer is a SELECT without rows, whatever it is written in."""
    if answer.kind != "select":
        return False
    if answer.format == "json":
        return not table(answer).rows
    if answer.format == "xml":
        return b"<result>" not in answer.whole()
    return answer.whole().rstrip(b"\r\n").count(b"\n") == 0


def asked_text(
    named: NamedQuery, given: Mapping[str, str], at: str, checked: date | None = None
) -> str:
    """Return what a named query was asked, in one line: values, day, how far the law is known.

    Args:
        given: The values of parameters that the asker chose; the others have their defaults.
        at: The day of the law, `today` where a server knows which that is, or `all`.
    """
    values = [
        f"{name} = {harmless(shorten(parameter.read(given[name]).value))}"
        if name in given
        else f"{name} = {harmless(shorten(parameter.default.value))} (default)"
        for name, parameter in named.params.items()
        if name in given or parameter.type is not ParamType.LANG
    ]
    values.append("the record of all times" if at == "all" else f"law of {at}")
    if checked and at not in ("all", "today") and date.fromisoformat(at) > checked:
        values.append(f"changes looked for until {checked}")
    return "; ".join(values)


def rows_text(found: Table) -> str:
    """Return rows under their column names, and how many there are.

    Where a column holds the names of another, the names stand in its place: `csv` has both.
    """
    columns = found.shown
    lines = [columns]
    lines += [[_cell(row.get(f"{c}Label") or row.get(c)) for c in columns] for row in found.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
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
    window = _window("first day", interval.earliest, interval.latest)
    end = _window("end", interval.end_earliest, interval.end_latest)
    return f"in force from {interval.since}{until}{window}{end}"


def _window(what: str, earliest: str | None, latest: str | None) -> str:
    if earliest is None:
        return ""
    return f" (the {what} is not known exactly: between {earliest} and {latest})"


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
