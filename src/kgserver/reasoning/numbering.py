"""Whole numbers for terms and for the rules that speak of them: comparing them costs nothing."""

from __future__ import annotations

from pyoxigraph import Literal, Triple

from kgserver.reasoning.axioms import Chain, Tables
from kgserver.reasoning.lists import Term
from kgserver.terms import TYPE

Fact = tuple[int, int, int]


class Terms:
    """Numbers for terms. Literals are below zero: what may be a subject shows at once."""

    def __init__(self) -> None:
        self._number: dict[Term, int] = {}
        self._things: list[Term] = []
        self._literals: list[Term] = [TYPE]  # number 0 belongs to the things

    def number(self, term: Term) -> int:
        """Return the number of a term, a new one if it has none yet."""
        found = self._number.get(term)
        if found is None:
            of_kind = self._literals if isinstance(term, Literal) else self._things
            found = -len(of_kind) if isinstance(term, Literal) else len(of_kind)
            of_kind.append(term)
            self._number[term] = found
        return found

    def fact(self, triple: Triple) -> Fact:
        """Return a triple in numbers."""
        number = self.number
        return number(triple.subject), number(triple.predicate), number(triple.object)

    def known(self, triple: Triple) -> Fact | None:
        """Return a triple in numbers, or None if one of its terms has none."""
        get = self._number.get
        s, p, o = get(triple.subject), get(triple.predicate), get(triple.object)
        return None if s is None or p is None or o is None else (s, p, o)

    def triple(self, fact: Fact) -> Triple:
        """Return the triple of a fact."""
        s, p, o = fact
        predicate = self._things[p]
        value = self._things[o] if o >= 0 else self._literals[-o]
        return Triple(self._things[s], predicate, value)  # type: ignore[arg-type]


class Compiled:
    """The tables in numbers."""

    def __init__(self, tables: Tables, terms: Terms) -> None:
        number = terms.number
        self.type = number(TYPE)
        self.supers = {
            number(c): [(number(s.target), s) for s in steps] for c, steps in tables.supers.items()
        }
        self.steps = {
            number(p): [(number(s.target), s) for s in steps] for p, steps in tables.steps.items()
        }
        self.joins: dict[int, list[tuple[Chain, int, tuple[int, ...], int]]] = {}
        for chain in tables.chains:
            members = tuple(map(number, chain.members))
            for place, link in enumerate(members):
                entry = (chain, number(chain.conclusion), members, place)
                self.joins.setdefault(link, []).append(entry)
