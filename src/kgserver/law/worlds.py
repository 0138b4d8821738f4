"""All views at once, for the cost of little more than one.

Each legal state is a world of the rule engine, and states share nearly everything. Besides them
there are: the timeless world, of the triples that touch no time-bounded thing; the record, where
everything of all times stands and chains are off; and, for a state with displacements, a second
world without chains, in which the displaced triples entail what they entail but no shortcut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Triple

from kgserver.law.bounded import Interval
from kgserver.law.facts import Facts, node, text
from kgserver.law.periods import State, state_index, states
from kgserver.law.views import DISPLACED, DISPLACES, Record, View, bounded_ends, is_displaced, marks
from kgserver.reasoning.axioms import Node


@dataclass(frozen=True)
class Timeline:
    """What holds in every state, and what holds in some.

    `timeless`: what follows from triples without any time-bounded thing.
    `changing`: the rest of all states; bit n of a triple's number says that state n has it.
    `record`: what is stated and derived, of all times, with what follows without shortcuts.
    """

    base: str
    states: tuple[State, ...]
    timeless: tuple[Triple, ...]
    changing: tuple[tuple[Triple, int], ...]
    record: tuple[Triple, ...]

    def throughout(self, stretch: range) -> Iterator[Triple]:
        """Yield the triples that hold in each state of a stretch, but are not timeless."""
        bits = (1 << stretch.stop) - (1 << stretch.start)
        return (triple for triple, held in self.changing if held & bits == bits)

    def rest(self, index: int, *, besides: range = range(0)) -> Iterator[Triple]:
        """Yield the triples of a state that are not timeless.

        Without those, too, that hold throughout the stretch `besides`, if one is given.
        """
        yield from marks(self.base, self.states[index])
        bit = 1 << index
        bits = (1 << besides.stop) - (1 << besides.start)
        for triple, held in self.changing:
            if held & bit and not (bits and held & bits == bits):
                yield triple

    def view(self, day: date) -> View:
        """Return the view of a day.

        Raises:
            DateError: the day is before the first state.
        """
        index = state_index([state.first for state in self.states], day)
        state = self.states[index]
        return View(state.first, state.until, frozenset([*self.timeless, *self.rest(index)]))


def timeline(law: Record) -> Timeline:
    """Compute the views of all states."""
    all_states = states(law.valid.values())
    count = len(all_states)
    every = (1 << count) - 1
    in_record = 1 << (2 * count + 1)
    spans = _spans(law, [state.first for state in all_states])
    displaced = _displaced(law, spans)
    muted = 0
    for held in displaced.values():
        muted |= held

    def worlds(triple: Triple) -> int:
        """Bit 0: timeless; then the states; then the states without chains; then the record."""
        ends = bounded_ends(law, triple)
        held = every
        for end in ends:
            held &= spans[end]
        feeding = held & ~displaced.get(triple, 0)
        return (not ends) | feeding << 1 | (held & muted) << (count + 1) | in_record

    closed = law.rules.close_worlds(
        ((triple, worlds(triple)) for triple in law.triples), chained=(1 << (count + 1)) - 1
    )
    changing = (
        (triple, (found >> 1 | found >> (count + 1)) & every)
        for triple, found in closed.items()
        if not found & 1
    )
    return Timeline(
        law.base,
        all_states,
        tuple(triple for triple, found in closed.items() if found & 1),
        tuple((triple, held) for triple, held in changing if held),
        tuple(triple for triple, found in closed.items() if found & in_record),
    )


def _spans(law: Record, firsts: list[date]) -> dict[Node, int]:
    """Return, as bits, the states in which each time-bounded thing is valid."""
    place = {first: index for index, first in enumerate(firsts)}

    def span(valid: Interval) -> int:
        if valid.first is None:
            return 0
        end = place[valid.until] if valid.until else len(firsts)
        return (1 << end) - (1 << place[valid.first])

    return {thing: span(valid) for thing, valid in law.valid.items()}


def _displaced(law: Record, spans: dict[Node, int]) -> dict[Triple, int]:
    """Return, as bits, the states in which chains must not go over a triple."""
    found: dict[Triple, int] = {}
    pairs = [t for t in law.triples if t.predicate == DISPLACES and t.object in law.valid]
    facts = Facts(t for t in law.triples if t.predicate == DISPLACED)
    things = {pair.object for pair in pairs}
    near = [t for t in law.triples if t.subject in things or t.object in things]
    for pair in pairs:
        held = -1
        for end in bounded_ends(law, pair):
            held &= spans[end]
        named = {text(value) for value in facts.objects(node(pair.subject), DISPLACED)}
        for triple in near:
            touched = pair.object in (triple.subject, triple.object)
            if touched and is_displaced(law.rules, triple.predicate, named):
                found[triple] = found.get(triple, 0) | held
    return found
