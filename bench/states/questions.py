"""The questions that every layout answers, and what they become where the queries filter.

A question takes `ask`, which answers a SELECT with TSV, a body and a day, and returns TSV.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from bench.states.law import NS

Ask = Callable[[str], bytes]
Question = Callable[[Ask, str, date], bytes]

PREFIXES: Final = f"""
PREFIX : <{NS}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

LOOKUP: Final = "SELECT ?p ?o { BODY ?p ?o }"
JOIN: Final = """SELECT ?assertion ?label ?provision ?act {
  ?assertion :concerns BODY ; rdfs:label ?label ; :groundedIn ?version .
  FILTER(LANG(?label) = "en")
  ?version :isMemberOf ?provision .
  ?provision :isPartOf ?act }"""
PATH: Final = "SELECT ?above { BODY :subordinateTo+ ?above }"
AGGREGATE: Final = "SELECT ?kind (COUNT(?thing) AS ?count) { ?thing a ?kind } GROUP BY ?kind"
NOT_EXISTS: Final = """SELECT ?body {
  ?body a :Body FILTER NOT EXISTS { ?body :accountableTo ?authority } }"""
COUNT: Final = "SELECT (COUNT(*) AS ?count) { ?s ?p ?o }"

FILTERED_LOOKUP: Final = """SELECT ?p ?o {
  { BODY ?p ?o OPTIONAL { ?o :validFrom ?f } OPTIONAL { ?o :validUntil ?u } OPEN(f,u) }
  UNION
  { ?fact :entailedSubject BODY ; :entailedPredicate ?p ; :entailedObject ?o . HOLDS(fact) } }"""
FILTERED_JOIN: Final = JOIN.replace(
    "?version :isMemberOf", "HOLDS(assertion) HOLDS(version) ?version :isMemberOf"
)
FILTERED_STEP: Final = """SELECT DISTINCT ?above { VALUES ?body { BODY }
  ?fact :entailedSubject ?body ; :entailedPredicate :subordinateTo ; :entailedObject ?above .
  HOLDS(fact) }"""
FILTERED_AGGREGATE: Final = AGGREGATE.replace(
    "?kind }",
    "?kind OPTIONAL { ?thing :validFrom ?f } OPTIONAL { ?thing :validUntil ?u } OPEN(f,u) }",
)
FILTERED_NOT_EXISTS: Final = """SELECT ?body { ?body a :Body FILTER NOT EXISTS {
  ?fact :entailedSubject ?body ; :entailedPredicate :accountableTo . HOLDS(fact) } }"""
FILTERED_COUNT: Final = """SELECT (?stated + ?entailed AS ?count) {
  { SELECT (COUNT(*) AS ?stated) { ?s ?p ?o
    OPTIONAL { ?s :validFrom ?f } OPTIONAL { ?s :validUntil ?u } OPEN(f,u)
    OPTIONAL { ?o :validFrom ?of } OPTIONAL { ?o :validUntil ?ou } OPEN(of,ou)
    FILTER(!CONTAINS(STR(?s), "/entailed/")) } }
  { SELECT (COUNT(?fact) AS ?entailed) { ?fact :entailedObject ?o . HOLDS(fact) } } }"""


def _on(day: date, text: str) -> str:
    """Write out what holds on a day: HOLDS of a thing with an interval, OPEN where it may lack."""
    now = f'"{day}"^^xsd:date'
    for name in ("assertion", "version", "fact"):
        first, until = f"?{name}First", f"?{name}Until"
        begun = f"?{name} :validFrom {first} . FILTER({first} <= {now})"
        open_still = f"FILTER(!BOUND({until}) || {now} < {until})"
        holds = f"{begun} OPTIONAL {{ ?{name} :validUntil {until} }} {open_still}"
        text = text.replace(f"HOLDS({name})", holds)
    for first, until in (("f", "u"), ("of", "ou")):
        holds = f"?{first} <= {now} && (!BOUND(?{until}) || {now} < ?{until})"
        text = text.replace(f"OPEN({first},{until})", f"FILTER(!BOUND(?{first}) || ({holds}))")
    return text


def _plain(text: str) -> Question:
    def question(ask: Ask, body: str, day: date) -> bytes:
        return ask(PREFIXES + text.replace("BODY", f"<{body}>"))

    return question


def _filtered(text: str) -> Question:
    def question(ask: Ask, body: str, day: date) -> bytes:
        return ask(PREFIXES + _on(day, text.replace("BODY", f"<{body}>")))

    return question


def _stepwise(ask: Ask, body: str, day: date) -> bytes:
    """Follow a path step by step: SPARQL has no path that filters what it steps on."""
    found: dict[str, None] = {}
    next_ones = [f"<{body}>"]
    while next_ones:
        text = _on(day, FILTERED_STEP.replace("BODY", " ".join(next_ones)))
        lines = ask(PREFIXES + text).decode().splitlines()[1:]
        next_ones = [line for line in lines if line not in found]
        found.update(dict.fromkeys(next_ones))
    return "\n".join(["?above", *found]).encode()


QUESTIONS: Final[dict[str, tuple[Question, Question]]] = {
    "lookup": (_plain(LOOKUP), _filtered(FILTERED_LOOKUP)),
    "join": (_plain(JOIN), _filtered(FILTERED_JOIN)),
    "path": (_plain(PATH), _stepwise),
    "aggregate": (_plain(AGGREGATE), _filtered(FILTERED_AGGREGATE)),
    "not exists": (_plain(NOT_EXISTS), _filtered(FILTERED_NOT_EXISTS)),
    "count": (_plain(COUNT), _filtered(FILTERED_COUNT)),
}
"""How a dataset of a day is asked, and how one graph of all days."""

OF_A_BODY: Final = frozenset({"lookup", "join", "path"})
"""Those that ask about one body; the others ask about all things."""

UNTIMED: Final = "count"
"""Asked for its answer alone: every layout has the same number of triples in each view."""
