"""What the ontology's axioms let follow: read from its triples, closed once, kept in tables.

Each entry keeps the axioms it rests on, so that a conclusion can be explained by them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Triple

from kgserver.errors import VocabularyError
from kgserver.reasoning.edges import (
    Axioms,
    Edges,
    Key,
    Node,
    Typing,
    Way,
    class_edges,
    is_ours,
    property_edges,
    typing_axioms,
)
from kgserver.reasoning.lists import Lists, Term
from kgserver.terms import OWL, TYPE, shorten

__all__ = [
    "Axioms",
    "Chain",
    "Node",
    "Step",
    "Tables",
    "read_tables",
    "subclasses",
]

TRANSITIVE: Final = NamedNode(OWL + "TransitiveProperty")
CHAIN: Final = NamedNode(OWL + "propertyChainAxiom")


@dataclass(frozen=True, slots=True)
class Step:
    """What one triple entails by itself.

    From `s p o`: `same` gives `s target o`, `flip` gives `o target s`, `subject` gives
    `s rdf:type target`, `object` gives `o rdf:type target`. With `of_things` it does so only if
    `o` is no literal: the way there goes over a statement whose subject would be `o`.
    """

    shape: str
    target: NamedNode
    rule: str
    axioms: Axioms
    of_things: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """From `x0 m1 x1`, …, `xn-1 mn xn` follows `x0 conclusion xn`. Transitivity is `p p → p`."""

    members: tuple[NamedNode, ...]
    conclusion: NamedNode
    rule: str
    axioms: Axioms


@dataclass(frozen=True)
class Tables:
    """The axioms in the shape in which rules use them; `steps` and `supers` are closed.

    `steps` is keyed by the property of a triple, `supers` by the class of a typing.
    """

    steps: Mapping[NamedNode, tuple[Step, ...]]
    supers: Mapping[NamedNode, tuple[Step, ...]]
    chains: tuple[Chain, ...]


def read_tables(schema: Iterable[Triple]) -> Tables:
    """Read the axioms that stand among an ontology's triples.

    Raises:
        VocabularyError: a list is broken, or a property chain is not at least two named
            properties.
    """
    axioms = tuple(dict.fromkeys(schema))
    classes = class_edges(axioms)
    ways = property_edges(axioms)
    unflipped = _straight(ways)
    typings = typing_axioms(axioms)
    properties = dict.fromkeys([*(p for p, _ in ways), *typings])
    return Tables(
        {p: tuple(_steps(p, ways, unflipped, typings, classes)) for p in properties},
        {c: tuple(_supers(c, classes)) for c in classes},
        tuple(_chains(axioms)),
    )


def subclasses(schema: Iterable[Triple], top: NamedNode) -> frozenset[NamedNode]:
    """Return a class and all below it by name: by subclass, equivalence or disjoint union.

    Raises:
        VocabularyError: the list of a disjoint union is broken.
    """
    classes = class_edges(tuple(schema))
    return frozenset({c for c in classes if top in _reach(c, classes)} | {top})


def _reach(start: Key, edges: Edges[Key]) -> dict[Key, Axioms]:
    """Return all that can be reached, the start first, each with the axioms of a shortest way."""
    found: dict[Key, Axioms] = {start: ()}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        for there, axiom in edges.get(here, ()):
            if there not in found:
                found[there] = (*found[here], axiom)
                todo.append(there)
    return found


def _supers(start: NamedNode, classes: Edges[NamedNode]) -> Iterator[Step]:
    for target, axioms in _reach(start, classes).items():
        if target != start:
            yield Step("subject", target, "subclass", axioms)


def _steps(
    start: NamedNode,
    ways: Edges[Way],
    unflipped: Edges[Way],
    typings: Mapping[NamedNode, list[Typing]],
    classes: Edges[NamedNode],
) -> Iterator[Step]:
    straight = _reach((start, False), unflipped)
    reached = straight | {
        w: a for w, a in _reach((start, False), ways).items() if w not in straight
    }
    seen: set[tuple[str, NamedNode]] = set()
    for way, axioms in reached.items():
        target, flip = way
        bent = way not in straight
        if flip:
            rule = "symmetric" if target == start else "inverse"
            yield Step("flip", target, rule, axioms, of_things=True)
        elif target != start:
            yield Step("same", target, "subproperty", axioms, of_things=bent)
        for kind, axiom, at_object in typings.get(target, ()):
            shape = "object" if at_object != flip else "subject"
            rule = "range" if at_object else "domain"
            for each, after in _reach(kind, classes).items():
                if (shape, each) not in seen:
                    seen.add((shape, each))
                    why = (*axioms, axiom, *after)
                    yield Step(shape, each, rule, why, of_things=bent or shape == "object")


def _straight(ways: Edges[Way]) -> Edges[Way]:
    return {
        way: [(to, axiom) for to, axiom in steps if not to[1]]
        for way, steps in ways.items()
        if not way[1]
    }


def _chains(axioms: Axioms) -> Iterator[Chain]:
    lists = Lists(axioms)
    for axiom in axioms:
        subject = axiom.subject
        if axiom.predicate == TYPE and axiom.object == TRANSITIVE and is_ours(subject):
            assert isinstance(subject, NamedNode)
            yield Chain((subject, subject), subject, "transitive", (axiom,))
        elif axiom.predicate == CHAIN:
            members = tuple(m for m in lists.read(axiom) if isinstance(m, NamedNode))
            if len(members) < len(lists.read(axiom)) or not isinstance(subject, NamedNode):
                raise VocabularyError(
                    "A property chain has a member without a name",
                    where=_shown(subject),
                    hint="Declare a named inverse (owl:inverseOf) and put it into the chain",
                )
            if len(members) < 2:
                raise VocabularyError(
                    "A property chain has fewer than two members",
                    where=_shown(subject),
                    hint="Use rdfs:subPropertyOf where one property is enough",
                )
            yield Chain(members, subject, "chain", (axiom,))


def _shown(term: Term) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else str(term)
