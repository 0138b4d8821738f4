"""Windows: the days between which the law changed, where the day itself is not known exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.law.facts import Facts
from kgserver.terms import LANGUAGES, RDFS, prok, shorten

__all__ = ["Window", "windows"]

LABEL = NamedNode(RDFS + "label")


@dataclass(frozen=True)
class Window:
    """An event that took or takes effect on a day from `earliest` to `latest`.

    `effect` is the day by which the graph counts; None: it counts the event on no day.
    """

    event: str
    earliest: date
    latest: date
    effect: date | None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def holds(self, day: date) -> bool:
        """Tell whether on a day the event may, or may not yet, have taken effect.

        On the last day of the window it has; that is in doubt only where the graph counts it on
        no day.
        """
        return self.earliest <= day < self.latest or (day == self.latest and not self.effect)

    def label(self, language: str) -> str:
        """Return the event's name in the language, else in the first that has one."""
        for tag in (language, *LANGUAGES, *self.labels):
            if tag in self.labels:
                return self.labels[tag]
        return shorten(self.event)

    def to_table(self) -> dict[str, object]:
        """Return the window as JSON has it."""
        return {
            "event": self.event,
            "label": dict(self.labels),
            "earliest": self.earliest.isoformat(),
            "latest": self.latest.isoformat(),
            "takes_effect_on": self.effect.isoformat() if self.effect else None,
        }

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Window:
        """Read what `to_table` gave."""
        effect = table["takes_effect_on"]
        return cls(
            table["event"],
            date.fromisoformat(table["earliest"]),
            date.fromisoformat(table["latest"]),
            date.fromisoformat(effect) if effect else None,
            table["label"],
        )


def windows(triples: Iterable[Triple]) -> tuple[Window, ...]:
    """Return the windows that events state, the first first.

    Of several days for one edge the widest window counts. A window of a single day is none, nor
    is one that lacks an edge: of that nobody can tell whether a day lies in it.
    """
    facts = Facts(triples)
    found = []
    for event in facts.using(prok("takesEffectOn"), prok("effectUnknown")):
        earliest = facts.dates(event, prok("earliest"))
        latest = facts.dates(event, prok("latest"))
        if isinstance(event, NamedNode) and earliest and latest and earliest[0] < latest[-1]:
            effect = facts.dates(event, prok("takesEffectOn"))
            labels = {
                label.language: label.value
                for label in facts.objects(event, LABEL)
                if isinstance(label, Literal) and label.language
            }
            day = effect[0] if effect else None
            found.append(Window(event.value, earliest[0], latest[-1], day, labels))
    return tuple(sorted(found, key=lambda one: (one.earliest, one.latest, one.event)))
