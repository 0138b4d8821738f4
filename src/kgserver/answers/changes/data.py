"""What changed, as plain values for JSON; the manual lists the keys, and they stay."""

from __future__ import annotations

from collections.abc import Sequence

from kgserver.answers.changes.items import Displaced, Element, Event, Item, Link
from kgserver.answers.changes.model import Change, Changes, Follows, Group
from kgserver.answers.graph import Cell
from kgserver.answers.labels import Labels

__all__ = ["changes_data"]

Data = dict[str, object]


def changes_data(told: Changes, revision: str) -> Data:
    """Return what changed as values that JSON has; days are ISO, and what is unknown is null."""
    period, as_data = told.period, _Writer(told.labels)
    return {
        "from": period.first,
        "to": period.last,
        "state_from": period.before.state,
        "state_to": period.after.state,
        "about": as_data.named(told.about) if told.about else None,
        "language": told.labels.language,
        "revision": revision,
        "checked_until": told.checked_until,
        "beyond_checked": told.beyond,
        "counts": {str(kind): count for kind, count in told.counts.items()},
        "untouched": told.untouched,
        "events": [as_data.event(event) for event in told.events],
        "uncertain": [as_data.event(event) for event in told.uncertain],
        "groups": [as_data.group(group) for group in told.groups],
    }


class _Writer:
    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def named(self, iri: str) -> Data:
        return {"iri": iri, "label": self._labels.of(iri)}

    def all_named(self, iris: Sequence[str]) -> list[Data]:
        return [self.named(iri) for iri in iris]

    def event(self, event: Event) -> Data:
        return {
            **self.named(event.iri),
            "day": event.day,
            "earliest": event.earliest,
            "latest": event.latest,
            "acts": self.all_named(event.acts),
        }

    def group(self, group: Group) -> Data:
        return {
            "subject": self.named(group.agent) if group.agent else None,
            "changes": [self._change(change) for change in group.changes],
            "lost": [self._follows(follows) for follows in group.lost],
            "gained": [self._follows(follows) for follows in group.gained],
            "stayed": [self._follows(follows) for follows in group.stayed],
        }

    def _change(self, change: Change) -> Data:
        return {
            "change": str(change.kind),
            **self._item(change.item),
            "events": [self.event(event) for event in change.events],
            "displaced_by_higher_law": change.not_applied,
            "heirs": [self._item(heir) for heir in change.heirs],
            "links": [self._link(link) for link in change.links],
            "displaced": self._displaced(change.displaced) if change.displaced else None,
        }

    def _item(self, item: Item) -> Data:
        interval = item.interval
        return {
            **self.named(item.iri),
            "class": self.named(item.kind),
            "content": self._labels.content(item.iri) or None,
            "provisions": self.all_named(item.provisions),
            "evidence": self.all_named(item.evidence),
            "valid_from": interval.since,
            "valid_until": interval.until,
            "earliest": interval.earliest,
            "latest": interval.latest,
            "end_earliest": interval.end_earliest,
            "end_latest": interval.end_latest,
        }

    def _link(self, link: Link) -> Data:
        return {
            "earlier": self._item(link.item),
            "ended": link.ended,
            "same_effect": link.same,
            "succession": self.all_named(link.kinds),
            "through": [self._item(item) for item in link.through],
            "elements": [self._element(element) for element in link.elements],
        }

    def _element(self, element: Element) -> Data:
        return {
            "property": self.named(element.property),
            "lost": [self._value(cell) for cell in element.lost],
            "gained": [self._value(cell) for cell in element.gained],
        }

    def _displaced(self, displaced: Displaced) -> Data:
        return {
            "assertion": self._item(displaced.assertion),
            "properties": self.all_named(displaced.properties),
            "readings": self.all_named(displaced.readings),
        }

    def _follows(self, follows: Follows) -> Data:
        return {
            "property": self.named(follows.property),
            "value": self._value(follows.value),
            "because_of": self.all_named(follows.bearers),
        }

    def _value(self, cell: Cell) -> Data:
        """Return a value as SPARQL's JSON writes it; a thing with its name."""
        told = {"type": cell.kind, "value": cell.value}
        told |= {"lang": cell.language} if cell.language else {}
        told |= {"datatype": cell.datatype} if cell.datatype else {}
        return {**told, "label": self._labels.of(cell.value)} if cell.kind == "uri" else {**told}
