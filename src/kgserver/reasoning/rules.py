"""The rule engine: what a graph entails by its ontology, and why.

It knows subclasses, subproperties, domains, ranges, inverses, symmetric and transitive
properties, property chains of any length, equivalence between names and disjoint unions: those
rules of OWL 2 RL (OWL 2 Profiles, section 4.3) that give new statements about things. Each
triple that it derives is entailed in OWL 2 DL.

It leaves out: keys and whatever else makes two names one (owl:sameAs, functional properties),
restrictions, cardinalities, enumerations and other class expressions, complements and every
rule that finds a contradiction. It derives nothing about the terms of RDF, RDFS and OWL, no
statement that holds of everything (owl:Thing, reflexive subclasses), nothing from annotation
properties, and no triple whose subject is a literal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode, Triple

from kgserver.reasoning.axioms import Tables, read_tables
from kgserver.reasoning.closure import Closure, Derivation

__all__ = ["Closure", "Derivation", "Rules", "compile_rules"]


@dataclass(frozen=True)
class Rules:
    """The rules of one ontology, ready for use."""

    tables: Tables

    def without_chains(self) -> Rules:
        """Return the same rules less the property chains; transitivity stays.

        For graphs that hold what was true at different times: a chain would join them.
        """
        kept = tuple(c for c in self.tables.chains if c.rule == "transitive")
        return Rules(replace(self.tables, chains=kept))

    def becomes(self, predicate: NamedNode) -> frozenset[NamedNode]:
        """Return the properties that a triple with this one entails between its two ends."""
        steps = self.tables.steps.get(predicate, ())
        return frozenset({s.target for s in steps if s.shape in ("same", "flip")} | {predicate})

    def links(self) -> frozenset[NamedNode]:
        """Return the properties that chains are made of (transitivity not counted)."""
        chains = (c for c in self.tables.chains if c.rule == "chain")
        return frozenset(member for chain in chains for member in chain.members)

    def close(self, base: Iterable[Triple], *, log: bool = False) -> Closure:
        """Return a graph with all that it entails; with `log`, also with the reasons."""
        closure = Closure(self.tables, log=log)
        closure.take((triple, 1) for triple in base)
        return closure

    def close_worlds(
        self, base: Iterable[tuple[Triple, int]], *, chained: int
    ) -> dict[Triple, int]:
        """Close many overlapping graphs ("worlds") at once.

        Each triple comes with the worlds that assert it, as bits of a number, and goes with the
        worlds that entail it. A conclusion holds in the worlds that its premises share. Property
        chains work only in the worlds `chained`.
        """
        closure = Closure(self.tables, chained=chained)
        closure.take(base)
        return closure.worlds()


def compile_rules(schema: Iterable[Triple], *, chains: bool = True) -> Rules:
    """Compile the axioms among an ontology's triples.

    Raises:
        VocabularyError: a property chain has a nameless member, or a list is broken.
    """
    rules = Rules(read_tables(schema))
    return rules if chains else rules.without_chains()
