"""Synthetic law: a graph of a wanted size, of the shape of a real one, the same on every run.

A rule is an assertion grounded in a provision version, both with an interval, labels in three
languages and contents of some length. On each day of change some rules begin; most of them take
the place of an older one. Acts, provisions, passages, concepts and bodies have no interval. From
an assertion follows a shortcut between two bodies, as long as one assertion that entails it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

NS: Final = "https://example.org/ns#"
ID: Final = "https://example.org/id/"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
TYPE: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
LABEL: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")

SHORTCUTS: Final = {
    "Subordination": "subordinateTo",
    "Accountability": "accountableTo",
    "Power": "hasPowerOver",
    "Duty": "owesDutyTo",
}
_WORDS: Final = {
    "en": "body office power duty protest request law act term consent review court order",
    "ru": "орган должность право надзор протест запрос закон акт срок согласие суд приказ",
    "kk": "орган лауазым құқық қадағалау наразылық сұрау заң акт мерзім келісім сот бұйрық",
}
WORDS: Final = {language: words.split() for language, words in _WORDS.items()}
_TRIPLES_OF_A_RULE: Final = 66.4  # measured: with its version, and its part of what is timeless
_FIRST: Final = date(1995, 9, 5)
_DAYS: Final = 19  # between two days of change: 600 of them stay within this century
_IN_FIRST_STATE: Final = 0.15
_REPLACES: Final = 0.7  # so about two fifths of all rules hold in the end


@dataclass(frozen=True)
class Law:
    """What holds in which states.

    `facts` and `shortcuts` have triples by the states that have them: bit n stands for state n.
    No triple stands twice.
    """

    firsts: tuple[date, ...]
    bodies: int
    facts: Mapping[int, list[Triple]]
    shortcuts: Mapping[int, list[Triple]]

    @property
    def current(self) -> int:
        """The state that holds today: one is still to come."""
        return len(self.firsts) - 2

    @property
    def every(self) -> int:
        """The bits of all states."""
        return (1 << len(self.firsts)) - 1

    def groups(self) -> Iterator[tuple[int, list[Triple]]]:
        """Yield all triples by the states that have them."""
        yield from self.facts.items()
        yield from self.shortcuts.items()

    def asked(self) -> list[int]:
        """Return the states that are asked: two of the past, and the current one."""
        return sorted({self.current // 3, self.current * 2 // 3, self.current})

    def parties(self) -> list[str]:
        """Return the bodies that are asked about: some of those that have had rules for long."""
        return [f"{ID}body/{n}" for n in sorted({1 + self.bodies * k // 40 for k in range(8)})]


@dataclass
class _Rule:
    number: int
    kind: str
    body: int
    authority: int
    provision: NamedNode
    begins: int
    ends: int | None = None


@dataclass
class _Maker:
    rules: int
    states: int
    random: Random
    facts: dict[int, list[Triple]] = field(default_factory=lambda: defaultdict(list))
    timeless: list[Triple] = field(default_factory=list)

    def law(self) -> Law:
        self.bodies = max(4, self.rules // 6)
        self.firsts = tuple(_FIRST + timedelta(_DAYS * n) for n in range(self.states))
        every = (1 << self.states) - 1
        held: dict[Triple, int] = defaultdict(int)
        for rule in self.history():
            bits = (1 << (rule.ends or self.states)) - (1 << rule.begins)
            self.facts[bits] += [*self.assertion(rule), *self.version(rule)]
            self.timeless += self.surroundings(rule)
            shortcut = iri(SHORTCUTS[rule.kind])
            ends = thing("body", rule.body), thing("body", rule.authority)
            held[Triple(ends[0], shortcut, ends[1])] |= bits
        self.timeless += self.frame()
        self.facts[every] += self.timeless
        shortcuts: dict[int, list[Triple]] = defaultdict(list)
        for triple, bits in held.items():
            shortcuts[bits].append(triple)
        return Law(self.firsts, self.bodies, dict(self.facts), dict(shortcuts))

    def history(self) -> list[_Rule]:
        """Let the rules begin and end, state by state."""
        at_first = round(self.rules * _IN_FIRST_STATE)
        rules: list[_Rule] = []
        standing: list[_Rule] = []
        provisions = 0
        for number in range(self.rules):
            late = number - at_first
            state = 0 if late < 0 else 1 + late * (self.states - 1) // (self.rules - at_first)
            replaces = state and self.random.random() < _REPLACES
            old = self.random.randrange(len(standing)) if replaces else -1
            if old >= 0 and standing[old].begins < state:
                standing[old].ends = state
                rule = self.successor(standing[old], number, state)
                standing[old] = rule
            else:
                rule = self.new(number, provisions, state)
                provisions += 1
                standing.append(rule)
            rules.append(rule)
        return rules

    def successor(self, old: _Rule, number: int, state: int) -> _Rule:
        """Say the same anew, or in one case of five the same of another authority."""
        same = self.random.random() < 0.8
        authority = old.authority if same else self.random.randrange(old.body)
        return _Rule(number, old.kind, old.body, authority, old.provision, state)

    def new(self, number: int, provision: int, state: int) -> _Rule:
        """Make a rule of a body over a body of lower number: no one is above itself."""
        kind = list(SHORTCUTS)[provision % 4]
        body = 1 + provision // 4 % (self.bodies - 1)
        if kind in ("Power", "Duty"):  # a few bodies have most of them
            body = 1 + int((self.bodies - 1) * self.random.random() ** 2)
        authority = (body - 1) // 3 if kind == "Subordination" else self.random.randrange(body)
        node = thing("provision", provision)
        self.timeless += typed(node, "Provision", "Subdivision")
        self.timeless += self.texts(node, LABEL, 4)
        self.timeless.append(Triple(node, iri("isPartOf"), thing("act", provision % 20)))
        return _Rule(number, kind, body, authority, node, state)

    def assertion(self, rule: _Rule) -> Iterator[Triple]:
        node = thing("assertion", rule.number)
        yield from typed(node, rule.kind, "LegalAssertion", "TimeBounded")
        yield from self.texts(node, LABEL, 8)
        yield from self.texts(node, iri("content"), 30)
        yield from self.interval(node, rule)
        yield Triple(node, iri("concerns"), thing("body", rule.body))
        yield Triple(node, iri("authority"), thing("body", rule.authority))
        yield Triple(node, iri("groundedIn"), thing("version", rule.number))
        yield Triple(node, iri("evidenceStatus"), iri("officialText"))
        yield Triple(node, iri("attestedBy"), thing("passage", rule.number * 3))
        if rule.number % 3 == 0:
            yield Triple(thing("statement", rule.number // 3), iri("encodedBy"), node)

    def version(self, rule: _Rule) -> Iterator[Triple]:
        node = thing("version", rule.number)
        yield from typed(node, "ProvisionVersion", "Subdivision", "TimeBounded")
        yield from self.texts(node, LABEL, 6)
        yield from self.interval(node, rule)
        yield Triple(node, iri("isMemberOf"), rule.provision)
        yield Triple(thing("event", rule.begins), iri("beginsVersion"), node)

    def interval(self, node: NamedNode, rule: _Rule) -> Iterator[Triple]:
        yield Triple(node, iri("validFrom"), day_literal(self.firsts[rule.begins]))
        if rule.ends is not None:
            yield Triple(node, iri("validUntil"), day_literal(self.firsts[rule.ends]))

    def surroundings(self, rule: _Rule) -> Iterator[Triple]:
        """Yield the passages and concepts that come with a rule."""
        for number in range(rule.number * 3, rule.number * 3 + 3):
            node = thing("passage", number)
            yield from typed(node, "Passage")
            yield Triple(node, iri("inDocument"), thing("document", number % 12))
            yield Triple(node, iri("exact"), Literal(self.words("ru", 6)))
            yield Triple(node, iri("digest"), Literal(f"{self.random.getrandbits(64):016x}"))
            for place in ("paragraph", "start", "end"):
                yield Triple(node, iri(place), Literal(self.random.randrange(5000)))
        for number in range(rule.number * 2, rule.number * 2 + 2):
            node = thing("concept", number)
            yield from typed(node, "Concept")
            yield Triple(node, iri("inScheme"), thing("scheme", number % 20))
            yield from self.texts(node, LABEL, 2)
            yield from self.texts(node, iri("definition"), 16)

    def frame(self) -> Iterator[Triple]:
        """Yield bodies, acts and events."""
        for kind, count in (("body", self.bodies), ("act", 20)):
            for number in range(count):
                node = thing(kind, number)
                yield from typed(node, kind.capitalize(), "Agent" if kind == "body" else "Work")
                yield from self.texts(node, LABEL, 4)
        for number, first in enumerate(self.firsts):
            node = thing("event", number)
            yield from typed(node, "ChangeEvent")
            yield Triple(node, iri("takesEffectOn"), day_literal(first))

    def texts(self, node: NamedNode, predicate: NamedNode, count: int) -> Iterator[Triple]:
        for language in WORDS:
            words = self.words(language, count)
            yield Triple(node, predicate, Literal(words, language=language))

    def words(self, language: str, count: int) -> str:
        """Return words, and a number that makes each text one of its kind."""
        words = self.random.choices(WORDS[language], k=count)
        return " ".join([*words, str(self.random.getrandbits(40))])


def synthetic_law(triples: int, states: int, seed: int = 1) -> Law:
    """Return a law of about so many triples, shortcuts included, and exactly so many states.

    Raises:
        ValueError: there are too few states or triples to have a past, a present and a future.
    """
    rules = round(triples / _TRIPLES_OF_A_RULE)
    if states < 4 or rules < 12:
        raise ValueError("A synthetic law has at least 4 states and 800 triples")
    return _Maker(rules, states, Random(seed)).law()


def iri(name: str) -> NamedNode:
    """Return a term of the vocabulary."""
    return NamedNode(NS + name)


def thing(kind: str, number: int) -> NamedNode:
    """Return a thing."""
    return NamedNode(f"{ID}{kind}/{number}")


def day_literal(day: date) -> Literal:
    """Return a day as RDF says it."""
    return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))


def typed(node: NamedNode, *kinds: str) -> Iterator[Triple]:
    """Yield what a thing is."""
    return (Triple(node, TYPE, iri(kind)) for kind in kinds)
