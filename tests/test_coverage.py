"""Coverage: which articles of an act are in the graph, and why the others are not."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

from kgserver.check.coverage import Coverage, coverage

HEAD = """
@base <https://example.org/> .
@prefix eli: <http://data.europa.eu/eli/ontology#> .
@prefix prok: <https://w3id.org/prok/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<act> rdfs:label "Act"@en , "Акт"@ru ; prok:articleCount 2 .
<chapter> eli:is_part_of <act> ; eli:type_subdivision prok:chapter .
<art-1> eli:is_part_of <chapter> ; eli:type_subdivision prok:article .
<art-1/p-1> eli:is_part_of <art-1> .
<art-1/p-1/v> eli:is_member_of <art-1/p-1> .
<art-2> eli:is_part_of <act> ; eli:type_subdivision prok:article .
<pay> rdfs:label "pay"@en .
"""
SAID = "<rule> prok:groundedIn <art-1/p-1/v> ."


PAY, OTHER, TWICE = ("pay", 1), ("https://example.org/x", 1), ("pay", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SAID, (1, 0, 1, ())),
        (f"{SAID} <art-2> prok:notEncoded <pay> .", (1, 0, 1, (PAY,))),
        (f"{SAID} <art-1/p-1> prok:notEncoded <pay> .", (0, 1, 1, (PAY,))),
        (f"{SAID} <art-1> prok:notEncoded <pay> , <x> .", (0, 1, 1, (OTHER, PAY))),
        ("<art-1> prok:notEncoded <pay> . <art-2> prok:notEncoded <pay> .", (0, 0, 2, (TWICE,))),
        ("<act> eli:is_part_of <art-1> .", (0, 0, 2, ())),
    ],
    ids=["encoded", "not", "in part below", "two reasons", "both", "circle"],
)
def test_each_article_is_counted_once(text: str, expected: tuple[object, ...]) -> None:
    """Encoded, in part, or not; chapters are no articles, and a circle ends."""
    triples = [quad.triple for quad in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)]

    assert coverage(triples) == [Coverage("Act", *expected)]  # type: ignore[arg-type]


def test_the_line_for_a_reader() -> None:
    """Figures first, then the reasons."""
    told = Coverage("Act", 3, 1, 2, (("pay", 2), ("seals", 1))).text()

    assert told == "Act: 6 articles, 3 encoded, 1 in part, 2 not (pay 2, seals 1)"


def test_an_act_that_counts_no_articles_is_passed_over() -> None:
    """Only an act whose whole tree is here can be covered."""
    text = HEAD.replace("; prok:articleCount 2", "")

    assert coverage(q.triple for q in parse(text.encode(), format=RdfFormat.TURTLE)) == []
