"""Which treaties govern: the query against the same rule in plain Python, day by day."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF

from kgserver.answers.graph import Graph
from kgserver.engine.question import Question
from kgserver.files.folder import Folder
from kgserver.library import Library
from kgserver.store.build import export_record

ROOT = Path(__file__).parent.parent
LIBRARY = Library.load(ROOT / "queries")
PROK = rdflib.Namespace("https://w3id.org/prok/ns#")
ELI = rdflib.Namespace("http://data.europa.eu/eli/ontology#")
ID = rdflib.Namespace("https://w3id.org/prok/id/")
HOME = ID["state/kz"]
FIRST, LAST = 1992, 2026
Node = rdflib.term.Node
Answer = tuple[str, str, str]
"""Treaty, standing, reason; each the last part of its IRI."""


@dataclass
class Bound:
    """What is known of one party and one treaty, read from the party's actions alone."""

    begins: list[tuple[str, date | None, date | None]] = field(default_factory=list)
    """Kind, first and last possible day of each beginning; the last is None where none is read."""
    ends: list[tuple[date | None, date | None]] = field(default_factory=list)

    def certainly(self, day: date, *, kinds: tuple[str, ...]) -> bool:
        """Whether the party surely is bound."""
        begun = any(kind in kinds and last and last <= day for kind, _, last in self.begins)
        return begun and all(first is not None and day < first for first, _ in self.ends)

    def possibly(self, day: date, made: date | None) -> bool:
        """Whether the party may be bound."""
        firsts = [first or made for _, first, _ in self.begins] or [made]
        begun = any(first is None or first <= day for first in firsts)
        overs = [last for _, last in self.ends if last]
        return begun and not any(day >= last for last in overs)


