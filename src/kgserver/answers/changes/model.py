"""What changed between two days, as values: nothing here asks, and nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kgserver.answers.changes.items import Displaced, Event, Item, Link
from kgserver.answers.changes.period import Period
from kgserver.answers.graph import Cell
from kgserver.answers.labels import Labels

__all__ = ["Change", "Changes", "Follows", "Group", "Kind"]


class Kind(StrEnum):
    """In which way a thing changed, in the order in which changes are told.

    succeeded: it began, and took the place of one that ended, with another effect;
    begun: it began; ended: it ended, and nothing took its place;
    displaced: it stands, but higher law deprives it, or a part of it, of application;
    restored: it stands, and no longer does so;
    continued: it began with the effect of one that ended; added: of one that still stands.
    """

    SUCCEEDED = "succeeded"
    BEGUN = "begun"
    ENDED = "ended"
    DISPLACED = "displaced"
    RESTORED = "restored"
    ADDED = "added"
    CONTINUED = "continued"


@dataclass(frozen=True)
class Change:
    """One change; `item` is what began or ended (a displacement among them).

    Args:
        heirs: What took the place of a thing that ended, the nearest first, and was gone by the
            later day, or stood on both days.
        not_applied: Whether higher law displaces a new thing, or a part of it, on the later day.
    """

    kind: Kind
    item: Item
    links: tuple[Link, ...] = ()
    displaced: Displaced | None = None
    heirs: tuple[Item, ...] = ()
    not_applied: bool = False

    @property
    def agents(self) -> tuple[str, ...]:
        """Whom the change concerns: the new thing and those whose place it takes."""
        items = [self.item, *(link.item for link in self.links if link.ended)]
        return tuple(sorted({agent for item in items for agent in item.agents}))

    def tells_of(self, subject: str) -> bool:
        """Tell whether the change concerns a subject, or names it in any other role."""
        ended = [link.item for link in self.links if link.ended]
        displaced = [self.displaced.assertion] if self.displaced else []
        return any(
            subject in item.agents or subject in item.names or subject == item.iri
            for item in (self.item, *ended, *displaced)
        )

    @property
    def window(self) -> tuple[str, str] | None:
        """The days between which the change lies, where it is not known exactly."""
        held = self.item.interval
        first, last = held.earliest, held.latest
        if self.ends:
            first, last = held.end_earliest, held.end_latest
        return (first, last) if first and last else None

    @property
    def items(self) -> list[Item]:
        """Every thing that telling of the change names."""
        linked = [item for link in self.links for item in (link.item, *link.through)]
        displaced = [self.displaced.assertion] if self.displaced else []
        return [self.item, *linked, *displaced, *self.heirs]

    @property
    def ends(self) -> bool:
        """Tell whether its item ended; else it began."""
        return self.kind in (Kind.ENDED, Kind.RESTORED)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events by which the change came."""
        return self.item.ended_by if self.ends else self.item.begun_by


@dataclass(frozen=True)
class Follows:
    """A statement that nobody wrote, and the assertions that it follows from where one link
    stands between its two ends."""

    subject: str
    property: str
    value: Cell
    bearers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Everything that changed about one subject; None: about acts and treaties, nobody's own.

    `stayed` are the shortcuts of the subject that hold on both days.
    """

    agent: str | None
    changes: Sequence[Change]
    lost: Sequence[Follows]
    gained: Sequence[Follows]
    stayed: Sequence[Follows]

    @property
    def by_kind(self) -> list[tuple[Kind, list[Change]]]:
        """The changes of each kind that there are any of, in the order of the kinds."""
        found = [(kind, [c for c in self.changes if c.kind is kind]) for kind in Kind]
        return [(kind, changes) for kind, changes in found if changes]


@dataclass(frozen=True)
class Changes:
    """The difference of the law of two days.

    Args:
        groups: By subject; a change that concerns two subjects is told of both.
        changes: Each change once.
        untouched: How many things for a time hold on both days.
        uncertain: Events in whose window one of the two days lies: they may be on its other side.
        checked_until: The day up to which changes of the acts were looked for.
        about: The one subject that was asked about.
    """

    period: Period
    groups: Sequence[Group]
    changes: Sequence[Change]
    untouched: int
    uncertain: Sequence[Event]
    checked_until: str | None
    labels: Labels
    about: str | None = None

    @property
    def beyond(self) -> bool:
        """Tell whether the later day is after the one up to which changes were looked for."""
        return self.checked_until is not None and self.period.last > self.checked_until

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many changes of each kind there are, kinds without any among them."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in Kind}

    @property
    def events(self) -> list[Event]:
        """The events by which the changes came, in the order of their days."""
        found = {event for change in self.changes for event in change.events}
        found |= {e for change in self.changes for heir in change.heirs for e in heir.ended_by}
        return sorted(found, key=lambda event: (event.day or "", event.iri))
