"""The ontology: its header, its closed classes, and what Protégé opens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode

from kgserver.files.turtle import read_turtle
from kgserver.reasoning.lists import NIL
from kgserver.terms import DCT, OWL, RDF, TYPE, prok

ROOT = Path(__file__).parent.parent
CORE = read_turtle(ROOT / "ontology" / "prok.ttl", "ontology/prok.ttl")
TRIPLES = {at.triple for at in CORE.triples}


def values(subject: object, predicate: str) -> list[object]:
    """Return the objects of a subject and predicate."""
    return [t.object for t in TRIPLES if t.subject == subject and t.predicate.value == predicate]


def members(head: object) -> list[str]:
    """Return the IRIs of an RDF list."""
    found: list[str] = []
    while head != NIL:
        (first,) = values(head, RDF + "first")
        (head,) = values(head, RDF + "rest")
        assert isinstance(first, NamedNode)
        found.append(first.value.rpartition("#")[2])
    return found


def test_the_header_says_what_it_is() -> None:
    """Version IRI, licence, creators, titles in three languages."""
    header = NamedNode("https://w3id.org/prok/ns")

    assert values(header, OWL + "versionIRI")
    assert values(header, DCT + "license")
    assert values(header, DCT + "creator")
    assert len(values(header, DCT + "title")) == 3


def test_the_time_bounded_things_are_a_closed_class() -> None:
    """Only these are ever taken out of a view; a new kind changes what every view means."""
    (head,) = values(prok("TimeBounded"), OWL + "disjointUnionOf")

    assert sorted(members(head)) == [
        "Displacement",
        "LegalAssertion",
        "ProvisionVersion",
        "Tenure",
        "TreatyParticipation",
    ]


def test_claims_are_disjoint_from_what_the_law_says() -> None:
    """Nothing doubtful can be an assertion."""
    lists = [members(t.object) for t in TRIPLES if t.predicate.value == OWL + "members"]

    assert any({"AttributedClaim", "TimeBounded"} <= set(names) for names in lists)


def test_chains_run_over_named_inverses() -> None:
    """A chain over an anonymous inverse is not portable."""
    heads = [t.object for t in TRIPLES if t.predicate.value == OWL + "propertyChainAxiom"]

    assert len(heads) >= 10
    for head in heads:
        assert len(members(head)) == 2


def test_blank_nodes_are_axioms_only() -> None:
    """No blank-node individuals: each has a type of OWL or stands in a list."""
    for triple in TRIPLES:
        if isinstance(triple.subject, BlankNode):
            types = values(triple.subject, TYPE.value)
            is_axiom = any(isinstance(t, NamedNode) and t.value.startswith(OWL) for t in types)
            assert is_axiom or values(triple.subject, RDF + "rest")


def test_the_load_file_and_the_catalogue_are_up_to_date() -> None:
    """Protégé opens ontology and data offline: every file is imported and mapped."""
    done = subprocess.run(
        [sys.executable, "tools/load_files.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
