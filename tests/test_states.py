"""Legal states are right: random law in a folder, asked of the engine, against its definition.

What the law of a day is, is written here a second time, from the definition and as plainly as it
can be: intervals from what was drawn, entailments as a fixpoint over all pairs of statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from folders.made import BASE, HEAD, SMALL, write_folder
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.check.run import check
from kgserver.cli import main
from kgserver.errors import DateError
from kgserver.files.folder import Folder
from kgserver.files.source import quiet
from kgserver.store.build import build
from kgserver.store.revision import current
from kgserver.terms import ELI, PROK, TYPE, XSD, prok

ONTOLOGY = (
    HEAD
    + """
prok:LegalAssertion rdfs:subClassOf prok:TimeBounded .
prok:ProvisionVersion rdfs:subClassOf prok:TimeBounded .
prok:Displacement rdfs:subClassOf prok:TimeBounded .
prok:Accountability rdfs:subClassOf prok:LegalAssertion .
prok:accountableBody rdfs:domain prok:Accountable ; owl:inverseOf prok:hasAccountability .
prok:answersTo rdfs:subPropertyOf prok:master .
prok:master rdfs:range prok:Master .
prok:Master rdfs:subClassOf prok:Agent .
prok:accountableTo owl:propertyChainAxiom ( prok:hasAccountability prok:master ) ;
    rdfs:subPropertyOf prok:under .
prok:under a owl:TransitiveProperty .
prok:reaches owl:propertyChainAxiom ( prok:under prok:part prok:part ) .
prok:part a owl:TransitiveProperty .
"""
)
SUBCLASS = {
    "LegalAssertion": "TimeBounded", "ProvisionVersion": "TimeBounded",
    "Displacement": "TimeBounded", "Accountability": "LegalAssertion", "Master": "Agent",
}  # fmt: skip
SUBPROPERTY = {"answersTo": "master", "accountableTo": "under"}
INVERSE = {"accountableBody": "hasAccountability", "hasAccountability": "accountableBody"}
DOMAIN, RANGE = {"accountableBody": "Accountable"}, {"master": "Master"}
TRANSITIVE = {"under": ("under", "under"), "part": ("part", "part")}
CHAINS = {"accountableTo": ("hasAccountability", "master"), "reaches": ("under", "part", "part")}

DAYS = [date(2000, 1, 1) + timedelta(days=200 * n) for n in range(8)]
LINKS = ["accountableBody", "master", "answersTo", "part", "under"]
NAMES = [*LINKS, "hasAccountability", "reaches"]
BODIES = [NamedNode(f"{BASE}id/b{n}") for n in range(4)]
Days = set[date]


def thing(name: str) -> NamedNode:
    return NamedNode(f"{BASE}id/{name}")


def literal(value: date | bool) -> Literal:
    kind = "boolean" if isinstance(value, bool) else "date"
    text = str(value).lower() if isinstance(value, bool) else value.isoformat()
    return Literal(text, datatype=NamedNode(XSD + kind))


@dataclass
class Edges:
    """When a thing begins and ends: all days that are said, and the windows of both."""

    begins: date | None = None
    ends: Days = field(default_factory=set)
    window: tuple[date, date] | None = None
    end_windows: set[tuple[date, date]] = field(default_factory=set)
    recalled: bool = False

    def holds(self, day: date) -> bool:
        """Tell whether the thing is valid on a day: its beginning is known and past, no end is."""
        if self.begins is None or self.recalled or any(end <= self.begins for end in self.ends):
            return False
        return self.begins <= day and all(day < end for end in self.ends)

    def changes(self) -> Days:
        """Return the days on which the thing begins or ends to be valid, if ever it is."""
        if self.begins is None or not self.holds(self.begins):
            return set()
        return {self.begins} | ({min(self.ends)} if self.ends else set())

    def triples(self, one: NamedNode) -> Iterator[Triple]:
        """Yield what must be known of the thing's days in the end."""
        if self.begins:
            yield Triple(one, prok("validFrom"), literal(self.begins))
        else:
            yield Triple(one, prok("beginningUnknown"), literal(True))
        for end in self.ends:
            yield Triple(one, prok("validUntil"), literal(end))
        for window, names in [(self.window, ("earliest", "latest"))] + [
            (w, ("endEarliest", "endLatest")) for w in self.end_windows
        ]:
            for name, day in zip(names, window or (), strict=bool(window)):
                yield Triple(one, prok(name), literal(day))