class Law:
    """The record as plain Python values, and the rule on governing treaties as its text says it.

    A treaty governs a matter between two states on a day if it surely binds both, covers the
    matter, is replaced between them by no treaty that may bind both, and neither of them may
    have refused it towards the other. It does not if its whole text was read and says nothing of
    the matter, if the day is one on which it cannot bind both, if a treaty that replaces it surely
    binds both, or if one surely refuses it. Else it cannot be told.
    """

    def __init__(self, graph: rdflib.Graph) -> None:
        self.graph = graph
        self.treaties = set(graph.subjects(RDF.type, PROK.Treaty))
        self.states = set(graph.subjects(RDF.type, PROK.Jurisdiction))
        self.made = {t: self._day(t, ELI.date_document) for t in self.treaties}
        self.kinds = {t: set(graph.objects(t, PROK.actKind)) for t in self.treaties}
        self.read = {
            t for t in self.treaties if (t, PROK.wholeTextRead, rdflib.Literal(True)) in graph
        }
        covers = [
            (graph.value(c, PROK.coveringTreaty), graph.value(c, PROK.coveredMatter))
            for c in graph.subjects(RDF.type, PROK.TreatyCoverage)
        ]
        amended = [
            (t, m) for t, main in graph.subject_objects(ELI.amends) for c, m in covers if c == main
        ]
        self.covers = {*covers, *amended}
        self.matters = {matter for _, matter in covers}
        self.bound: dict[tuple[Node, Node], Bound] = {}
        self.refusals: list[tuple[Node, Node, set[Node], date | None, date | None]] = []
        for action in graph.subjects(RDF.type, PROK.TreatyAction):
            self._take(action)
        self.replaced = [
            (graph.value(r, PROK.replacingTreaty), old)
            for r in graph.subjects(RDF.type, PROK.TreatyReplacement)
            for old in graph.objects(r, PROK.replacedTreaty)
        ]

    def _day(self, thing: Node, edge: rdflib.URIRef) -> date | None:
        value = self.graph.value(thing, edge)
        return date.fromisoformat(str(value)) if value else None

    def _take(self, action: Node) -> None:
        treaty = self.graph.value(action, PROK.actionOn)
        kind = str(self.graph.value(action, PROK.actionKind)).removeprefix(str(PROK))
        recalled = self.graph.value(action, PROK.evidenceStatus) == PROK.recalled
        day = None if recalled else self._day(action, PROK.takesEffectOn)
        first = self._day(action, PROK.earliest) or day
        last = (self._day(action, PROK.latest) or day) if day else None
        assert treaty is not None
        for party in self.graph.objects(action, PROK.byParty):
            known = self.bound.setdefault((treaty, party), Bound())
            if kind in ("entryIntoForce", "provisionalApplication"):
                known.begins.append((kind, first, last))
            elif kind == "termination":
                known.ends.append((first, last))
            elif kind in ("suspension", "nonApplication"):
                towards = set(self.graph.objects(action, PROK.towardsParty))
                self.refusals.append((treaty, party, towards, day, first))

    def answers(self, one: Node, other: Node, matter: Node, day: date) -> Iterator[Answer]:
        """Yield each treaty considered, with its standing and the reason."""
        for treaty in self.treaties:
            mine = self.bound.get((treaty, one))
            theirs = self.bound.get((treaty, other))
            universal = ID["act-kind/universal-convention"] in self.kinds[treaty]
            if one == other or mine is None or (theirs is None and not universal):
                continue
            standing, reason = self._judge(treaty, mine, theirs, one, other, matter, day)
            yield last_part(treaty), standing, reason

    def _judge(
        self,
        treaty: Node,
        mine: Bound,
        theirs: Bound | None,
        one: Node,
        other: Node,
        matter: Node,
        day: date,
    ) -> tuple[str, str]:
        no, unknown, yes = "does-not-apply", "cannot-be-told", "applies"
        made = self.made[treaty]
        covered = (treaty, matter) in self.covers
        if not covered and treaty in self.read:
            return no, "matter-not-covered"
        if not mine.possibly(day, made) or (theirs and not theirs.possibly(day, made)):
            return no, "not-in-force"
        ways = ("entryIntoForce", "provisionalApplication")
        replacing = [
            (new, a, b)
            for new, old in self.replaced
            if old == treaty and (a := self.bound.get((new, one)))
            if (b := self.bound.get((new, other)))
        ]
        if any(
            a.certainly(day, kinds=ways) and b.certainly(day, kinds=ways) for _, a, b in replacing
        ):
            return no, "replaced"
        refused = [
            (on, first)
            for of, by, towards, on, first in self.refusals
            if of == treaty and by in (one, other) and towards & {one, other}
        ]
        if any(on and on <= day for on, _ in refused):
            return no, "not-applied"
        if theirs is None:
            return unknown, "party-not-recorded"
        if ID["act-kind/draft-treaty"] in self.kinds[treaty]:
            return unknown, "draft-only"
        sure = [p.certainly(day, kinds=ways) for p in (mine, theirs)]
        if not all(sure):
            return unknown, self._doubt(mine, theirs, day)
        if not covered:
            return unknown, "text-not-read"
        perhaps = any(
            a.possibly(day, self.made[new]) and b.possibly(day, self.made[new])
            for new, a, b in replacing
        )
        if perhaps or any(first is None or first <= day for _, first in refused):
            return unknown, "replacement-uncertain"
        full = all(p.certainly(day, kinds=("entryIntoForce",)) for p in (mine, theirs))
        return yes, "in-force" if full else "applied-provisionally"

    def _doubt(self, mine: Bound, theirs: Bound, day: date) -> str:
        if any(first is None or first <= day for p in (mine, theirs) for first, _ in p.ends):
            return "end-uncertain"
        dated = all(any(last for _, _, last in p.begins) for p in (mine, theirs))
        return "entry-uncertain" if dated else "entry-not-seen"

    def turns(self) -> dict[date, set[tuple[Node, Node]]]:
        """Return each day on which a treaty may begin or end for a party, or a refusal works."""
        found: dict[date, set[tuple[Node, Node]]] = {}
        days = [
            (day, treaty, party)
            for (treaty, party), known in self.bound.items()
            for pair in [*((first, last) for _, first, last in known.begins), *known.ends]
            for day in pair
        ]
        days += [(day, t, by) for t, by, _, on, first in self.refusals for day in (on, first)]
        for day, treaty, party in days:
            if day and treaty in self.treaties:
                found.setdefault(day, set()).add((treaty, party))
        return found


def last_part(node: object) -> str:
    return str(node).rsplit("/", 1)[-1]


@cache
def law() -> Law:
    """The record as any tool reads it; what the build derives is not looked at."""
    return Law(rdflib.Graph().parse(data=export_record(Folder(ROOT)), format="turtle"))


def asked(graph: Graph, day: date, states: set[Node], matters: set[Node]) -> set[tuple[str, ...]]:
    """Return state, matter and answer of every treaty, as the query's own rule gives them."""
    text = LIBRARY.get("treaties/governing-treaty").bind({"date": day.isoformat()})
    rule = text[: text.index("  # What the reader sees beside.")] + "}"
    for name, values in (("state", states), ("matter", matters)):
        listed = " ".join(f"<{value}>" for value in sorted(values, key=str))
        rule = re.sub(rf"VALUES \?{name} \{{[^}}]*\}}", f"VALUES ?{name} {{ {listed} }}", rule)
    rule = re.sub(r"SELECT [^\n]*", "SELECT ?state ?matter ?treaty ?standing ?reason", rule)
    answer = graph.ask(Question(rule, graph.at("all"), solutions="csv", graph=None))
    rows = list(csv.reader(io.StringIO(answer.whole().decode())))[1:]
    assert len(rows) == len(set(map(tuple, rows)))
    return {(last_part(s), last_part(m), *map(last_part, rest)) for s, m, *rest in rows}


