"""How much of an act is in the graph: its articles, encoded, in part, or not and why.

An article counts as encoded where an assertion is grounded in a version of it or of one of its
parts. `prok:notEncoded` on it, or on a part, says that something is left out, and why: beside
assertions the article is encoded in part, without any it is not encoded. What is neither is
silent, and a rule of the shapes reports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.law.facts import Facts
from kgserver.reasoning.axioms import Node
from kgserver.terms import ELI, RDFS, prok

PART: Final = NamedNode(ELI + "is_part_of")
MEMBER: Final = NamedNode(ELI + "is_member_of")
KIND: Final = NamedNode(ELI + "type_subdivision")
LABEL: Final = NamedNode(RDFS + "label")
GROUND: Final = prok("groundedIn")
LEFT_OUT: Final = prok("notEncoded")
COUNT: Final = prok("articleCount")


@dataclass(frozen=True)
class Coverage:
    """The articles of one act, each in one of three numbers, and why what is out is out."""

    act: str
    encoded: int
    in_part: int
    left_out: int
    reasons: tuple[tuple[str, int], ...]

    def text(self) -> str:
        """Return one line for a reader."""
        total = self.encoded + self.in_part + self.left_out
        why = ", ".join(f"{reason} {count}" for reason, count in self.reasons)
        told = f" ({why})" if why else ""
        return (
            f"{self.act}: {total} articles, {self.encoded} encoded, {self.in_part} in part, "
            f"{self.left_out} not{told}"
        )


def coverage(triples: Iterable[Triple]) -> list[Coverage]:
    """Return the coverage of each act that says how many articles it has, by the act's name."""
    facts = Facts(triples)
    acts = facts.using(COUNT)
    return sorted((_of_act(facts, act) for act in acts), key=lambda one: one.act)


def _of_act(facts: Facts, act: Node) -> Coverage:
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for article in facts.below(act, PART):
        if prok("article") not in facts.nodes(article, KIND):
            continue
        parts = {article} | facts.below(article, PART)
        why = {reason for part in parts for reason in facts.nodes(part, LEFT_OUT)}
        said = any(
            facts.subjects(GROUND, version)
            for part in parts
            for version in facts.subjects(MEMBER, part)
        )
        kinds["in part" if said and why else "encoded" if said else "not"] += 1
        reasons.update(_name(facts, reason) for reason in why)
    return Coverage(
        _name(facts, act),
        kinds["encoded"],
        kinds["in part"],
        kinds["not"],
        tuple(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
    )


def _name(facts: Facts, node: Node) -> str:
    for label in facts.objects(node, LABEL):
        if isinstance(label, Literal) and label.language == "en":
            return label.value
    return str(node.value)