@dataclass
class Law:
    """What is written into the files, and the days of everything time-bounded."""

    stated: set[Triple] = field(default_factory=set)
    edges: dict[NamedNode, Edges] = field(default_factory=dict)

    def say(self, subject: NamedNode, predicate: str, value: NamedNode | Literal) -> None:
        self.stated.add(Triple(subject, prok(predicate), value))

    def event(self, name: str, day: date | None, window: tuple[date, date] | None) -> NamedNode:
        one = thing(name)
        self.say(one, "takesEffectOn" if day else "effectUnknown", literal(day or True))
        for edge, at in zip(("earliest", "latest"), window or (), strict=bool(window)):
            self.say(one, edge, literal(at))
        return one


def around(day: date) -> tuple[date, date]:
    return day - timedelta(days=30), day


@st.composite
def laws(draw: st.DrawFn) -> Law:
    """Return a law: versions with events, assertions and displacements grounded in them, links."""
    law = Law()
    some_day, maybe = st.sampled_from(DAYS), st.booleans()
    repeal = draw(st.none() | st.sampled_from(DAYS[4:]))
    window = around(repeal) if repeal and draw(maybe) else None
    if repeal:
        law.say(law.event("repeal", repeal, window), "endsAct", thing("act"))
    versions = [thing(f"v{n}") for n in range(draw(st.integers(1, 3)))]
    for number, version in enumerate(versions):
        known = Edges(draw(st.sampled_from([*DAYS[:4], None])))
        known.window = around(known.begins or draw(some_day)) if draw(maybe) else None
        event = law.event(f"begin{number}", known.begins, known.window)
        law.say(event, "beginsVersion", version)
        if draw(maybe):
            end = draw(st.sampled_from(DAYS[3:]))
            known.ends.add(end)
            known.end_windows |= {around(end)} if draw(maybe) else set()
            event = law.event(f"end{number}", end, next(iter(known.end_windows), None))
            law.say(event, "endsVersion", version)
        law.stated.add(Triple(version, TYPE, prok("ProvisionVersion")))
        law.stated.add(Triple(version, NamedNode(ELI + "is_member_of"), thing(f"p{number}")))
        law.stated.add(Triple(thing(f"p{number}"), NamedNode(ELI + "is_part_of"), thing("act")))
        if repeal and not any(end <= repeal for end in known.ends):
            known.ends.add(repeal)
            known.end_windows |= {window} if window else set()
        law.edges[version] = known
    assertions = [thing(f"a{n}") for n in range(draw(st.integers(2, 4)))]
    moves = [thing(f"d{n}") for n in range(draw(st.integers(1, 2)))]
    for one in assertions + moves:
        ground = draw(st.sampled_from(versions))
        law.say(one, "displacedBy" if one in moves else "groundedIn", ground)
        law.stated.add(
            Triple(one, TYPE, prok("Displacement" if one in moves else "Accountability"))
        )
        law.edges[one] = _grounded(draw, law, one, law.edges[ground])
    for move in moves:
        law.say(move, "displaces", draw(st.sampled_from(assertions)))
        for name in draw(st.sets(st.sampled_from(NAMES), max_size=1)):
            iri = Literal(PROK + name, datatype=NamedNode(XSD + "anyURI"))
            law.say(move, "displacedProperty", iri)
    for one in assertions:  # else a shortcut would be a rare thing, and a displaced one rarer
        law.say(one, "accountableBody", draw(st.sampled_from(BODIES)))
        law.say(one, draw(st.sampled_from(["master", "answersTo"])), draw(st.sampled_from(BODIES)))
    ends = st.sampled_from(assertions + BODIES)
    for subject, name, value in draw(
        st.lists(st.tuples(ends, st.sampled_from(LINKS), ends), max_size=6)
    ):
        law.say(subject, name, value)
    law.edges[thing("always")] = Edges(DAYS[0])
    law.stated.add(Triple(thing("always"), TYPE, prok("Accountability")))
    law.say(thing("always"), "validFrom", literal(DAYS[0]))
    return law


def _grounded(draw: st.DrawFn, law: Law, one: NamedNode, ground: Edges) -> Edges:
    """Say what an assertion says of its days itself; return what holds of it in the end."""
    own = draw(st.sampled_from(["none", "none", "day", "unknown"]))
    known = Edges(ground.begins, window=ground.window)
    if own == "day":
        known = Edges(draw(st.sampled_from(DAYS)))
        assert known.begins
        law.say(one, "validFrom", literal(known.begins))
    elif own == "unknown":
        known = Edges()
        law.say(one, "beginningUnknown", literal(True))
    end = draw(st.none() | st.none() | st.sampled_from(DAYS[2:]))
    taken = {e for e in ground.ends if end is None or e < end}
    known.ends = taken | ({end} if end else set())
    known.end_windows = set(ground.end_windows) if taken else set()
    if end:
        law.say(one, "validUntil", literal(end))
    known.recalled = draw(st.integers(0, 9)) == 0
    if known.recalled:
        law.say(one, "evidenceStatus", prok("recalled"))
    return known


Said = tuple[str, str, str]


