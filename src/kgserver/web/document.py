"""An answer as a document: what the query says in sentences, then what its parts say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgserver.answers.graph import Cell, Graph, Row
from kgserver.library import Document, NamedQuery
from kgserver.web.shown import Shown

__all__ = ["Group", "Section", "groups", "headings", "parts"]


@dataclass(frozen=True)
class Group:
    """Rows that stand together under the value of a column; `heading` is None without one."""

    heading: Cell | None
    rows: Sequence[Row]


@dataclass(frozen=True)
class Section:
    """A part of a document: a query, what it answered, and its rows in groups."""

    query: NamedQuery
    result: Shown
    groups: Sequence[Group]


def groups(document: Document, rows: Sequence[Row]) -> list[Group]:
    """Return the rows in groups: those that always stand there first, then as they come.

    A row without a value of the column stands in a group without a heading.
    """
    if document.group is None:
        return [Group(None, rows)]
    found: dict[Cell | None, list[Row]] = {Cell("uri", value): [] for value in document.values}
    for row in rows:
        found.setdefault(row.get(document.group), []).append(row)
    return [Group(heading, rows) for heading, rows in found.items()]


def headings(document: Document) -> list[Cell]:
    """Return what a page names although no row may have it: the groups that always stand there."""
    return [Cell("uri", value) for value in document.values]


def parts(
    graph: Graph, named: NamedQuery, values: Mapping[str, str], at: str | None, language: str
) -> list[Section]:
    """Return the parts of a query's document, each asked with the parameters that it takes.

    Args:
        values: The parameters of the whole, filled; what it leaves to its example, so do they.
        at: The day asked, for parts that ask the law of a day.
    """
    sections = []
    for name in named.document.parts if named.document else ():
        part = graph.library.get(name)
        given = {p: values.get(p, named.params[p].default.value) for p in part.params}
        found = graph.select(
            part.bind(given),
            graph.dataset_of(part, at),
            cut=graph.settings.limits.page_rows,
            volatile=part.volatile,
        )
        document = part.document
        shown = Shown.of(graph, found, language, headings(document) if document else ())
        in_groups = groups(document, found.rows) if document else []
        sections.append(Section(part, shown, in_groups))
    return sections
