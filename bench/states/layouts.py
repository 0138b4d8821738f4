"""The layouts compared: in which graphs a triple stands, and which graphs make a day's dataset.

Each keeps the graphs of a dataset apart: a triple that stood in two would be counted twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from math import isqrt
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from bench.states.law import ID, Law, day_literal, iri

GRAPHS: Final = "https://example.org/graph/"


class Layout(ABC):
    """A way to store a law so that each of its states can be asked."""

    about: str
    """What it is, in a few words."""
    filtered = False
    """Whether the queries must say what holds on their day, because the dataset does not."""

    def __init__(self, law: Law) -> None:
        self.law = law

    @abstractmethod
    def places(self, bits: int) -> Iterable[str]:
        """Return the graphs of a triple that holds in these states."""

    @abstractmethod
    def graphs_of(self, state: int) -> Iterable[str]:
        """Return the graphs of a state, those included that may have turned out empty."""

    @cached_property
    def groups(self) -> dict[str, list[list[Triple]]]:
        """What each graph holds."""
        found: dict[str, list[list[Triple]]] = defaultdict(list)
        for bits, triples in self.law.groups():
            for place in self.places(bits):
                found[place].append(triples)
        return found

    def dataset(self, state: int) -> list[str]:
        """Return the graphs that together hold each triple of a state once."""
        return [f"{GRAPHS}{name}" for name in self.graphs_of(state) if name in self.groups]

    def size(self) -> int:
        """Return how many quads would be stored."""
        return sum(len(group) for groups in self.groups.values() for group in groups)

    def quads(self) -> Iterator[Quad]:
        """Yield what is to be stored, graph by graph."""
        for name, groups in self.groups.items():
            graph = NamedNode(f"{GRAPHS}{name}")
            for group in groups:
                for triple in group:
                    yield Quad(triple.subject, triple.predicate, triple.object, graph)


class One(Layout):
    about = "one graph for each asked day: the measure, not a layout"

    def places(self, bits: int) -> Iterable[str]:
        return (f"view/{state}" for state in self.law.asked() if bits >> state & 1)

    def graphs_of(self, state: int) -> Iterable[str]:
        return (f"view/{state}",)


class Pairs(Layout):
    about = "two graphs: timeless + state"

    def places(self, bits: int) -> Iterable[str]:
        every = bits == self.law.every
        return ("timeless",) if every else (f"state/{n}" for n in indices(bits))

    def graphs_of(self, state: int) -> Iterable[str]:
        return "timeless", f"state/{state}"


class Copies(Layout):
    about = "a full copy of each state"

    def places(self, bits: int) -> Iterable[str]:
        return (f"view/{state}" for state in indices(bits))

    def graphs_of(self, state: int) -> Iterable[str]:
        return (f"view/{state}",)


class Tree(Layout):
    about = "segment tree: a graph for each node above the state"

    def places(self, bits: int) -> Iterable[str]:
        """Yield the few nodes that cover each run of states."""
        for run in runs(bits):
            stop = self.leaves if run.stop == len(self.law.firsts) else run.stop
            left, right = run.start + self.leaves, stop + self.leaves
            while left < right:
                if left & 1:
                    yield f"node/{left}"
                    left += 1
                if right & 1:
                    right -= 1
                    yield f"node/{right}"
                left, right = left >> 1, right >> 1

    def graphs_of(self, state: int) -> Iterable[str]:
        node = state + self.leaves
        return (f"node/{node >> up}" for up in range(node.bit_length()))

    @cached_property
    def leaves(self) -> int:
        """The least power of two that has room for all states.

        What lasts beyond the last state fills the rest, so the root is what is timeless.
        """
        return 1 << (len(self.law.firsts) - 1).bit_length()


class Filter(Layout):
    about = "one graph with intervals, filters in the queries"
    filtered = True

    def places(self, bits: int) -> Iterable[str]:
        return ("all",)

    def graphs_of(self, state: int) -> Iterable[str]:
        return ("all",)

    @cached_property
    def groups(self) -> dict[str, list[list[Triple]]]:
        """Everything as it is stated, and each run of a shortcut as a node with an interval."""
        shortcuts = [
            (triple, run)
            for bits, triples in self.law.shortcuts.items()
            for run in runs(bits)
            for triple in triples
        ]
        nodes = [list(self._node(n, *of)) for n, of in enumerate(shortcuts)]
        return {"all": [*self.law.facts.values(), *nodes]}

    def _node(self, number: int, triple: Triple, run: range) -> Iterator[Triple]:
        node = NamedNode(f"{ID}entailed/{number}")
        yield Triple(node, iri("entailedSubject"), triple.subject)
        yield Triple(node, iri("entailedPredicate"), triple.predicate)
        yield Triple(node, iri("entailedObject"), triple.object)
        firsts = self.law.firsts
        yield Triple(node, iri("validFrom"), day_literal(firsts[run.start]))
        if run.stop < len(firsts):
            yield Triple(node, iri("validUntil"), day_literal(firsts[run.stop]))


class Eras(Layout):
    about = "timeless + era + state for the past, one graph for each state from today on"

    def places(self, bits: int) -> Iterable[str]:
        if bits == self.law.every:
            yield "timeless"
        else:
            yield from in_eras(self.eras, bits)
        yield from (f"view/{state}" for state in self.later if bits >> state & 1)

    def graphs_of(self, state: int) -> Iterable[str]:
        if state in self.later:
            return (f"view/{state}",)
        era = next(era for era in self.eras if state in era)
        return "timeless", f"era/{era.start}", f"state/{state}"

    @property
    def later(self) -> range:
        """The current state and what is to come."""
        return range(self.law.current, len(self.law.firsts))

    @cached_property
    def eras(self) -> list[range]:
        """As many stretches of the past as each has states."""
        past, size = self.law.current, isqrt(self.law.current)
        return [range(start, min(start + size, past)) for start in range(0, past, size)]


class Bases(Eras):
    about = "era with what is timeless + state for the past, one graph for each state from today on"

    def places(self, bits: int) -> Iterable[str]:
        yield from in_eras(self.eras, bits)
        yield from (f"view/{state}" for state in self.later if bits >> state & 1)

    def graphs_of(self, state: int) -> Iterable[str]:
        return (name for name in super().graphs_of(state) if name != "timeless")


LAYOUTS: Final[dict[str, type[Layout]]] = {
    "one": One,
    "pairs": Pairs,
    "copies": Copies,
    "tree": Tree,
    "filter": Filter,
    "eras": Eras,
    "bases": Bases,
}


def indices(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def runs(bits: int) -> Iterator[range]:
    """Yield the stretches of set bits, the longest possible ones."""
    while bits:
        start = (bits & -bits).bit_length() - 1
        stop = start + ((bits >> start) + 1 & ~(bits >> start)).bit_length() - 1
        yield range(start, stop)
        bits = bits >> stop << stop


def in_eras(eras: list[range], bits: int) -> Iterator[str]:
    """Yield the era where a triple holds throughout, else each state of it that has the triple."""
    for era in eras:
        whole = (1 << era.stop) - (1 << era.start)
        held = bits & whole
        if held == whole and len(era) > 1:
            yield f"era/{era.start}"
        else:
            yield from (f"state/{state}" for state in indices(held))