def local(predicate: str) -> str:
    return predicate.removeprefix(PROK)


def fixpoint(base: set[Said], *, chains: bool) -> set[Said]:
    """Return what follows, by the meaning of each axiom (OWL 2 Direct Semantics, section 2.3)."""
    ways = [*TRANSITIVE.items(), *(CHAINS.items() if chains else ())]
    known = set(base)
    while True:
        news = set()
        for s, p, o in known:
            name = local(p)
            if p == TYPE.value and local(o) in SUBCLASS:
                news.add((s, p, PROK + SUBCLASS[local(o)]))
            if name in SUBPROPERTY:
                news.add((s, PROK + SUBPROPERTY[name], o))
            if name in INVERSE:
                news.add((o, PROK + INVERSE[name], s))
            if name in DOMAIN:
                news.add((s, TYPE.value, PROK + DOMAIN[name]))
            if name in RANGE:
                news.add((o, TYPE.value, PROK + RANGE[name]))
        for end, members in ways:
            pairs = {(s, s) for s, _, _ in known}
            for member in members:
                steps = [(s, o) for s, p, o in known if p == PROK + member]
                pairs = {(x, o) for x, y in pairs for s, o in steps if s == y}
            news |= {(x, PROK + end, y) for x, y in pairs}
        if news <= known:
            return known
        known |= news


def view(law: Law, day: date) -> set[Said]:
    """Return the law of a day by its definition."""
    written = {q.triple for q in parse(ONTOLOGY.encode(), format=RdfFormat.TURTLE)} | law.stated
    for one, edges in law.edges.items():
        written |= set(edges.triples(one))
    bounded = {one.value: edges for one, edges in law.edges.items()}
    seen = {
        said
        for t in written
        if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode | Literal)
        for said in [(t.subject.value, t.predicate.value, t.object.value)]
        if all(bounded[end].holds(day) for end in (said[0], said[2]) if end in bounded)
    }
    displaced = set()
    for move, p, one in seen:
        if p == PROK + "displaces" and one in bounded:
            named = {o for s, q, o in seen if (s, q) == (move, PROK + "displacedProperty")}
            named = named or {PROK + link for members in CHAINS.values() for link in members}
            displaced |= {
                said
                for said in seen
                if one in (said[0], said[2])
                and named & {q for _, q, _ in fixpoint({said}, chains=False)}
            }
    marks = {(f"{BASE}at", PROK + "viewFrom", max(d for d in changes(law) if d <= day).isoformat())}
    later = [d for d in changes(law) if d > day]
    if later:
        marks.add((f"{BASE}at", PROK + "viewUntil", min(later).isoformat()))
    return fixpoint(seen - displaced, chains=True) | fixpoint(seen, chains=False) | marks


def changes(law: Law) -> Days:
    """Return the days on which the law changes."""
    return {day for edges in law.edges.values() for day in edges.changes()}


NAMED = "?s ?p ?o FILTER(!ISBLANK(?s) && !ISBLANK(?o))"
ROWS = f"SELECT ?s ?p ?o {{ {NAMED} }}"
COUNT = f"SELECT ?p (COUNT(*) AS ?n) {{ {NAMED} }} GROUP BY ?p"
JOIN = f"SELECT (COUNT(*) AS ?n) {{ ?x <{PROK}hasAccountability> ?a . ?a <{PROK}master> ?y }}"
UNDER_NONE = f"FILTER NOT EXISTS {{ ?s <{PROK}under> ?z }}"
LONE = f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ {NAMED} {UNDER_NONE} }}"


def answers_are_right(graph: Graph, law: Law, day: date) -> None:
    """Ask rows, counts, a join and a negation; compare with the definition."""
    expected, asked = view(law, day), graph.at(day.isoformat())
    rows = Counter(
        (row["s"].value, row["p"].value, row["o"].value) for row in graph.select(ROWS, asked).rows
    )

    assert set(rows) == expected and set(rows.values()) == {1}
    counts = {row["p"].value: int(row["n"].value) for row in graph.select(COUNT, asked).rows}
    assert counts == Counter(p for _, p, _ in expected)
    masters = [(s, o) for s, p, o in expected if p == PROK + "master"]
    owners = [o for _, p, o in expected if p == PROK + "hasAccountability"]
    (join,) = graph.select(JOIN, asked).rows
    assert int(join["n"].value) == sum(s == a for a in owners for s, _ in masters)
    under = {s for s, p, _ in expected if p == PROK + "under"}
    (lone,) = graph.select(LONE, asked).rows
    assert int(lone["n"].value) == len({s for s, _, _ in expected} - under)