def expected(day: date, states: set[Node], matters: set[Node]) -> set[tuple[str, ...]]:
    """Return the same by plain Python."""
    return {
        (last_part(state), last_part(matter), *answer)
        for state in states
        for matter in matters
        for answer in law().answers(HOME, state, matter, day)
    }


def parted(things: list[Node], size: int) -> Iterator[list[Node]]:
    """Yield the things in lists, so that no question takes the engine long."""
    rest = iter(things)
    while part := list(islice(rest, size)):
        yield part


def test_the_data_is_here() -> None:
    """The rule is tried on treaties, states and matters, not on an empty record."""
    assert len(law().treaties) >= 110
    assert len(law().states) >= 55
    assert len(law().matters) >= 15


@pytest.mark.parametrize("year", range(FIRST, LAST + 1))
def test_each_new_years_day(own_graph: Graph, year: int) -> None:
    """For every state and matter the query says what the rule says, of every treaty considered."""
    day, states = date(year, 1, 1), law().states

    for matters in parted(sorted(law().matters, key=str), 10):
        assert asked(own_graph, day, states, set(matters)) == expected(day, states, set(matters))


def test_the_day_before_and_the_day_of_each_turn(own_graph: Graph) -> None:
    """Answers change on the right day: asked on each first and last possible day and before it."""
    turns = law().turns()
    assert len(turns) >= 100

    for turn, turning in sorted(turns.items()):
        parties = {p for _, p in turning}
        if HOME in parties:
            parties |= {p for t, p in law().bound if t in {treaty for treaty, _ in turning}}
        states = parties & law().states - {HOME}
        matters = {m for t, m in law().covers if t in {treaty for treaty, _ in turning}}
        for day in (turn - timedelta(days=1), turn) if states and matters else ():
            assert asked(own_graph, day, states, matters) == expected(day, states, matters), day


def test_a_turn_changes_an_answer(own_graph: Graph) -> None:
    """On the day on which a dated treaty begins for both, and not before it, the answer changes."""
    changed = 0
    for (treaty, state), known in law().bound.items():
        days = [
            first
            for kind, first, last in known.begins
            if kind == "entryIntoForce" and first == last
        ]
        ours = law().bound.get((treaty, HOME))
        matters = [m for t, m in law().covers if t == treaty]
        if len(days) != 1 or not (day := days[0]) or not ours or not matters or state == HOME:
            continue
        if treaty in law().treaties and ours.certainly(day, kinds=("entryIntoForce",)):
            before, on = (
                {t: standing for t, standing, _ in law().answers(HOME, state, matters[0], asked_on)}
                for asked_on in (day - timedelta(days=1), day)
            )
            name = last_part(treaty)
            changed += on.get(name) == "applies" and before.get(name) != "applies"

    assert changed >= 40


@pytest.mark.parametrize("name", ["states-without-treaty", "without-treaty"])
def test_the_rule_stands_word_for_word_in_the_other_questions(name: str) -> None:
    """Three questions share one rule; a change of one is a change of all."""
    rule = _rule(LIBRARY.get("treaties/governing-treaty").text)

    assert rule in LIBRARY.get(f"treaties/{name}").text


def _rule(text: str) -> str:
    start = text.index("  # Every treaty about which both")
    return text[start : text.index("  # What the reader sees beside.")].rstrip()


@pytest.mark.parametrize("matter", ["extradition", "transfer-of-sentenced-persons"])
def test_states_without_a_treaty_are_those_to_which_none_applies(
    own_graph: Graph, matter: str
) -> None:
    """The list of states agrees with the answers state by state, the number in doubt included."""
    day = date(2020, 3, 1)
    text = LIBRARY.get("treaties/states-without-treaty").bind(
        {"date": day.isoformat(), "matter": str(ID["cooperation-matter/" + matter])}
    )
    found = csv.reader(
        io.StringIO(
            own_graph.ask(Question(text, own_graph.at("all"), solutions="csv", graph=None))
            .whole()
            .decode()
        )
    )
    listed = {last_part(row[0]): int(row[2]) for row in list(found)[1:]}
    right = {}
    for state in law().states - {HOME}:
        answers = list(law().answers(HOME, state, ID["cooperation-matter/" + matter], day))
        if not any(standing == "applies" for _, standing, _ in answers):
            doubts = [
                r for _, s, r in answers if s == "cannot-be-told" and r != "party-not-recorded"
            ]
            right[last_part(state)] = len(doubts)

    assert listed == right
