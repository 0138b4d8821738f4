"""HermiT as judge of what the rule engine derives.

To list what follows from a state costs HermiT many times what a yes or no costs. So each state is
put to it as questions that together decide on every triple:

* Is what the engine derives entailed? All of it is denied at once: a fresh thing is said to be of
  one of many classes, each of which denies one triple. If that is a contradiction, so is each of
  the denials, and each of the triples is entailed.
* Is a shortcut entailed that the engine does not derive? Each thing is said to be joined by each
  shortcut to the values that the engine derives and to no other thing. If that is no
  contradiction, none is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.check.owl import check_states
from kgserver.check.refuting import CLASS, PROPERTY, Pair, closed, denial
from kgserver.reasoning.lists import Term
from kgserver.reasoning.rules import Rules
from kgserver.terms import OWL, RDFS, TYPE

__all__ = ["Claims", "Difference", "compare", "shortcuts"]

One = TypeVar("One")


@dataclass(frozen=True)
class Claims:
    """What the engine derives from a projected graph, and of which properties that is all.

    `complete` are the properties for which nothing else may follow; it may be empty.
    """

    graph: Sequence[Triple]
    derived: Collection[Triple]
    complete: frozenset[NamedNode] = frozenset()

    def entailed(self) -> list[Triple]:
        """Return the derived triples that a reasoner can judge: of things, by terms it knows."""
        terms: dict[Term, set[Term]] = {CLASS: set(), PROPERTY: set()}
        for triple in self.graph:
            if triple.predicate == TYPE and triple.object in terms:
                terms[triple.object].add(triple.subject)
        schema = terms[CLASS] | terms[PROPERTY]
        found = (
            triple
            for triple in self.derived
            if isinstance(triple.subject, NamedNode)
            and isinstance(triple.object, NamedNode)
            and triple.subject not in schema
            and (triple.predicate != TYPE or triple.object in terms[CLASS])
            and (triple.predicate == TYPE or triple.predicate in terms[PROPERTY])
        )
        return sorted(found, key=str)


@dataclass
class Difference:
    """Where engine and HermiT differ: `unfounded` the engine alone derives, `missed` HermiT."""

    unfounded: list[Triple] = field(default_factory=list)
    missed: list[Triple] = field(default_factory=list)


def shortcuts(rules: Rules) -> frozenset[NamedNode]:
    """Return the properties that property chains entail, directly or over another property."""
    ends = {c.conclusion for c in rules.tables.chains if c.rule == "chain"}
    return frozenset(one for end in ends for one in rules.becomes(end))


def compare(
    claims: Mapping[str, Claims], *, cache: Path | None = None, limit_s: float = 120.0
) -> dict[str, Difference]:
    """Ask HermiT about each graph; return those on which it differs, by name.

    Of a graph where something is missed, one triple is named; there may be more.

    Args:
        cache: As for `owl.check_states`.

    Raises:
        EngineFailure: HermiT could not judge; `where` names the question.
    """

    def contradictions(asked: Mapping[str, Iterable[Triple]]) -> dict[str, bool]:
        verdicts = check_states(asked.items(), cache=cache, limit_s=limit_s)
        return {name: not verdict.consistent for name, verdict in verdicts.items()}

    def contradicts(triples: Iterable[Triple]) -> bool:
        return contradictions({"": triples})[""]

    wholes = {n: [*c.graph, *_closed(c, *_all_of(c))] for n, c in claims.items() if c.complete}
    denials = {n: [*c.graph, *denial(of)] for n, c in claims.items() if (of := c.entailed())}
    found: defaultdict[str, Difference] = defaultdict(Difference)
    for name, wrong in contradictions(wholes).items():
        if wrong:
            found[name].missed = _missed(claims[name], contradicts)
    for name, right in contradictions(denials).items():
        if not right:
            graph = claims[name].graph
            unfounded = _unfounded(graph, claims[name].entailed(), contradicts)
            found[name].unfounded = unfounded
    return dict(found)


def _unfounded(
    graph: Sequence[Triple],
    claimed: Sequence[Triple],
    contradicts: Callable[[Iterable[Triple]], bool],
) -> list[Triple]:
    """Return those claims that are not entailed, by halves."""
    if contradicts([*graph, *denial(claimed)]):
        return []
    if len(claimed) == 1:
        return list(claimed)
    half = len(claimed) // 2
    parts = (claimed[:half], claimed[half:])
    return [triple for part in parts for triple in _unfounded(graph, part, contradicts)]


def _missed(claims: Claims, contradicts: Callable[[Iterable[Triple]], bool]) -> list[Triple]:
    """Return a triple that is entailed and not derived: first its subject, then its object."""
    pairs, things = _all_of(claims)

    def wrong(some: Sequence[Pair], barred: Sequence[NamedNode]) -> bool:
        return contradicts([*claims.graph, *_closed(claims, some, barred)])

    ((predicate, subject), *_) = pairs = _narrowed(pairs, lambda some: wrong(some, things))
    values = _narrowed(things, lambda some: wrong(pairs, some))
    return [Triple(subject, predicate, values[0])]


def _narrowed(items: Sequence[One], wrong: Callable[[Sequence[One]], bool]) -> Sequence[One]:
    """Return as few of the items as halving finds that are wrong still."""
    while len(items) > 1:
        half = len(items) // 2
        if wrong(items[:half]):
            items = items[:half]
        elif wrong(items[half:]):
            items = items[half:]
        else:
            break
    return items


def _all_of(claims: Claims) -> tuple[Sequence[Pair], Sequence[NamedNode]]:
    """Return every pair of a complete property and a thing, and every thing."""
    schema = {t.subject for t in claims.graph if _of_owl(t)}
    ends = {end for t in claims.graph if not _of_owl(t) for end in _ends(t) if end not in schema}
    things = sorted((end for end in ends if isinstance(end, NamedNode)), key=str)
    return [(p, thing) for p in sorted(claims.complete, key=str) for thing in things], things


def _of_owl(triple: Triple) -> bool:
    term = triple.object if triple.predicate == TYPE else triple.predicate
    individual = triple.object == NamedNode(OWL + "NamedIndividual")
    return isinstance(term, NamedNode) and term.value.startswith((OWL, RDFS)) and not individual


def _ends(triple: Triple) -> tuple[Term, ...]:
    typing = triple.predicate == TYPE or isinstance(triple.object, Literal)
    return (triple.subject,) if typing else (triple.subject, triple.object)


def _closed(claims: Claims, pairs: Sequence[Pair], barred: Sequence[NamedNode]) -> Iterable[Triple]:
    known: defaultdict[Pair, set[Term]] = defaultdict(set)
    for triple in (*claims.graph, *claims.derived):
        if triple.predicate in claims.complete and isinstance(triple.subject, NamedNode):
            known[triple.predicate, triple.subject].add(triple.object)
    return closed(known, pairs, barred)
