"""The work of the rule engine: draw conclusions over whole numbers until there is no news.

A fact carries the worlds in which it holds, as bits of one number (`Rules.close_worlds`); in an
ordinary closure there is one world. A conclusion is drawn once for each world that is news, so
the work ends, and it ends soon where worlds have much in common.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Triple

from kgserver.reasoning.axioms import Axioms, Chain, Step, Tables
from kgserver.reasoning.numbering import Compiled, Fact, Terms

Why = tuple[Step | Chain, tuple[Fact, ...]]
Way = tuple[int, int, tuple[Fact, ...]]  # where it leads, in which worlds, over which facts


@dataclass(frozen=True)
class Derivation:
    """How a triple was first derived: by a rule, from an ontology's axioms and from triples.

    The rule is one of subclass, subproperty, inverse, symmetric, domain, range, transitive,
    chain. The premises held before the conclusion, so to follow them comes to an end.
    """

    rule: str
    axioms: Axioms
    premises: tuple[Triple, ...]


class Closure:
    """A graph with all that it entails, or a layer of news upon one. Made by `Rules.close`."""

    def __init__(
        self,
        tables: Tables,
        *,
        chained: int = 1,
        log: bool = False,
        base: Closure | None = None,
    ) -> None:
        self._tables = tables
        self._base = base
        self._chained = chained  # the worlds in which property chains work
        self._terms: Terms = Terms() if base is None else base._terms
        self._facts: dict[Fact, int] = {}  # the worlds in which each fact holds
        self._ahead: dict[tuple[int, int], list[int]] = {}  # (subject, link) -> objects
        self._back: dict[tuple[int, int], list[int]] = {}  # (object, link) -> subjects
        self._due: deque[tuple[Fact, int]] = deque()  # facts that chains have yet to see
        self._log: dict[Fact, Why] | None = {} if log else None
        self._compiled: Compiled = Compiled(tables, self._terms) if base is None else base._compiled

    def __contains__(self, triple: Triple) -> bool:
        fact = self._terms.known(triple)
        return fact is not None and self._holds(fact) != 0

    def __iter__(self) -> Iterator[Triple]:
        if self._base is not None:
            yield from self._base
        yield from map(self._terms.triple, self._facts)

    def __len__(self) -> int:
        return len(self._facts) + (len(self._base) if self._base is not None else 0)

    def extend(self, extra: Iterable[Triple]) -> set[Triple]:
        """Return what holds if `extra` is asserted too, less what holds already.

        This closure stays as it is, and is not copied.
        """
        return self.extended(extra).added()

    def extended(self, extra: Iterable[Triple], *, log: bool = False) -> Closure:
        """Return the closure with `extra`, as a layer upon this one."""
        layer = Closure(self._tables, log=log, base=self)
        layer.take((triple, 1) for triple in extra)
        return layer

    def added(self) -> set[Triple]:
        """Return the triples of this layer alone; without a base, all."""
        return set(map(self._terms.triple, self._facts))

    def derivation(self, triple: Triple) -> Derivation | None:
        """Return how a triple was first derived; None if it was given, is absent or unlogged."""
        fact = self._terms.known(triple)
        why = self._log.get(fact) if self._log and fact else None
        if why is None:
            return self._base.derivation(triple) if self._base is not None else None
        rule, premises = why
        return Derivation(rule.rule, rule.axioms, tuple(map(self._terms.triple, premises)))

    def worlds(self) -> dict[Triple, int]:
        """Return each triple with the worlds in which it holds."""
        return {self._terms.triple(fact): worlds for fact, worlds in self._facts.items()}

    def _holds(self, fact: Fact) -> int:
        own = self._facts.get(fact, 0)
        return own | self._base._holds(fact) if self._base is not None else own

    def take(self, given: Iterable[tuple[Triple, int]]) -> None:
        """Assert triples and draw every conclusion; each fact is met once per new world."""
        for triple, worlds in given:
            fact = self._terms.fact(triple)
            self._assert(fact, worlds, None)
            if self._log:
                self._log.pop(fact, None)
        while self._due:
            self._follow_chains(*self._due.popleft())

    def _assert(self, fact: Fact, worlds: int, why: Why | None) -> None:
        """Add a fact and what it entails alone: the tables are closed, so one round is all."""
        new = self._add(fact, worlds, why)
        if not new:
            return
        s, p, o = fact
        rules = self._compiled
        this = (fact,)
        if p == rules.type:
            for target, step in rules.supers.get(o, ()):
                self._add((s, p, target), new, (step, this))
        for target, step in rules.steps.get(p, ()):
            if step.of_things and o < 0:
                continue
            if step.shape == "same":
                self._add((s, target, o), new, (step, this))
            elif step.shape == "flip":
                self._add((o, target, s), new, (step, this))
            else:
                typed = s if step.shape == "subject" else o
                self._add((typed, rules.type, target), new, (step, this))

    def _add(self, fact: Fact, worlds: int, why: Why | None) -> int:
        """Record that a fact holds in some worlds; return those in which that is news."""
        old = self._holds(fact)
        new = worlds & ~old
        if new:
            self._facts[fact] = old | new
            s, p, o = fact
            if p in self._compiled.joins:
                self._due.append((fact, new))
                if not old:
                    self._ahead.setdefault((s, p), []).append(o)
                    self._back.setdefault((o, p), []).append(s)
            if self._log is not None and why is not None and not old:
                self._log[fact] = why
        return new

    def _follow_chains(self, fact: Fact, new: int) -> None:
        s, p, o = fact
        for chain, conclusion, members, place in self._compiled.joins[p]:
            worlds = new & self._chained if chain.rule == "chain" else new
            if not worlds:
                continue
            for start, held, left in self._walk(s, members[:place][::-1], worlds, back=True):
                for end, shared, right in self._walk(o, members[place + 1 :], held, back=False):
                    why = (chain, (*reversed(left), fact, *right))
                    self._assert((start, conclusion, end), shared, why)

    def _walk(self, node: int, links: tuple[int, ...], worlds: int, *, back: bool) -> list[Way]:
        """Return where a way of links leads, in which worlds, over which facts."""
        ways: list[Way] = [(node, worlds, ())]
        for link in links:
            further = []
            for here, held, facts in ways:
                for there in self._neighbours(here, link, back):
                    fact = (there, link, here) if back else (here, link, there)
                    if shared := held & self._holds(fact):
                        further.append((there, shared, (*facts, fact)))
            ways = further
        return ways

    def _neighbours(self, node: int, link: int, back: bool) -> list[int]:
        own = (self._back if back else self._ahead).get((node, link), [])
        return [*self._base._neighbours(node, link, back), *own] if self._base is not None else own
