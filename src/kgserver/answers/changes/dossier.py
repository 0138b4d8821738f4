"""What is known of the things that changed, asked of the record once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgserver.answers.changes import asking, recorded
from kgserver.answers.changes.asking import Pair
from kgserver.answers.changes.comparing import Difference
from kgserver.answers.changes.elements import Ancestry, Way, differences
from kgserver.answers.changes.items import Displaced, Event, Item, Link
from kgserver.answers.changes.model import Change, Kind
from kgserver.answers.changes.period import Period
from kgserver.answers.changes.recorded import Stated
from kgserver.answers.graph import Graph
from kgserver.terms import PROK

__all__ = ["Dossier"]

_NOTHING = Stated({}, {})


@dataclass(frozen=True)
class Dossier:
    """What the record has on what changed, and on what that goes back to.

    Args:
        ways: From each new thing back to what stood on the earlier day.
        heirs: What went on where a thing ended and nothing new goes back to it.
        displaced: What is displaced on the later day: (assertion, property), or "" for all of it.
    """

    last: str
    found: Difference
    ancestry: Ancestry
    ways: Mapping[str, list[Way]]
    heirs: Mapping[str, tuple[str, ...]]
    stated: Mapping[str, Stated]
    agents: Mapping[str, tuple[str, ...]]
    events: Mapping[Pair, list[Event]]
    displaced: frozenset[Pair]

    @classmethod
    def of(cls, graph: Graph, period: Period, found: Difference) -> Dossier:
        """Ask for all that is needed to tell of a difference."""
        ancestry = Ancestry.of(recorded.links_of(graph, found.begun | found.ended))
        stood = asking.standing(graph, period.before, ancestry.things())
        ways = {thing: ancestry.ways(thing, stood) for thing in found.begun}
        taken = {way.end for back in ways.values() for way in back}
        heirs = {thing: ancestry.heirs(thing) for thing in found.ended - taken}
        targets = {assertion for _, assertion in found.displaced}
        things = {*found.begun, *found.ended, *targets, *taken}
        things |= {over for back in ways.values() for way in back for over in way.through}
        things |= {heir for later in heirs.values() for heir in later}
        stated = recorded.stated_of(graph, things)
        grounds = {iri for one in stated.values() for iri in _provisions(one)}
        resting = {thing for thing, one in stated.items() if one.all("derivedFrom")}
        return cls(
            period.last,
            found,
            ancestry,
            ways,
            heirs,
            stated,
            recorded.agents_of(graph, things),
            recorded.events_of(graph, grounds | resting),
            frozenset(asking.displacing(graph, period.after, found.begun | targets)),
        )

    def changes(self) -> list[Change]:
        """Return every change once, in no order that a reader would like."""
        new = [self._begun(thing) for thing in sorted(self.found.begun)]
        return [*new, *(self._ended(thing) for thing in sorted(self.heirs))]

    def _begun(self, thing: str) -> Change:
        if displaced := self._displaced(thing):
            return Change(Kind.DISPLACED, self.item(thing), displaced=displaced)
        links = tuple(self._link(thing, way) for way in self.ways[thing])
        displaced_too = any(assertion == thing for assertion, _ in self.displaced)
        return Change(_kind(links), self.item(thing), links, not_applied=displaced_too)

    def _ended(self, thing: str) -> Change:
        """Return how a thing ended: an assertion that is displaced no longer stands again."""
        displaced = self._displaced(thing)
        if displaced and displaced.assertion.iri not in self.found.ended:
            freed = self._freed(displaced)
            if freed is not None:
                return Change(Kind.RESTORED, self.item(thing), displaced=freed)
        return Change(Kind.ENDED, self.item(thing), displaced=displaced, heirs=self._heirs(thing))

    def _heirs(self, thing: str) -> tuple[Item, ...]:
        """Return what went on before the later day, as far as it is in any view."""
        heirs = map(self.item, self.heirs[thing])
        known = [heir for heir in heirs if PROK + "recalled" not in heir.evidence]
        return tuple(heir for heir in known if (heir.interval.since or "9") <= self.last)

    def _freed(self, displaced: Displaced) -> Displaced | None:
        """Return what is displaced no longer, None where all of it still is."""
        iri = displaced.assertion.iri
        if (iri, "") in self.displaced:
            return None
        left = tuple(p for p in displaced.properties if (iri, p) not in self.displaced)
        if displaced.properties and not left:
            return None
        return Displaced(displaced.assertion, left, displaced.readings)

    def _displaced(self, thing: str) -> Displaced | None:
        for displacement, assertion in self.found.displaced:
            if displacement == thing:
                one = self.stated.get(thing, _NOTHING)
                return Displaced(
                    self.item(assertion),
                    one.all("displacedProperty"),
                    one.all("displacementReading"),
                )
        return None

    def _link(self, thing: str, way: Way) -> Link:
        before, after = self.stated.get(way.end, _NOTHING), self.stated.get(thing, _NOTHING)
        return Link(
            self.item(way.end),
            way.end in self.found.ended,
            tuple(map(self.item, way.through)),
            way.kinds,
            way.same,
            differences(before, after, self.ancestry),
        )

    def item(self, thing: str) -> Item:
        """Return what is told of a thing wherever it is named."""
        one = self.stated.get(thing, _NOTHING)
        interval = one.interval
        return Item(
            thing,
            one.kind,
            interval,
            _provisions(one),
            one.all("evidenceStatus"),
            self._agents(thing),
            self._events(thing, "begins", interval.since),
            self._events(thing, "ends", interval.until),
            one.names,
        )

    def _agents(self, thing: str) -> tuple[str, ...]:
        """Return whom a thing concerns: a displacement, whomever what it displaces does."""
        targets = [assertion for one, assertion in self.found.displaced if one == thing]
        found = {agent for target in targets for agent in self.agents.get(target, ())}
        return self.agents.get(thing) or tuple(sorted(found))

    def _events(self, thing: str, role: str, day: str | None) -> tuple[Event, ...]:
        """Return the events of that day: a thing may begin and end by its own date."""
        grounds = (*_provisions(self.stated.get(thing, _NOTHING)), thing)
        events = {e for ground in grounds for e in self.events.get((ground, role), ())}
        return tuple(sorted((e for e in events if day and e.day == day), key=lambda e: e.iri))


def _kind(links: tuple[Link, ...]) -> Kind:
    ended = [link for link in links if link.ended]
    if any(not link.same for link in ended):
        return Kind.SUCCEEDED
    if ended:
        return Kind.CONTINUED
    return Kind.ADDED if any(link.same for link in links) else Kind.BEGUN


def _provisions(stated: Stated) -> tuple[str, ...]:
    """Return what a thing rests on; a displacement rests on what displaces."""
    return stated.all("displacedBy") or stated.all("groundedIn")
