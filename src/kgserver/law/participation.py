"""Who is party to a treaty, and when: derived from what the parties did, never written by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.law.facts import Facts, day_literal
from kgserver.reasoning.lists import Term
from kgserver.terms import RDFS, SKOS, TYPE, XSD, prok

WEAKER: Final = (
    prok("officialText"),
    prok("officialTranslation"),
    prok("unofficialTranslation"),
    prok("extrapolated"),
    prok("secondarySource"),
    prok("recalled"),
)
"""The kinds of evidence, the best first."""

ON: Final = prok("actionOn")
BY: Final = prok("byParty")
EVIDENCE: Final = prok("evidenceStatus")
EFFECT: Final = prok("takesEffectOn")
LABEL: Final = NamedNode(RDFS + "label")
PREFERRED: Final = NamedNode(SKOS + "prefLabel")


def participations(facts: Facts, base: str) -> Iterator[Triple]:
    """Yield a node for each treaty and each party that did anything about it.

    It is valid from the entry into force for that party until the termination; without a dated
    entry into force its beginning is unknown. It takes the window that the entry states, and as
    that of its end the window that a dated termination states. Its evidence is that of the entry
    into force; of several, the weakest; without any, the weakest of all the actions. It names
    every action of that party on that treaty as its premise.
    Its label is "party: treaty" in each language that both have.
    """
    actions: dict[tuple[NamedNode, NamedNode], list[NamedNode]] = defaultdict(list)
    for action in facts.using(ON):
        if isinstance(action, NamedNode):
            for treaty in _named(facts.nodes(action, ON)):
                for party in _named(facts.nodes(action, BY)):
                    actions[treaty, party].append(action)
    treaties = _slugs({treaty for treaty, _ in actions}, base)
    parties = _slugs({party for _, party in actions}, base)
    for (treaty, party), done in sorted(actions.items(), key=str):
        name = f"{treaties[treaty]}--{parties[party]}"
        node = NamedNode(f"{base}id/participation/{name}")
        yield Triple(node, TYPE, prok("TreatyParticipation"))
        yield Triple(node, prok("participatingParty"), party)
        yield Triple(node, prok("participationIn"), treaty)
        for action in done:
            yield Triple(node, prok("derivedFrom"), action)
        yield from _interval(facts, node, done)
        yield from _labels(facts, node, treaty, party)


def _interval(facts: Facts, node: NamedNode, done: list[NamedNode]) -> Iterator[Triple]:
    entries = _of_kind(facts, done, "entryIntoForce")
    begins = {day for action in entries for day in facts.dates(action, EFFECT)}
    for day in begins:
        yield Triple(node, prok("validFrom"), day_literal(day))
    if not begins:
        yes = Literal("true", datatype=NamedNode(XSD + "boolean"))
        yield Triple(node, prok("beginningUnknown"), yes)
    for edge in (prok("earliest"), prok("latest")):
        for day in {day for action in entries for day in facts.dates(action, edge)}:
            yield Triple(node, edge, day_literal(day))
    for action in _of_kind(facts, done, "termination"):
        ends = facts.dates(action, EFFECT)
        for day in ends:
            yield Triple(node, prok("validUntil"), day_literal(day))
        for said, told in (("earliest", "endEarliest"), ("latest", "endLatest")):
            for day in facts.dates(action, prok(said)) if ends else ():
                yield Triple(node, prok(told), day_literal(day))
    evidence = [e for action in entries or done for e in facts.objects(action, EVIDENCE)]
    if evidence:
        yield Triple(node, EVIDENCE, max(evidence, key=_weakness))


def _of_kind(facts: Facts, done: list[NamedNode], kind: str) -> list[NamedNode]:
    return [a for a in done if prok(kind) in facts.objects(a, prok("actionKind"))]


def _weakness(evidence: Term) -> tuple[int, str]:
    """A kind of evidence that is not known counts as the weakest."""
    place = WEAKER.index(evidence) if evidence in WEAKER else len(WEAKER)
    return place, str(evidence)


def _labels(facts: Facts, node: NamedNode, treaty: NamedNode, party: NamedNode) -> Iterator[Triple]:
    of_treaty, of_party = _by_language(facts, treaty), _by_language(facts, party)
    for language in of_party.keys() & of_treaty.keys():
        text = f"{of_party[language]}: {of_treaty[language]}"
        yield Triple(node, LABEL, Literal(text, language=language))


def _by_language(facts: Facts, thing: NamedNode) -> dict[str, str]:
    """Return the label of a thing in each language; rdfs:label goes before skos:prefLabel."""
    labels = [*facts.objects(thing, LABEL), *facts.objects(thing, PREFERRED)]
    found: dict[str, str] = {}
    for label in labels:
        if isinstance(label, Literal) and label.language:
            found.setdefault(label.language, label.value)
    return found


def _named(terms: Iterable[Term]) -> list[NamedNode]:
    return [term for term in terms if isinstance(term, NamedNode)]


def _slugs(things: set[NamedNode], base: str) -> dict[NamedNode, str]:
    """Return the last part of each IRI, or, where two would be the same, the whole path."""
    last = {
        thing: thing.value.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1] for thing in things
    }
    shared = Counter(last.values())
    return {
        thing: slug
        if shared[slug] == 1
        else thing.value.removeprefix(f"{base}id/").replace("#", "/").replace("/", "-")
        for thing, slug in last.items()
    }
