"""What the ontology's axioms let follow: read from its triples, closed once, kept in tables.

Each entry keeps the axioms it rests on, so that a conclusion can be explained by them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pyoxigraph import BlankNode, NamedNode, Triple

from kgserver.errors import VocabularyError
from kgserver.lists import Lists, Term
from kgserver.terms import OWL, RDF, RDFS, TYPE, XSD, shorten

Node = NamedNode | BlankNode
Axioms = tuple[Triple, ...]
Key = TypeVar("Key", bound=Hashable)
Edges = dict[Key, list[tuple[Key, Triple]]]
Way = tuple[NamedNode, bool]  # a property, and whether it is read from object to subject
Typing = tuple[NamedNode, Triple, bool]  # a class, its axiom, and whether it is the object's

SUBCLASS: Final = NamedNode(RDFS + "subClassOf")
SAME_CLASS: Final = NamedNode(OWL + "equivalentClass")
UNION: Final = NamedNode(OWL + "disjointUnionOf")
SUBPROPERTY: Final = NamedNode(RDFS + "subPropertyOf")
SAME_PROPERTY: Final = NamedNode(OWL + "equivalentProperty")
INVERSE: Final = NamedNode(OWL + "inverseOf")
SYMMETRIC: Final = NamedNode(OWL + "SymmetricProperty")
TRANSITIVE: Final = NamedNode(OWL + "TransitiveProperty")
ANNOTATION: Final = NamedNode(OWL + "AnnotationProperty")
CHAIN: Final = NamedNode(OWL + "propertyChainAxiom")
DOMAIN: Final = NamedNode(RDFS + "domain")
RANGE: Final = NamedNode(RDFS + "range")


@dataclass(frozen=True, slots=True)
class Step:
    """What one triple entails by itself.

    From `s p o`: `same` gives `s target o`, `flip` gives `o target s`, `subject` gives
    `s rdf:type target`, `object` gives `o rdf:type target`.
    """

    shape: str
    target: NamedNode
    rule: str
    axioms: Axioms


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
    classes = _class_edges(axioms)
    ways = _property_edges(axioms)
    typings = _typings(axioms)
    properties = dict.fromkeys([*(p for p, _ in ways), *typings])
    return Tables(
        {p: tuple(_steps(p, ways, typings, classes)) for p in properties},
        {c: tuple(_supers(c, classes)) for c in classes},
        tuple(_chains(axioms)),
    )


def subclasses(schema: Iterable[Triple], top: NamedNode) -> frozenset[NamedNode]:
    """Return a class and all below it by name: by subclass, equivalence or disjoint union.

    Raises:
        VocabularyError: the list of a disjoint union is broken.
    """
    classes = _class_edges(tuple(schema))
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
    typings: Mapping[NamedNode, list[Typing]],
    classes: Edges[NamedNode],
) -> Iterator[Step]:
    reached = _reach((start, False), ways)
    for (target, flip), axioms in reached.items():
        if flip:
            rule = "symmetric" if target == start else "inverse"
            yield Step("flip", target, rule, axioms)
        elif target != start:
            yield Step("same", target, "subproperty", axioms)
    seen: set[tuple[str, NamedNode]] = set()
    for (target, flip), before in reached.items():
        for kind, axiom, at_object in typings.get(target, ()):
            shape = "object" if at_object != flip else "subject"
            for each, after in _reach(kind, classes).items():
                if (shape, each) not in seen:
                    seen.add((shape, each))
                    rule = "range" if at_object else "domain"
                    yield Step(shape, each, rule, (*before, axiom, *after))


def _ours(*terms: Term, besides: tuple[str, ...] = ()) -> bool:
    """Tell names that axioms count for: not those of the languages, of which all would follow."""
    outside = (RDF, OWL, XSD, *besides)
    return all(isinstance(t, NamedNode) and not t.value.startswith(outside) for t in terms)


def _class_edges(axioms: Axioms) -> Edges[NamedNode]:
    edges: Edges[NamedNode] = defaultdict(list)

    def add(low: Term, high: Term, axiom: Triple) -> None:
        if _ours(low, high, besides=(RDFS,)) and low != high:
            assert isinstance(low, NamedNode) and isinstance(high, NamedNode)
            edges[low].append((high, axiom))

    lists = Lists(axioms)
    for axiom in axioms:
        if axiom.predicate == SUBCLASS:
            add(axiom.subject, axiom.object, axiom)
        elif axiom.predicate == SAME_CLASS:
            add(axiom.subject, axiom.object, axiom)
            add(axiom.object, axiom.subject, axiom)
        elif axiom.predicate == UNION:
            for member in lists.read(axiom):
                add(member, axiom.subject, axiom)
    return dict(edges)


def _property_edges(axioms: Axioms) -> Edges[Way]:
    edges: Edges[Way] = defaultdict(list)
    silent = _annotations(axioms)

    def add(low: Term, high: Term, flip: bool, axiom: Triple) -> None:
        if _ours(low, high) and low not in silent and (low != high or flip):
            assert isinstance(low, NamedNode) and isinstance(high, NamedNode)
            edges[low, False].append(((high, flip), axiom))
            edges[low, True].append(((high, not flip), axiom))

    for axiom in axioms:
        low, high = axiom.subject, axiom.object
        if axiom.predicate == SUBPROPERTY:
            add(low, high, False, axiom)
        elif axiom.predicate == SAME_PROPERTY or axiom.predicate == INVERSE:
            add(low, high, axiom.predicate == INVERSE, axiom)
            add(high, low, axiom.predicate == INVERSE, axiom)
        elif axiom.predicate == TYPE and high == SYMMETRIC:
            add(low, low, True, axiom)
    return dict(edges)


def _typings(axioms: Axioms) -> dict[NamedNode, list[Typing]]:
    found: dict[NamedNode, list[Typing]] = defaultdict(list)
    silent = _annotations(axioms)
    for axiom in axioms:
        typed, kind = axiom.subject, axiom.object
        if axiom.predicate in (DOMAIN, RANGE) and _ours(typed, kind, besides=(RDFS,)):
            assert isinstance(typed, NamedNode) and isinstance(kind, NamedNode)
            if typed not in silent:
                found[typed].append((kind, axiom, axiom.predicate == RANGE))
    return dict(found)


def _annotations(axioms: Axioms) -> set[Term]:
    """Annotations entail nothing in OWL 2 DL, whatever is said about their property."""
    return {a.subject for a in axioms if a.predicate == TYPE and a.object == ANNOTATION}


def _chains(axioms: Axioms) -> Iterator[Chain]:
    lists = Lists(axioms)
    for axiom in axioms:
        subject = axiom.subject
        if axiom.predicate == TYPE and axiom.object == TRANSITIVE and _ours(subject):
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
