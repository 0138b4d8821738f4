"""The days on which the law changed, with the events of each: where to begin to compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kgserver.answers.graph import Graph
from kgserver.answers.labels import Labels, read_labels
from kgserver.terms import PROK

__all__ = ["ChangeDay", "change_days"]

_EVENTS = f"""PREFIX prok: <{PROK}>
SELECT DISTINCT ?e ?day {{
  {{ ?e prok:takesEffectOn ?day }}
  UNION {{
    ?e a prok:TimeBounded ; prok:validFrom|prok:validUntil ?day
    FILTER NOT EXISTS {{ ?e prok:groundedIn|prok:displacedBy|prok:derivedFrom ?source }}
    FILTER NOT EXISTS {{ ?e a prok:ProvisionVersion }}
  }}
  FILTER(isIRI(?e))
}} ORDER BY ?e"""


@dataclass(frozen=True)
class ChangeDay:
    """A day with which a legal state begins.

    Args:
        eve: The day before it; None where nothing is known of the law on that day.
        events: What took effect on the day, and what began or ended on it without an event.
    """

    day: str
    eve: str | None
    events: tuple[str, ...]


def change_days(graph: Graph, language: str) -> tuple[list[ChangeDay], Labels]:
    """Return every day on which the law changed, the latest first, and the names of the events."""
    by_day: dict[str, list[str]] = {}
    for row in graph.select(_EVENTS, graph.at("all")).rows:
        by_day.setdefault(row["day"].value, []).append(row["e"].value)
    first_days = [state.first for state in graph.manifest.states]
    found = [
        ChangeDay(
            first.isoformat(),
            (first - timedelta(days=1)).isoformat() if place else None,
            tuple(by_day.get(first.isoformat(), ())),
        )
        for place, first in enumerate(first_days)
    ]
    shown = {event for day in found for event in day.events}
    return found[::-1], read_labels(graph, shown, language)
