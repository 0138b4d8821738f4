"""Where names stand in Turtle and SPARQL texts, and what is no name."""

from __future__ import annotations

import pytest

from kgserver.lexis import Places, mask, names

TURTLE = '''@prefix p: <http://a#> .
@base <http://b/id/> .
p:s a p:T.x , <c/д> , p:q\\/r . # p:no <no>
<#d> p:t """p:u "" \\" <v>
 " p:no""" , 'p:no'@en-p , "\\"p:no"^^p:type ; <http://x/> _:p .
'''


def test_names_are_found_where_they_are_used() -> None:
    """Prefixes and the base are resolved; comments, strings, tags and declarations are no names."""
    places = Places(TURTLE)

    assert [(name.iri, *places.at(name.start)) for name in names(TURTLE)] == [
        ("http://a#s", 3, 1),
        ("http://a#T.x", 3, 7),
        ("http://b/id/c/д", 3, 15),
        ("http://a#q/r", 3, 23),
        ("http://b/id/#d", 4, 1),
        ("http://a#t", 4, 6),
        ("http://a#type", 5, 38),
        ("http://x/", 5, 47),
    ]


def test_names_of_sparql() -> None:
    """Variables and keywords are no names; a comparison is no IRI; a full stop ends a triple."""
    text = """BASE <http://b/> PREFIX : <n#>
              SELECT ?p { ?a :x/^<y>* ?b . FILTER(?a <5 && ?b> 3) :z :w. }"""

    assert [name.iri for name in names(text)] == [
        "http://b/n#x",
        "http://b/y",
        "http://b/n#z",
        "http://b/n#w",
    ]


def test_a_prefix_may_be_declared_before_the_text_or_not_at_all() -> None:
    """A name of an unknown prefix has no IRI."""
    found = list(names("a:x b:y PREFIX b: <urn:b:> b:z", {"a": "urn:a:"}))

    assert [(name.iri, name.prefix) for name in found] == [
        ("urn:a:x", "a"),
        (None, "b"),
        ("urn:b:z", "b"),
    ]


def test_a_name_in_angle_brackets_has_no_prefix() -> None:
    """A scheme is no prefix."""
    assert [name.prefix for name in names("<urn:x>")] == [None]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a # b\nc", "a    \nc"),
        ("'a\\'b' c", "______ c"),
        ("'''a\n'b''' c", "____\n_____ c"),
        ("<http://a#b> c", "____________ c"),
        ("?a < ?b # <c>", "?a < ?b      "),
        ("'open\n# b", "'open\n   "),
    ],
)
def test_masked_text_keeps_length_and_lines(text: str, masked: str) -> None:
    """What is blanked cannot be taken for a keyword; the rest stands where it stood."""
    assert mask(text) == masked
    assert len(masked) == len(text)


def test_places_count_from_one_in_characters() -> None:
    """Letters beyond ASCII are one character each; the end of the last line is the text's end."""
    places = Places("аб\nв")

    assert [places.at(offset) for offset in range(5)] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert (places.end(1), places.end(2), places.end(9)) == (3, 4, 4)
