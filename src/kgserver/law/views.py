"""The law as of a day.

The **view** of a day is every stated or derived triple, except those whose subject or object is
a time-bounded thing that is not valid on that day, with what the ontology entails from the rest.
Between two days of change it is the same: a legal state.

Displacement: where a view says `d prok:displaces a`, the displaced triples of the time-bounded
thing `a` stay in it, but feed no property chain. They are those that entail a property named by
`d` (prok:displacedProperty, the property's IRI as a literal), or, if it names none, a property
that chains are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyoxigraph import NamedNode, Triple

from kgserver.law.bounded import Interval, validity
from kgserver.law.facts import day_literal, text
from kgserver.law.periods import State, state_index, states
from kgserver.reasoning.axioms import Node
from kgserver.reasoning.rules import Rules, compile_rules
from kgserver.terms import prok

DISPLACES: Final = prok("displaces")
DISPLACED: Final = prok("displacedProperty")


@dataclass(frozen=True)
class Record:
    """Everything stated and derived, of all times, and what is needed to look at a day of it.

    `valid` has an entry for each time-bounded thing.
    """

    triples: tuple[Triple, ...]
    valid: Mapping[Node, Interval]
    rules: Rules
    base: str


@dataclass(frozen=True)
class View:
    """What holds from `first` up to but not on `until`, entailments included."""

    first: date
    until: date | None
    triples: frozenset[Triple]


def record(triples: Iterable[Triple], ontology: Iterable[Triple], base: str) -> Record:
    """Bring together stated and derived triples with the rules of their ontology.

    Raises:
        VocabularyError: the ontology has a property chain that cannot be followed.
    """
    axioms = tuple(ontology)
    known = tuple(dict.fromkeys(triples))
    return Record(known, validity(known, axioms), compile_rules(axioms), base)


def view_at(law: Record, day: date) -> View:
    """Return the view of a day, by its definition. `timeline` gives the same for all days.

    Raises:
        DateError: the day is before the first state.
    """
    known = states(law.valid.values())
    state = known[state_index([s.first for s in known], day)]
    seen = {triple for triple in law.triples if holds(law, triple, day)}
    feeding = seen - set(_displaced(law, seen))
    entailed = set(law.rules.close(feeding)) | set(law.rules.without_chains().close(seen))
    return View(state.first, state.until, frozenset(entailed | set(marks(law.base, state))))


def marks(base: str, state: State) -> Iterator[Triple]:
    """Yield what a view says of itself: `<{base}at> prok:viewFrom … ; prok:viewUntil …`."""
    at = NamedNode(base + "at")
    yield Triple(at, prok("viewFrom"), day_literal(state.first))
    if state.until:
        yield Triple(at, prok("viewUntil"), day_literal(state.until))


def bounded_ends(law: Record, triple: Triple) -> list[Node]:
    """Return the time-bounded things among subject and object."""
    ends = (triple.subject, triple.object)
    return [end for end in ends if isinstance(end, Node) and end in law.valid]


def holds(law: Record, triple: Triple, day: date) -> bool:
    """Tell whether each time-bounded end of a triple is valid on a day."""
    return all(law.valid[end].holds(day) for end in bounded_ends(law, triple))


def is_displaced(rules: Rules, predicate: NamedNode, named: set[str]) -> bool:
    """Tell whether a triple of a displaced thing is; `named`: the properties displaced, or none."""
    entailed = rules.becomes(predicate)
    return any(p.value in named for p in entailed) if named else bool(entailed & rules.links())


def _displaced(law: Record, seen: set[Triple]) -> Iterator[Triple]:
    for one in seen:
        if one.predicate == DISPLACES and one.object in law.valid:
            named = {
                text(other.object)
                for other in seen
                if other.subject == one.subject and other.predicate == DISPLACED
            }
            for triple in seen:
                touched = one.object in (triple.subject, triple.object)
                if touched and is_displaced(law.rules, triple.predicate, named):
                    yield triple
