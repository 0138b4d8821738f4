"""From when until when: what follows from the events of the law.

An event states its day once. From it follow the intervals of the provision versions that it
begins and ends, from these the intervals of what is grounded in them; and from the actions of
treaty practice follows who is party to a treaty, and when. `validFrom` is the first day,
`validUntil` the first day without effect.

Contradictions are written out, not mended: two events that begin one version give it two
beginnings, and the shapes complain. Nothing depends on the order of the triples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.law.facts import Facts, day_literal
from kgserver.law.participation import participations
from kgserver.reasoning.axioms import Node, subclasses
from kgserver.terms import ELI, TYPE, XSD, prok

FROM: Final = prok("validFrom")
UNTIL: Final = prok("validUntil")
UNKNOWN: Final = prok("beginningUnknown")
WINDOW: Final = (prok("earliest"), prok("latest"))
END_WINDOW: Final = (prok("endEarliest"), prok("endLatest"))
EFFECT: Final = prok("takesEffectOn")
BEGINS: Final = prok("beginsVersion")
ENDS: Final = prok("endsVersion")
ENDS_ACT: Final = prok("endsAct")
EXISTENCE: Final = {
    prok("establishes"): prok("establishedOn"),
    prok("dissolves"): prok("dissolvedOn"),
}
CHECKED: Final = prok("checkedUntil")
HORIZON: Final = prok("horizon")
GROUND: Final = prok("groundedIn")
DISPLACED_BY: Final = prok("displacedBy")
VERSION: Final = prok("ProvisionVersion")
PART: Final = NamedNode(ELI + "is_part_of")
MEMBER: Final = NamedNode(ELI + "is_member_of")
TRUE: Final = Literal("true", datatype=NamedNode(XSD + "boolean"))


def derive(triples: Iterable[Triple], ontology: Iterable[Triple], base: str) -> list[Triple]:
    """Return the triples that follow about time, without those already stated.

    Versions: `validFrom` from the event that begins one, `validUntil` from the event that ends
    it or ends its act, whichever is earlier. `beginningUnknown` where the beginning event says
    that its effect is unknown or says no day, or where no event begins the version and it states
    no day itself. An event's window (earliest, latest) goes to the versions that it begins,
    and as that of the end (endEarliest, endLatest) to those that it ends.

    Other time-bounded things: what has no beginning of its own takes it, or its being unknown
    and its window, from the version in which it is grounded; it ends with that version unless it
    says an earlier end. A displacement goes by the version that displaces.

    Versions also get the `horizon` of their act: its `checkedUntil`.

    Agents: `establishedOn` and `dissolvedOn` from the events that establish and dissolve them.

    Participations in treaties: see `participation.participations`.

    Args:
        base: The start of the IRIs of things, as `https://w3id.org/prok/`.
    """
    given = set(triples)
    axioms = list(ontology)
    versions = subclasses(axioms, VERSION)
    news: set[Triple] = set()
    facts = Facts(given)
    news.update(_versions(facts, {v for kind in versions for v in facts.subjects(TYPE, kind)}))
    dated = Facts(given | news)
    bounded = subclasses(axioms, prok("TimeBounded")) - versions
    for thing in sorted({t for kind in bounded for t in facts.subjects(TYPE, kind)}, key=str):
        grounds = dated.nodes(thing, DISPLACED_BY) or dated.nodes(thing, GROUND)
        news.update(_inherited(dated, thing, grounds))
    news.update(_existence(facts))
    news.update(_horizons(facts))
    news.update(participations(facts, base))
    return sorted(news - given, key=str)


def _versions(facts: Facts, typed: set[Node]) -> Iterator[Triple]:
    repeals = _repeals(facts)
    named = {v for event in facts.using(BEGINS) for v in facts.nodes(event, BEGINS)}
    named |= {v for event in facts.using(ENDS) for v in facts.nodes(event, ENDS)}
    for version in sorted(typed | named | repeals.keys(), key=str):
        yield from _beginning(facts, version)
        yield from _end(facts, version, repeals.get(version, set()))


def _beginning(facts: Facts, version: Node) -> Iterator[Triple]:
    events = facts.subjects(BEGINS, version)
    for event in events:
        days = facts.dates(event, EFFECT)
        for day in days:
            yield Triple(version, FROM, day_literal(day))
        if not days or facts.true(event, prok("effectUnknown")):
            yield Triple(version, UNKNOWN, TRUE)
        yield from _window(facts, event, version, WINDOW, WINDOW)
    if not events and not facts.dates(version, FROM):
        yield Triple(version, UNKNOWN, TRUE)


def _end(facts: Facts, version: Node, repeals: set[Node]) -> Iterator[Triple]:
    """Yield the ends that events give, with windows; a repeal gives one if none is earlier."""
    ending = [(d, e) for e in facts.subjects(ENDS, version) for d in facts.dates(e, EFFECT)]
    own = facts.dates(version, UNTIL)
    repealing = ((d, e) for e in repeals for d in facts.dates(e, EFFECT))
    for day, event in sorted(repealing, key=lambda of: (of[0], str(of[1]))):
        if not any(earlier <= day for earlier in (*own, *(d for d, _ in ending))):
            ending.append((day, event))
    for day, event in ending:
        yield Triple(version, UNTIL, day_literal(day))
        yield from _window(facts, event, version, WINDOW, END_WINDOW)


def _existence(facts: Facts) -> Iterator[Triple]:
    """Yield from when until when agents exist; the days filter no view."""
    for link, property_ in EXISTENCE.items():
        for event in facts.using(link):
            for agent in facts.nodes(event, link):
                for day in facts.dates(event, EFFECT):
                    yield Triple(agent, property_, day_literal(day))


def _repeals(facts: Facts) -> dict[Node, set[Node]]:
    """Return the events by which versions end because their act does."""
    ends: dict[Node, set[Node]] = {}
    for event in facts.using(ENDS_ACT):
        for act in facts.nodes(event, ENDS_ACT):
            for version in _versions_of(facts, act):
                ends.setdefault(version, set()).add(event)
    return ends


def _horizons(facts: Facts) -> Iterator[Triple]:
    """Yield for each version the day up to which changes of its act were looked for."""
    for act in facts.using(CHECKED):
        for version in _versions_of(facts, act):
            for day in facts.dates(act, CHECKED):
                yield Triple(version, HORIZON, day_literal(day))


def _versions_of(facts: Facts, act: Node) -> Iterator[Node]:
    """Yield the versions of an act and of its parts, however deep."""
    for part in {act} | facts.below(act, PART):
        yield from facts.subjects(MEMBER, part)


def _inherited(facts: Facts, thing: Node, grounds: list[Node]) -> Iterator[Triple]:
    begins_itself = facts.dates(thing, FROM) or facts.true(thing, UNKNOWN)
    own_ends = facts.dates(thing, UNTIL)
    for ground in grounds:
        if not begins_itself:
            for day in facts.dates(ground, FROM):
                yield Triple(thing, FROM, day_literal(day))
            if facts.true(ground, UNKNOWN):
                yield Triple(thing, UNKNOWN, TRUE)
            yield from _window(facts, ground, thing, WINDOW, WINDOW)
        ends = [end for end in facts.dates(ground, UNTIL) if not own_ends or end < min(own_ends)]
        for end in ends:
            yield Triple(thing, UNTIL, day_literal(end))
        if ends:
            yield from _window(facts, ground, thing, END_WINDOW, END_WINDOW)


def _window(
    facts: Facts,
    source: Node,
    thing: Node,
    said: tuple[NamedNode, ...],
    told: tuple[NamedNode, ...],
) -> Iterator[Triple]:
    """Yield the window that `source` has by the properties `said`, for `thing` by those `told`."""
    for of_source, of_thing in zip(said, told, strict=True):
        for day in facts.dates(source, of_source):
            yield Triple(thing, of_thing, day_literal(day))
