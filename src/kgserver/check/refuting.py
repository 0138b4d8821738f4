"""What HermiT is told so that a contradiction answers a question about entailments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kgserver.check.closing import list_of
from kgserver.reasoning.lists import Term
from kgserver.terms import OWL, RDFS, TYPE

__all__ = ["CLASS", "PROPERTY", "Pair", "closed", "denial"]

CLASS: Final = NamedNode(OWL + "Class")
PROPERTY: Final = NamedNode(OWL + "ObjectProperty")
SUBCLASS: Final = NamedNode(RDFS + "subClassOf")
Pair = tuple[NamedNode, NamedNode]
"""A property and a thing that may have it."""


def closed(
    known: Mapping[Pair, set[Term]], pairs: Iterable[Pair], barred: Sequence[NamedNode]
) -> Iterator[Triple]:
    """Yield that each pair has none of the barred values but those known.

    A contradiction means that some pair has another one. Pairs with the same values share a class
    of what may stand there, and most have none.
    """
    numbers: dict[frozenset[Term], int] = {}
    told: set[NamedNode] = set()
    for predicate, thing in pairs:
        values = frozenset(known.get((predicate, thing), ()))
        number = numbers.setdefault(values, len(numbers))
        allowed, other = _fresh(f"allowed{number}"), _fresh(f"other{number}")
        if other not in told:
            told.add(other)
            yield from (Triple(one, TYPE, CLASS) for one in (allowed, other))
            yield Triple(other, NamedNode(OWL + "disjointWith"), allowed)
            yield from (Triple(one, TYPE, other) for one in barred if one not in values)
        only = _fresh(f"only{number}/{predicate.value}")
        if only not in told:
            told.add(only)
            yield Triple(only, TYPE, CLASS)
            yield Triple(only, SUBCLASS, node := BlankNode(f"only{len(told)}"))
            yield from _all_values(node, predicate, allowed)
        yield Triple(thing, TYPE, only)


def denial(claimed: Sequence[Triple]) -> Iterator[Triple]:
    """Yield that one of these triples is not true: a contradiction if all are entailed.

    A fresh thing is of a union of classes, one for each triple. To be of it means that what a
    fresh property joins to the thing, the triple's subject, lacks the triple's class or value.
    """
    links: dict[Term, NamedNode] = {}
    marks: dict[Term, NamedNode] = {}
    options = []
    asker = _fresh("asker")
    for number, triple in enumerate(claimed):
        option = _fresh(f"option{number}")
        options.append(option)
        link = links.setdefault(triple.subject, _fresh(f"link{len(links)}"))
        way, end = BlankNode(f"way{number}"), BlankNode(f"end{number}")
        yield Triple(option, TYPE, CLASS)
        yield Triple(option, SUBCLASS, way)
        yield Triple(end, TYPE, CLASS)
        if triple.predicate == TYPE:
            yield from _all_values(way, link, end)
            yield Triple(end, NamedNode(OWL + "complementOf"), triple.object)
        else:
            mark = marks.setdefault(triple.object, _fresh(f"mark{len(marks)}"))
            yield from _all_values(way, link, further := BlankNode(f"further{number}"))
            yield from _all_values(further, triple.predicate, end)
            yield Triple(end, NamedNode(OWL + "complementOf"), mark)
    for thing, link in links.items():
        yield Triple(link, TYPE, PROPERTY)
        yield Triple(asker, link, thing)
    for thing, mark in marks.items():
        assert isinstance(thing, NamedNode)
        yield from (Triple(mark, TYPE, CLASS), Triple(thing, TYPE, mark))
    union = BlankNode("union")
    yield from (Triple(asker, TYPE, union), Triple(union, TYPE, CLASS))
    yield from list_of(union, NamedNode(OWL + "unionOf"), options)


def _all_values(node: BlankNode, predicate: NamedNode, values: Term) -> Iterator[Triple]:
    yield Triple(node, TYPE, NamedNode(OWL + "Restriction"))
    yield Triple(node, NamedNode(OWL + "onProperty"), predicate)
    yield Triple(node, NamedNode(OWL + "allValuesFrom"), values)


def _fresh(name: str) -> NamedNode:
    return NamedNode(f"urn:kgserver:entailments:{name}")
