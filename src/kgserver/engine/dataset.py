"""Which graphs a request asks.

Without any word on it, a query asks the law of today. `at=2016-01-01` asks another day, `at=all`
the record of all times; `FROM <…/at/2016-01-01>` and `default-graph-uri` say the same by the
standard's means. The protocol's parameters win over the query's own clauses.

The graphs behind a view are not named to the outside. Several views or files may be asked together:
a triple that stands in two of them then counts once, which takes time to see to.

Source: SPARQL 1.1 Query Language, section 13.2; SPARQL 1.1 Protocol, section 2.1.4.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from kgserver.engine.guard import Inspection
from kgserver.engine.question import Dataset
from kgserver.errors import DateError, ParameterError, UnknownGraph
from kgserver.near import nearest, quoted

__all__ = ["ALL", "Catalogue", "read_day", "resolve"]

ALL: Final = "all"
"""What stands for the record of all times in the place of a day."""

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LISTED: Final = 12
"""How many file graphs an error message lists."""


@dataclass(frozen=True)
class Catalogue:
    """The graphs of a revision.

    Args:
        base: IRI in front of `at/<day>`.
        states: First day (YYYY-MM-DD) and graphs of each legal state, ascending.
        record: The graph of all times.
        files: The graphs that may be named, one for each file.
    """

    base: str
    states: tuple[tuple[str, tuple[str, ...]], ...]
    record: str
    files: tuple[str, ...]

    def view(self, day: str) -> Dataset:
        """Return the dataset of a day (YYYY-MM-DD) or of `all` times; `GRAPH` reaches all files.

        Raises:
            DateError: `day` is no date, or before the first legal state.
        """
        if day == ALL:
            return Dataset((self.record,), self.files, at=ALL)
        read_day(day)
        index = bisect_right(self.states, day, key=lambda state: state[0]) - 1
        if index < 0:
            begun = f"The first one begins on {self.states[0][0]}" if self.states else None
            raise DateError(f"No legal state covers {day}", where="at", hint=begun)
        first, graphs = self.states[index]
        return Dataset(graphs, self.files, at=day, state=first)


def read_day(text: str) -> date:
    """Return the day that a text names.

    Raises:
        DateError: it is not YYYY-MM-DD, or no such day exists.
    """
    try:
        if _DAY.fullmatch(text) is None:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise DateError(
            f"{quoted(text)} is no date",
            where="at",
            hint="Write year, month and day as in 2016-01-01, or `all` for every time",
        ) from None


def resolve(
    catalogue: Catalogue,
    today: date,
    *,
    at: Sequence[str] = (),
    default_graph_uri: Sequence[str] = (),
    named_graph_uri: Sequence[str] = (),
    query: Inspection | None = None,
) -> Dataset:
    """Return the dataset of a request.

    Args:
        today: The day asked when the request says nothing, in the graph's own time zone.
        at: Each value of the parameter `at`.
        default_graph_uri: Each value of the protocol's parameter of that name.
        named_graph_uri: The same.
        query: What the query says in FROM and FROM NAMED.

    Raises:
        ParameterError: `at` twice, or beside another way to name graphs.
        DateError: a day is no date, or before the first legal state.
        UnknownGraph: a graph is not in the catalogue; the hint lists what is.
    """
    asked = (tuple(default_graph_uri), tuple(named_graph_uri))
    where = "default-graph-uri" if asked[0] else "named-graph-uri"
    if not any(asked) and query is not None:
        asked, where = (query.default_graphs, query.named_graphs), "FROM"
    if len(at) > 1:
        raise ParameterError(
            "`at` is there more than once", where="at", hint="Ask one day at a time"
        )
    if at and any(asked):
        raise ParameterError(
            f"`at` and `{where}` both choose the graphs",
            where="at",
            hint=f"Leave one out; `{catalogue.base}at/{at[0]}` can stand as a default graph",
        )
    if at or not any(asked):
        return catalogue.view(at[0] if at else today.isoformat())
    return _described(catalogue, asked[0], asked[1], where)


def _described(
    catalogue: Catalogue, default: Sequence[str], named: Sequence[str], where: str
) -> Dataset:
    """Return the dataset that names its graphs: what is not named is not in it."""
    for iri in named:
        if iri not in catalogue.files:
            raise _unknown(catalogue, iri, where, views=False)
    named = tuple(dict.fromkeys(named))
    if not default:
        return Dataset((), named)
    parts = [_part(catalogue, iri, where) for iri in dict.fromkeys(default)]
    if len(parts) == 1:
        return replace(parts[0], named=named)
    graphs = tuple(dict.fromkeys(graph for part in parts for graph in part.default))
    return Dataset(graphs, named, overlapping=True)


def _part(catalogue: Catalogue, iri: str, where: str) -> Dataset:
    """Return what one IRI of a default graph stands for: a view, or a file."""
    if iri.startswith(view := f"{catalogue.base}at/"):
        return catalogue.view(iri.removeprefix(view))
    if iri not in catalogue.files:
        raise _unknown(catalogue, iri, where, views=True)
    return Dataset((iri,))


def _unknown(catalogue: Catalogue, iri: str, where: str, *, views: bool) -> UnknownGraph:
    """Name what may be asked: views only as a default graph, a long list of files in part."""
    known = [f"{catalogue.base}at/YYYY-MM-DD", f"{catalogue.base}at/{ALL}"] if views else []
    known += catalogue.files[:_LISTED]
    more = len(catalogue.files) - _LISTED
    near = nearest(iri, catalogue.files, cutoff=0.9)
    return UnknownGraph(
        f"No graph {quoted(iri, 200)} here",
        where=where,
        hint=(f"Did you mean <{near}>? " if near else "")
        + f"Known: {', '.join(f'<{graph}>' for graph in known)}"
        + (f" and {more} more" if more > 0 else ""),
    )
