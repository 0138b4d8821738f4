"""The things that changes are told of: what holds for a time, by which event, and what of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kgserver.answers.graph import Cell
from kgserver.answers.things import Interval

__all__ = ["Displaced", "Element", "Event", "Item", "Link"]


@dataclass(frozen=True)
class Event:
    """What changed the law: its day of effect, the window of that day, the acts that made it."""

    iri: str
    day: str | None
    earliest: str | None = None
    latest: str | None = None
    acts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A thing that holds for a time.

    Args:
        kind: The class that the files state.
        provisions: The versions that it rests on; for a displacement, those that displace.
        agents: Whom it concerns; where it names nobody, whom the things concern that it names.
        begun_by: The events that began it on its first day; none where it has its own date.
        ended_by: The events that ended it on its first day without effect.
        names: Everything that the record joins it to.
    """

    iri: str
    kind: str
    interval: Interval
    provisions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    begun_by: tuple[Event, ...] = ()
    ended_by: tuple[Event, ...] = ()
    names: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True)
class Element:
    """A property in which two assertions differ, with the values that only one of them has."""

    property: str
    lost: tuple[Cell, ...] = ()
    gained: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Link:
    """How a new thing goes back to one that stood on the earlier day.

    Args:
        ended: Whether the earlier one is gone on the later day.
        through: What stood between, the latest first; it was gone before the later day, or
            began too.
        kinds: How the effect changed on the way, the latest first; empty: not at all, or unsaid.
        same: Whether every step on the way keeps the effect.
    """

    item: Item
    ended: bool
    through: tuple[Item, ...]
    kinds: tuple[str, ...]
    same: bool
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Displaced:
    """What a displacement takes from application: properties, or all of it where none is named."""

    assertion: Item
    properties: tuple[str, ...]
    readings: tuple[str, ...]
