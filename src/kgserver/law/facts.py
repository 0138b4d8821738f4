"""Triples looked up by subject and predicate, or by predicate and object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kgserver.files.turtle import read_date
from kgserver.reasoning.axioms import Node
from kgserver.reasoning.lists import Term
from kgserver.terms import XSD


class Facts:
    """An index of triples. Answers come sorted, so that input order never shows."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[Node, NamedNode], set[Term]] = defaultdict(set)
        self._subjects: dict[tuple[NamedNode, Term], set[Node]] = defaultdict(set)
        self._using: dict[NamedNode, set[Node]] = defaultdict(set)
        for triple in triples:
            subject = node(triple.subject)
            self._objects[subject, triple.predicate].add(triple.object)
            self._subjects[triple.predicate, triple.object].add(subject)
            self._using[triple.predicate].add(subject)

    def objects(self, subject: Node, predicate: NamedNode) -> list[Term]:
        """Return what a thing has by a property."""
        return sorted(self._objects.get((subject, predicate), ()), key=str)

    def nodes(self, subject: Node, predicate: NamedNode) -> list[Node]:
        """Return the things, not the literals, that a thing has by a property."""
        return [o for o in self.objects(subject, predicate) if isinstance(o, Node)]

    def subjects(self, predicate: NamedNode, value: Term) -> list[Node]:
        """Return the things that have this value by a property."""
        return sorted(self._subjects.get((predicate, value), ()), key=str)

    def using(self, *predicates: NamedNode) -> list[Node]:
        """Return the things that have any of these properties."""
        return sorted({s for p in predicates for s in self._using.get(p, ())}, key=str)

    def below(self, whole: Node, part_of: NamedNode) -> set[Node]:
        """Return the parts of a thing, their parts, and so on; a circle ends."""
        found: set[Node] = set()
        todo = [whole]
        while todo:
            below = set(self.subjects(part_of, todo.pop())) - found
            found |= below
            todo.extend(below)
        return found

    def dates(self, subject: Node, predicate: NamedNode) -> list[date]:
        """Return the days that a thing has by a property; what is no xsd:date is passed over."""
        read = (read_date(o) for o in self.objects(subject, predicate))
        return sorted(day for day in read if day)

    def true(self, subject: Node, predicate: NamedNode) -> bool:
        """Tell whether a thing says `true` by a property."""
        values = self._objects.get((subject, predicate), ())
        return any(isinstance(o, Literal) and o.value in ("true", "1") for o in values)


def node(term: Term) -> Node:
    """Return a term that stands as a subject, as what it can only be."""
    assert isinstance(term, NamedNode | BlankNode)
    return term


def text(term: Term) -> str:
    """Return the text of a literal, or the IRI or label of a thing."""
    return str(term) if isinstance(term, Triple) else term.value


def day_literal(day: date) -> Literal:
    """Return a day as xsd:date."""
    return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))
