"""What is asked: the same texts of every server, and what is expected of the answers.

Where a question is distinct, no text is asked twice in a run: it is about another thing, and the
names of its variables carry a number, so that no server can know the answer or the plan from
before, and evaluation stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from pyoxigraph import NamedNode, QuerySolutions, Store

from bench.http.servers import Day
from kgserver.library import Library
from kgserver.terms import ELI, PROK, RDFS

PREFIXES: Final = f"PREFIX prok: <{PROK}>\nPREFIX eli: <{ELI}>\nPREFIX rdfs: <{RDFS}>\n"
THINGS: Final = """SELECT ?thing { ?thing ?property ?value FILTER(ISIRI(?thing)) }
GROUP BY ?thing HAVING(COUNT(*) > 9 && COUNT(*) < 16) ORDER BY ?thing"""
PARTIES: Final = """SELECT DISTINCT ?party {
  ?assertion prok:concerns ?party ; a ?kind
  VALUES ?kind { prok:Competence prok:Power prok:Duty prok:Prohibition } } ORDER BY ?party"""
JOIN: Final = """SELECT * {
  ?assertion_N prok:concerns ?party ; prok:groundedIn ?version .
  ?version eli:is_member_of ?provision . ?provision rdfs:label ?label } LIMIT 100"""
MANY: Final = "SELECT * { ?thing_N a ?kind ; ?property ?value } LIMIT 100000"
NAMED: Final = "powers/of-agent"

LOOKUP, JOINED, LARGE = "lookup", "100-row join", "100,000 rows"
REPEATED, UNCHANGED = "100-row join, repeated", "100-row join, not modified"
LIBRARY: Final = f"named query {NAMED}"


@dataclass(frozen=True)
class Asked:
    """One request: a SPARQL text, and what else our own server is told.

    Args:
        values: Parameters of the named query that has this text, to be asked by its address.
        known: Whether the client says that it has the answer already (If-None-Match).
    """

    text: str
    values: Mapping[str, str] | None = None
    known: bool = False


@dataclass(frozen=True)
class Case:
    """A kind of question; `ask` gives the text of a number.

    Args:
        turn: Requests in one turn, as a share of those that were asked for.
        ours: Whether our server alone can be asked.
        again: Whether the answer is there already.
        texts: How many numbers have a text of their own; None: all.
    """

    name: str
    turn: float
    ask: Callable[[int], Asked]
    ours: bool = False
    again: bool = False
    texts: int | None = None


@dataclass(frozen=True)
class Target:
    """How much of a peer's CPU we may use for a question."""

    case: str
    peer: str
    most: float

    def verdict(self, ratio: float) -> str:
        """Return whether a measured ratio keeps it."""
        return "kept" if ratio <= self.most else "missed"

    def said(self, ratio: float) -> str:
        """Return a measured ratio with the verdict."""
        return f"{ratio:.2f}×: {self.verdict(ratio)}"


TARGETS: Final = (
    Target(LOOKUP, "Virtuoso", 0.6),
    Target(LOOKUP, "rdflib-endpoint", 0.2),
    Target(LOOKUP, "Oxigraph", 6.0),
    Target(JOINED, "Oxigraph", 1.3),
    Target(LARGE, "Oxigraph", 1.1),
    Target(REPEATED, "Oxigraph", 0.15),
)


def cases(view: Store, library: Library) -> list[Case]:
    """Return the questions about a view, with things that are in it."""
    things, parties = iris(view, THINGS), iris(view, PREFIXES + PARTIES)
    named = library.get(NAMED)
    bound = [
        {"party": party[1:-1], "lang": lang} for lang in ("en", "ru", "kk") for party in parties
    ]
    for mixed in (things, bound):
        Random(1).shuffle(mixed)

    def lookup(number: int) -> Asked:
        thing = things[number % len(things)]
        return Asked(f"SELECT ?property{number} ?value {{ {thing} ?property{number} ?value }}")

    def numbered(text: str, number: int) -> Asked:
        return Asked(text.replace("_N", f"_{number}"))

    def question(number: int) -> Asked:
        values = bound[number % len(bound)]
        return Asked(named.bind(values), values)

    join = PREFIXES + JOIN
    once = join.replace("_N", "")
    return [
        Case(LOOKUP, 1.0, lookup),
        Case(JOINED, 0.5, partial(numbered, join)),
        Case(LARGE, 0.01, partial(numbered, MANY)),
        Case(REPEATED, 1.0, lambda _: Asked(once), again=True),
        Case(UNCHANGED, 1.0, lambda _: Asked(once, known=True), ours=True, again=True),
        Case(LIBRARY, 0.25, question, texts=len(bound)),
    ]


def iris(view: Store, text: str) -> list[str]:
    """Return the IRIs that a query with one column finds, in angle brackets."""
    found = view.query(text)
    assert isinstance(found, QuerySolutions)
    return [str(row[0]) for row in found if isinstance(row[0], NamedNode)]


def expected(view: Store, text: str) -> int:
    """Return how many rows a text has in a view."""
    found = view.query(text)
    assert isinstance(found, QuerySolutions)
    return sum(1 for _ in found)


DAYS: Final[Sequence[Day]] = (None, "2006-01-01")
"""The days asked: today, and one under the law of other times."""
