"""What HermiT is told so that a contradiction answers a question about entailments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isqrt
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

    A contradiction means that some pair has another one. Things with the same values of all
    properties share a class, for most have none of any; and what is nobody's value is told once,
    not for each set of values.
    """
    values: defaultdict[NamedNode, dict[NamedNode, frozenset[Term]]] = defaultdict(dict)
    for predicate, thing in pairs:
        values[thing][predicate] = frozenset(known.get((predicate, thing), ()))
    sets = dict.fromkeys(few for of_one in values.values() for few in of_one.values())
    allowed = {few: _fresh(f"allowed{number}") for number, few in enumerate(sets)}
    yield from _allowed(allowed, barred)
    told: dict[frozenset[tuple[NamedNode, frozenset[Term]]], NamedNode] = {}
    for thing, of_one in values.items():
        key = frozenset(of_one.items())
        if key not in told:
            told[key] = only = _fresh(f"only{len(told)}")
            yield Triple(only, TYPE, CLASS)
            for number, (predicate, few) in enumerate(of_one.items()):
                node = BlankNode(f"only{len(told)}of{number}")
                yield Triple(only, SUBCLASS, node)
                yield from _all_values(node, predicate, allowed[few])
        yield Triple(thing, TYPE, told[key])


def _allowed(
    allowed: Mapping[frozenset[Term], NamedNode], barred: Sequence[NamedNode]
) -> Iterator[Triple]:
    """Yield a class for each set of values, to which none of the other barred things belongs."""
    somewhere = frozenset[Term]().union(*allowed)
    nowhere = _fresh("nowhere")
    yield Triple(nowhere, TYPE, CLASS)
    yield from (Triple(one, TYPE, nowhere) for one in barred if one not in somewhere)
    for few, name in allowed.items():
        other = NamedNode(f"{name.value}/other")
        yield from (Triple(one, TYPE, CLASS) for one in (name, other))
        yield Triple(other, NamedNode(OWL + "disjointWith"), name)
        yield Triple(nowhere, SUBCLASS, other)
        yield from (Triple(one, TYPE, other) for one in barred if one in somewhere - few)


def denial(claimed: Sequence[Triple]) -> Iterator[Triple]:
    """Yield that one of these triples is not true: a contradiction if all are entailed.

    A fresh thing is of a union of classes, one for each triple. To be of it means that what a
    fresh property joins to the thing, the triple's subject, lacks the triple's class or value.
    The union is one of unions: what a reasoner does to leave an option grows with their number.
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
    yield Triple(asker, TYPE, one := _fresh("one"))
    size = isqrt(len(options)) or 1
    groups = [options[n : n + size] for n in range(0, len(options), size)]
    names = [_fresh(f"group{number}") for number in range(len(groups))]
    for name, group in ((one, names), *zip(names, groups, strict=True)):
        yield from _union(name, group)


def _union(name: NamedNode, classes: Sequence[NamedNode]) -> Iterator[Triple]:
    """Yield that what is of the named class is of one of these."""
    union = BlankNode(name.value.rpartition(":")[2] + "-")
    yield from (Triple(name, TYPE, CLASS), Triple(name, SUBCLASS, union))
    yield Triple(union, TYPE, CLASS)
    yield from list_of(union, NamedNode(OWL + "unionOf"), classes)


def _all_values(node: BlankNode, predicate: NamedNode, values: Term) -> Iterator[Triple]:
    yield Triple(node, TYPE, NamedNode(OWL + "Restriction"))
    yield Triple(node, NamedNode(OWL + "onProperty"), predicate)
    yield Triple(node, NamedNode(OWL + "allValuesFrom"), values)


def _fresh(name: str) -> NamedNode:
    return NamedNode(f"urn:kgserver:entailments:{name}")