ASKED = st.lists(st.integers(-10, 1700), max_size=2)
BUILT = st.sampled_from([date(1990, 1, 1), DAYS[3], date(2050, 1, 1), date(2050, 1, 1)])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(laws(), BUILT, ASKED)
def test_the_engine_answers_by_the_definition(law: Law, today: date, asked: list[int]) -> None:
    """In each state and on days at random, whenever built: rows, counts, a join, a negation."""
    with TemporaryDirectory(prefix="states-") as place:
        folder = write_folder(Path(place), files(law))
        build(Folder(folder), today=today)
        with opened(folder, None, quiet, workers=1) as graph:
            assert {state.first for state in graph.manifest.states} == changes(law)
            for days in {*asked, *((day - DAYS[0]).days for day in changes(law))}:
                day = DAYS[0] + timedelta(days=days)
                if days >= 0:
                    answers_are_right(graph, law, day)
                else:
                    with pytest.raises(DateError):
                        graph.at(day.isoformat())


def files(law: Law) -> dict[str, str]:
    """Return the law as a folder."""
    data = serialize(sorted(law.stated, key=str), format=RdfFormat.TURTLE) or b""
    head = f'base = "{BASE}"\n'
    return {"kg.toml": head, "ontology/law.ttl": ONTOLOGY, "data/law.ttl": data.decode()}


def test_the_definition_is_no_empty_one() -> None:
    """What the engine is compared with has shortcuts over each chain, and loses displaced ones."""
    law, (a, d) = Law(), (thing("a"), thing("d"))
    for subject, link, value in [
        (a, "accountableBody", BODIES[0]), (a, "answersTo", BODIES[1]),
        (BODIES[1], "under", BODIES[2]), (BODIES[2], "part", BODIES[3]),
        (BODIES[3], "part", BODIES[0]), (d, "displaces", a),
    ]:  # fmt: skip
        law.say(subject, link, value)
    law.edges = {a: Edges(DAYS[0], {DAYS[6]}), d: Edges(DAYS[2], {DAYS[4]})}
    b0, b1, b2 = (body.value for body in BODIES[:3])
    short = {(b0, PROK + "accountableTo", b1), (b0, PROK + "under", b2), (b0, PROK + "reaches", b0)}

    assert short <= view(law, DAYS[1]) and short <= view(law, DAYS[4])
    assert not short & view(law, DAYS[2]) and not short & view(law, DAYS[6])
    assert (b0, PROK + "hasAccountability", a.value) in view(law, DAYS[2])
    assert (b0, PROK + "hasAccountability", a.value) not in view(law, DAYS[6])
    assert changes(law) == {DAYS[0], DAYS[2], DAYS[4], DAYS[6]}


PLAIN = {name: text for name, text in SMALL.items() if not name.startswith("queries/")}
SHAPES = f"""{HEAD}@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rule: <https://w3id.org/prok/shapes#> .
rule:OneMaster a sh:PropertyShape ; sh:targetClass prok:Body ; sh:path prok:accountableTo ;
    sh:maxCount 1 ; sh:severity sh:Violation ; rule:checkedOn rule:%s ;
    sh:message "One master at a time."@en .
"""
BOTH = f"""{HEAD}
:rule-0 a prok:Accountability ; prok:validFrom "2003-05-01"^^xsd:date ;
    prok:validUntil "2003-06-01"^^xsd:date ; prok:accountableBody :office ; prok:master :king .
"""


@pytest.mark.parametrize(
    ("files", "on", "found"),
    [
        (PLAIN | {"data/both.ttl": BOTH}, "state", 1),
        (PLAIN, "state", 0),
        (PLAIN | {"data/both.ttl": BOTH}, "record", 0),
    ],
    ids=["one past month", "no state", "the record has no shortcut"],
)
def test_shapes_are_checked_on_every_state(
    files: dict[str, str], on: str, found: int, tmp_path: Path
) -> None:
    """What is wrong in one past state alone, by what only follows there, is found."""
    folder = Folder(write_folder(tmp_path, files | {"shapes/body.ttl": SHAPES % on}))

    findings = [one for one in check(folder, quiet).findings if one.rule == "OneMaster"]
    assert len(findings) == found
    assert all(one.focus == f"{BASE}id/office" for one in findings)


def test_a_build_tells_how_much_there_is(tmp_path: Path) -> None:
    """Its last words: the states, and the megabytes that the revision takes on disk."""
    place = write_folder(tmp_path, PLAIN)
    told = CliRunner().invoke(main, ["build", str(place), "--store", str(tmp_path / "kept")])

    revision = current(tmp_path / "kept")
    assert revision and told.exit_code == 0
    size = sum(file.stat().st_size for file in revision.path.rglob("*") if file.is_file())
    assert revision.size() == size > 10_000
    last = told.stdout.splitlines()[-1]
    assert " 3 states of the law, " in last and last.endswith(f", {size / 1e6:.1f} MB")
