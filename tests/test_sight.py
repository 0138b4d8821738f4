"""What shapes can see: a rule's verdict does not change when the rest is not shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from kgserver.check.shapes import ShapeChecker
from kgserver.check.sight import seen
from kgserver.files.turtle import read_turtle

ROOT = Path(__file__).parent.parent
HEAD = """
@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:shapes sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
"""


def shapes(text: str) -> list[Triple]:
    """Read shapes that use the prefixes above."""
    return [quad.triple for quad in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)]


def query(text: str) -> str:
    """Return a shape whose constraint is a query."""
    return f'ex:Rule a sh:NodeShape ; sh:targetClass ex:T ; sh:sparql [ sh:select """{text}""" ] .'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ex:R sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .", {"p"}),
        ("ex:R sh:targetSubjectsOf ex:q ; sh:path (ex:p [sh:inversePath ex:r]) .", {"p", "q", "r"}),
        ("ex:R sh:targetClass ex:T ; sh:node ex:S . ex:S sh:property [ sh:path ex:p ] .", {"p"}),
        ("ex:R sh:path ex:p ; sh:minCount 1 .", set()),
        (query("SELECT $this ?v WHERE { $this ex:p/ex:q+ ?v FILTER(!BOUND(?x)) }"), {"p", "q"}),
        (query("SELECT $this { $this <https://example.org/p> ?x } ORDER BY ?x ?y"), {"p"}),
        (query("SELECT $this WHERE { $this $PATH ?value . ?value ex:p ?x }"), {"p"}),
        (query("ASK { $this ex:p ?x ; ex:q ?y . ?y a ex:T FILTER(?x = ex:y) }"), {"p", "q"}),
    ],
    ids=["path", "targets", "node", "no target", "query", "query with IRIs", "$PATH",
         "variables as values"],
)  # fmt: skip
def test_what_is_named_is_seen(text: str, expected: set[str]) -> None:
    """Paths, targets and the names in queries; a shape without a target looks at nothing."""
    found = seen(shapes(text))

    assert found is not None
    names = {node.value.removeprefix("https://example.org/") for node in found}
    assert expected <= names
    assert not ({"p", "q", "r"} - expected) & names


@pytest.mark.parametrize(
    "text",
    [
        "ex:R sh:targetClass ex:T ; sh:closed true .",
        "ex:T a sh:NodeShape , rdfs:Class ; sh:property [ sh:path ex:p ] .",
        query("SELECT $this WHERE { $this ?p ?o }"),
        query("SELECT $this WHERE { $this ex:p ?o ; ?p ?x }"),
        query("SELECT $this WHERE { $this !ex:p ?o }"),
        query("SELECT $this WHERE { $this !(ex:p|^ex:q) ?o }"),
        query("SELECT $this WHERE { $this other:p ?o }"),
        query("SELECT $this WHERE { $this a ex:T ; ?p ex:y }"),
        query("SELECT $this WHERE { $this ex:p ?z . ex:x ?p ex:y }"),
        query("SELECT $this WHERE { $this ex:p [ ?p 'text' ] }"),
        query("SELECT $this WHERE { $this !<https://example.org/p> ?o }"),
        query("SELECT $this WHERE { $this !(<https://example.org/p>|ex:q) ?o }"),
        "ex:R sh:targetClass ex:T ; ex:p 1 . ex:C a sh:ConstraintComponent ;"
        "  sh:parameter [ sh:path ex:p ] ; sh:validator [ sh:ask 'ASK { $value ex:q ?x }' ] .",
    ],
    ids=[
        "closed", "class", "variable", "after a semicolon", "negated", "negated set", "prefix",
        "before a name", "between names", "in brackets", "negated IRI", "negated set of IRIs",
        "component",
    ],
)  # fmt: skip
def test_a_rule_that_may_look_anywhere_sees_everything(text: str) -> None:
    """Better to show too much than to check too little."""
    assert seen(shapes(text)) is None


def test_the_rules_on_states_see_little() -> None:
    """The shapes of this folder: hiding the rest spares most of the work."""
    files = [read_turtle(path, path.name) for path in sorted((ROOT / "shapes").glob("*.ttl"))]
    rules = [at.triple for file in files for at in file.triples]
    checker = ShapeChecker(rules)
    checker.check([], on="state")

    found = checker._seen["state"]
    assert found is not None
    assert not any(node.value.endswith(("#content", "#label", "#exact")) for node in found)
