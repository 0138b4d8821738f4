"""The single steps that an ontology's axioms allow between its names.

Axioms about the terms of RDF, OWL and XML Schema are left aside: of them everything would
follow, or nothing that is about things.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Final, TypeVar

from pyoxigraph import BlankNode, NamedNode, Triple

from kgserver.reasoning.lists import Lists, Term
from kgserver.terms import OWL, RDF, RDFS, TYPE, XSD

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
ANNOTATION: Final = NamedNode(OWL + "AnnotationProperty")
DOMAIN: Final = NamedNode(RDFS + "domain")
RANGE: Final = NamedNode(RDFS + "range")


def is_ours(*terms: Term, besides: tuple[str, ...] = ()) -> bool:
    """Tell names that axioms count for: not those of the languages, of which all would follow."""
    outside = (RDF, OWL, XSD, *besides)
    return all(isinstance(t, NamedNode) and not t.value.startswith(outside) for t in terms)


def class_edges(axioms: Axioms) -> Edges[NamedNode]:
    """Return from each class the classes that hold of the same things, with the axiom.

    Raises:
        VocabularyError: the list of a disjoint union is broken.
    """
    edges: Edges[NamedNode] = defaultdict(list)

    def add(low: Term, high: Term, axiom: Triple) -> None:
        if is_ours(low, high, besides=(RDFS,)) and low != high:
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


def property_edges(axioms: Axioms) -> Edges[Way]:
    """Return from each property, read either way, the properties that hold too, with the axiom."""
    edges: Edges[Way] = defaultdict(list)
    silent = _annotations(axioms)

    def add(low: Term, high: Term, flip: bool, axiom: Triple) -> None:
        if is_ours(low, high) and low not in silent and (low != high or flip):
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


def typing_axioms(axioms: Axioms) -> dict[NamedNode, list[Typing]]:
    """Return the domains and ranges of each property."""
    found: dict[NamedNode, list[Typing]] = defaultdict(list)
    silent = _annotations(axioms)
    for axiom in axioms:
        typed, kind = axiom.subject, axiom.object
        if axiom.predicate in (DOMAIN, RANGE) and is_ours(typed, kind, besides=(RDFS,)):
            assert isinstance(typed, NamedNode) and isinstance(kind, NamedNode)
            if typed not in silent:
                found[typed].append((kind, axiom, axiom.predicate == RANGE))
    return dict(found)


def _annotations(axioms: Axioms) -> set[Term]:
    """Annotations entail nothing in OWL 2 DL, whatever is said about their property."""
    return {a.subject for a in axioms if a.predicate == TYPE and a.object == ANNOTATION}
