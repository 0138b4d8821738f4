"""Who is party to a treaty, and when: derived from what the parties did, never written by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.law.facts import Facts, day_literal
from kgserver.reasoning.lists import Term
from kgserver.terms import ELI, RDFS, SKOS, TYPE, XSD, prok

RECALLED: Final = prok("recalled")
WEAKER: Final = (
    prok("officialText"),
    prok("officialTranslation"),
    prok("unofficialTranslation"),
    prok("extrapolated"),
    prok("secondarySource"),
    RECALLED,
)
"""The kinds of evidence, the best first."""

ON: Final = prok("actionOn")
BY: Final = prok("byParty")
EVIDENCE: Final = prok("evidenceStatus")
EFFECT: Final = prok("takesEffectOn")
MADE: Final = NamedNode(ELI + "date_document")
LABEL: Final = NamedNode(RDFS + "label")
PREFERRED: Final = NamedNode(SKOS + "prefLabel")


def participations(facts: Facts, base: str) -> Iterator[Triple]:
    """Yield a node for each treaty and each party that did anything about it.

    It is valid from the entry into force for that party until the termination; without a dated
    entry into force its beginning is unknown. It takes the window that the entry states, and as
    that of its end the window that a dated termination states. Its evidence is that of the entry
    into force; of several, the weakest; without any, the weakest of all the actions. It names
    every action of that party on that treaty as its premise. Its label is "party: treaty" in each
    language that both have.

    Four days more say what is sure and what is possible, for questions that must tell "no" from
    "not known": see `_bounds`.
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
        yield from _bounds(facts, node, treaty, done)
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


def _bounds(
    facts: Facts, node: NamedNode, treaty: NamedNode, done: list[NamedNode]
) -> Iterator[Triple]:
    """Yield between which days a party surely is bound, and between which it may be.

    `certainFrom`: the last day on which a dated beginning can lie, entry into force or provisional
    application, the first of several. `possibleFrom`: the first day on which any beginning can
    lie; where one says no such day, the day the treaty was made. `certainUntil`: the first day on
    which an end can lie; without any such day nothing is certain. `possibleUntil`: the last day
    on which a dated end can lie. What is only recalled dates nothing.
    """
    begins = _of_kind(facts, done, "entryIntoForce", "provisionalApplication")
    ends = _of_kind(facts, done, "termination")
    made = facts.dates(treaty, MADE)
    possible = [day for a in begins or done for day in _edge(facts, a, "earliest") or made]
    certain = [day for action in begins for day in _edge(facts, action, "latest", dated=True)]
    possible_end = [day for action in ends for day in _edge(facts, action, "latest", dated=True)]
    certain_end = [day for a in ends for day in _edge(facts, a, "earliest") or certain]
    days = (
        ("possibleFrom", possible, min),
        ("certainFrom", certain, min),
        ("certainUntil", certain_end, min),
        ("possibleUntil", possible_end, max),
    )
    for told, found, choose in days:
        if found:
            yield Triple(node, prok(told), day_literal(choose(found)))


def _edge(facts: Facts, action: NamedNode, edge: str, *, dated: bool = False) -> list[date]:
    """Return one edge of the window in which an action's day lies; the day itself without one.

    Args:
        dated: Only of an action with a day that somebody read.
    """
    sure = RECALLED not in facts.objects(action, EVIDENCE)
    day = facts.dates(action, EFFECT) if sure else []
    return (facts.dates(action, prok(edge)) or day) if day or not dated else []


def _of_kind(facts: Facts, done: list[NamedNode], *kinds: str) -> list[NamedNode]:
    wanted = {prok(kind) for kind in kinds}
    return [a for a in done if wanted.intersection(facts.objects(a, prok("actionKind")))]


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
