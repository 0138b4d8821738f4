"""What holds for a time only: which things those are, and when each is valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyoxigraph import Triple

from kgserver.files.turtle import read_date
from kgserver.law.facts import Facts
from kgserver.reasoning.axioms import Node, subclasses
from kgserver.terms import TYPE, prok

TIME_BOUNDED: Final = prok("TimeBounded")
FROM: Final = prok("validFrom")
UNTIL: Final = prok("validUntil")
UNKNOWN: Final = prok("beginningUnknown")
EVIDENCE: Final = prok("evidenceStatus")
RECALLED: Final = prok("recalled")


@dataclass(frozen=True, slots=True)
class Interval:
    """The days on which a thing is valid: from `first`, up to but not on `until`.

    Without `first` there is no such day. Without `until` no end is known.
    """

    first: date | None
    until: date | None

    def holds(self, day: date) -> bool:
        """Tell whether the thing is valid on a day."""
        return (
            self.first is not None
            and self.first <= day
            and (self.until is None or day < self.until)
        )


NEVER: Final = Interval(None, None)


def time_bounded(triples: Iterable[Triple], ontology: Iterable[Triple]) -> frozenset[Node]:
    """Return the things whose stated class is prok:TimeBounded or below it."""
    return _bounded(Facts(triples), ontology)


def validity(triples: Iterable[Triple], ontology: Iterable[Triple]) -> Mapping[Node, Interval]:
    """Return when each time-bounded thing is valid, by stated and derived triples together.

    What says nothing certain is never valid: no beginning, an unknown one, a date that is none,
    or evidence that is only recalled. Where dates contradict each other, the thing is valid when
    it is by all of them.
    """
    facts = Facts(triples)
    return {thing: _interval(facts, thing) for thing in _bounded(facts, ontology)}


def _bounded(facts: Facts, ontology: Iterable[Triple]) -> frozenset[Node]:
    kinds = subclasses(ontology, TIME_BOUNDED)
    return frozenset(thing for kind in kinds for thing in facts.subjects(TYPE, kind))


def _interval(facts: Facts, thing: Node) -> Interval:
    edges = [*facts.objects(thing, FROM), *facts.objects(thing, UNTIL)]
    first, until = facts.dates(thing, FROM), facts.dates(thing, UNTIL)
    unsure = (
        not first
        or facts.true(thing, UNKNOWN)
        or RECALLED in facts.objects(thing, EVIDENCE)
        or any(read_date(edge) is None for edge in edges)
        or (until and until[0] <= first[-1])
    )
    return NEVER if unsure else Interval(first[-1], until[0] if until else None)
