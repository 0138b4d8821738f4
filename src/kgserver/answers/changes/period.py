"""The two days between which changes are asked, and whom they are asked about."""

from __future__ import annotations

from dataclasses import dataclass

from kgserver.answers.graph import Graph
from kgserver.answers.things import thing_iri
from kgserver.engine.dataset import read_day
from kgserver.engine.question import Dataset
from kgserver.errors import DateError, NotFound

__all__ = ["TODAY", "Period", "known_thing", "read_period"]

TODAY = "today"


@dataclass(frozen=True)
class Period:
    """Two days (YYYY-MM-DD), the earlier first, with their views."""

    first: str
    last: str
    before: Dataset
    after: Dataset

    @property
    def same_state(self) -> bool:
        """Tell whether the law is the same on both days, so that there is nothing to compare."""
        return self.before.state == self.after.state

    def inside(self, earliest: str | None, latest: str | None) -> str:
        """Return on which of the two days an event may, or may not yet, have taken effect.

        On the last day of its window it has.
        """
        days = dict.fromkeys((self.first, self.last))
        return ", ".join(day for day in days if (earliest or "") <= day < (latest or ""))


def read_period(graph: Graph, first: str, last: str, *, names: tuple[str, str]) -> Period:
    """Return the period between two days, each YYYY-MM-DD or `today`.

    Args:
        names: What the asker calls the two: an error says which one is wrong.

    Raises:
        DateError: a day is no date, lies before the first legal state, or the first is the later.
    """
    before = _view(graph, first, names[0])
    after = _view(graph, last, names[1])
    days = str(before.at), str(after.at)
    if days[0] > days[1]:
        raise DateError(
            f"{days[0]} is after {days[1]}",
            where=names[0],
            hint=f"Swap them: from {days[1]} to {days[0]}",
        )
    return Period(days[0], days[1], before, after)


def known_thing(graph: Graph, text: str, name: str) -> str:
    """Return the IRI of a thing written in full, with a prefix, or from `id/` on.

    Args:
        name: What the asker calls it.

    Raises:
        ParameterError: that is no IRI.
        NotFound: nothing is known of it.
    """
    iri = thing_iri(graph, text, name)
    text = f"ASK {{ {{ <{iri}> ?p ?o }} UNION {{ ?s ?q <{iri}> }} }}"
    if not graph.select(text, graph.at("all")).verdict:
        raise NotFound(
            "Nothing is known of this IRI",
            where=iri,
            hint="Write it in full, with a prefix as in prok:…, or from id/ on",
        )
    return iri


def _view(graph: Graph, text: str, name: str) -> Dataset:
    try:
        day = graph.clock().isoformat() if text == TODAY else read_day(text).isoformat()
    except DateError as error:
        raise DateError(
            error.message, where=name, hint="Write year, month and day as in 2016-01-01"
        ) from None
    try:
        return graph.at(day)
    except DateError as error:
        raise DateError(error.message, where=name, hint=error.hint) from None
