"""Turtle files: each triple on its line, and each fault with its place and cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from kgserver.errors import DataSyntaxError, KgError, VocabularyError
from kgserver.files.turtle import check_dates, check_prefixes, parse_turtle, read_date, read_turtle
from kgserver.terms import XSD

HEAD = "@prefix : <http://example.org/> .\n"


def lines(text: str) -> list[tuple[int, str]]:
    """Return line and object of each triple of a text that uses `:`; line 1 is its first."""
    file = parse_turtle((HEAD + text).encode(), "data/x.ttl")
    return [(at.line - 1, shown(at.triple.object)) for at in file.triples]


def shown(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else "[]"


def test_triples_are_on_the_line_where_their_object_ends() -> None:
    """Lists, brackets, several statements on a line, texts of several lines, comments."""
    text = '''\
:a :p :b , :c ; :q 5 ,
   6 .
# a comment . with :things
:d :p [ :q
   7 ] . :e :p """one
two""" , "x"@en .
:f :p
   :g .
'''
    assert [(n, o.removeprefix("http://example.org/")) for n, o in lines(text)] == [
        (1, "b"), (1, "c"), (1, "5"), (2, "6"),
        (5, "7"), (5, "[]"), (6, "one\ntwo"), (6, "x"), (8, "g"),
    ]  # fmt: skip


SOFT = {
    "comma below": (':a :p "x"\n , "y" .', [1, 2]),
    "semicolon below": (":a :p 'x'\n ; :q 'y'\n .", [1, 2]),
    "comment and blank lines between": (':a :p "x"  # why "z"\n\n # more\n , "y" .', [1, 4]),
    "the same text twice": (':a :p "x"\n , "x"@en , "x" .', [1, 2, 2]),
    "the same text above": (':a :p "x" ;\n :q "y"\n ; :r "x" .', [1, 2, 3]),
    "a language on the same line": (':a :p "x"@en\n , "y"^^:d\n .', [1, 2]),
    "escapes": (':a :p "a\\tb\\u0416\\"\\\\"\n , "y" .', [1, 2]),
    "a line end written as an escape": (':a :p "a\\nb"\n , "y" .', [1, 2]),
    "several lines of text": (':a :p """x\n, "y" """\n ; :q "z" .', [2, 3]),
    "several lines with single quotes": (":a :p '''x\ny'''\n, '''z''' .", [2, 3]),
    "a text that looks like what comes next": (':a :p """x"\n, "y""" .', [2]),
    "a list": (':a :p ( "x"\n "y" ) .', [1, 2, 1, 2, 2]),
    "the end of the file": (':a :p "x"\n.', [1]),
    "an empty text": (':a :p ""\n , """"""\n .', [1, 2]),
}


@pytest.mark.parametrize(("text", "expected"), SOFT.values(), ids=SOFT.keys())
def test_a_text_alone_at_the_end_of_its_line_is_not_dated_late(
    text: str, expected: list[int]
) -> None:
    """The parser needs the next token to end a plain string; its line is still the right one."""
    assert [line for line, _ in lines(text)] == expected


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
SPACE = st.sampled_from([" ", "\n", "\n\n", "\n# c , ; . \"'\n", '  # "x"\n', "\r\n"])


@given(st.lists(st.tuples(TEXT, st.booleans(), SPACE, SPACE), min_size=1, max_size=6))
def test_the_line_holds_the_end_of_the_text(rows: list[tuple[str, bool, str, str]]) -> None:
    """Whatever the texts and the white space: the line is where the closing quote stands."""
    text, expected = HEAD + ":a :p", []
    for place, (value, long, before, after) in enumerate(rows):
        quote = '"""' if long else '"'
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
        escaped = escaped if long else escaped.replace("\n", "\\n")
        text += f"{before}{quote}{escaped}{quote}"
        expected.append(text.count("\n") + 1)
        text += f"{after}{',' if place + 1 < len(rows) else '.'}"
    file = parse_turtle(text.encode(), "x.ttl")
    seen: set[str] = set()
    for at, line, (value, *_) in zip(file.triples, expected, rows, strict=True):
        assert at.triple.object == Literal(value)
        if value not in seen:  # of two equal triples either line will do
            assert at.line == line
        seen.add(value)


def test_line_feeding_changes_no_triple() -> None:
    """The triples are those of a plain parse, in number and content."""
    text = HEAD + "".join(f':s{n} :p "{n}"@en , {n} ; :q :o{n % 7} .\n' for n in range(300))
    plain = [quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE)]

    assert [at.triple for at in parse_turtle(text.encode(), "x").triples] == plain


def test_blank_nodes_are_those_of_their_file_and_the_same_each_time() -> None:
    """A label of one file is no node of another, and no chance is in it."""
    text = (HEAD + "_:x :p [ :q _:x ] , ( 1 ) .").encode()

    def nodes(name: str) -> set[BlankNode]:
        triples = [at.triple for at in parse_turtle(text, name).triples]
        ends = [end for t in triples for end in (t.subject, t.object)]
        return {end for end in ends if isinstance(end, BlankNode)}

    assert nodes("a.ttl") == nodes("a.ttl") and len(nodes("a.ttl")) == 3
    assert not nodes("a.ttl") & nodes("b.ttl")


FAULTS: dict[str, tuple[bytes | str, str, str, str]] = {
    "prefix that is common": ("\n:a skos:x :b .", ":3:4", "`skos:`", "@prefix skos: <http"),
    "prefix near a common one": (":a skso:x :b .", ":2:4", "`skso:`", "`skos:`"),
    "prefix of nobody": (":a qqqq:x :b .", ":2:4", "`qqqq:`", "@prefix qqqq:"),
    "no full stop": (":a :p :b\n:c :p :d .", ":3:1", "dot", "full stop"),
    "end of file": (':a :p "x" ;', ":2:12", "end", "full stop"),
    "column counts characters": (':a :p "Қазақстан" Әділет .', ":2:19", "Әділет", "Prefix"),
    "open quotation mark": (':a :p "x\n" .', ":2:9", "string", "quotation mark"),
    "space in an IRI": (":a :p <http://a b> .", ":2:7", "' '", "%20"),
    "relative IRI": (":a :p <b> .", ":2:7", "scheme", "prefixed name"),
    "word without prefix": (":a a Act .", ":2:6", "Act", "prok:Act"),
    "triple term": (":a :p <<( :a :b :c )>> .", ":2", "triple", "Turtle 1.1"),
    "base direction": (':a :p "x"@en--ltr .', ":2", "direction", "Turtle 1.1"),
    "Latin-1": (HEAD.encode() + ':a :p "é'.encode("latin-1"), ":2:8", "0xE9", "UTF-8"),
    "byte order mark": (b"\xef\xbb\xbf" + HEAD.encode(), ":1:1", "byte order mark", "UTF-8"),
    "UTF-16": (HEAD.encode("utf-16"), ":1:1", "UTF-16", "UTF-8"),
    "NUL": (':a :p "x\0" .', ":2:9", "NUL", "Remove"),
    "nothing": (b"", "", "nothing", "remove"),
    "comments alone": (b"# to do\n", "", "nothing", "remove"),
    "escapes for terminals": (":a :p \x1b[2J .", ":2:7", "\\x1b", ""),
}


@pytest.mark.parametrize(("text", "place", "wrong", "cure"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_told_with_place_and_cure(
    text: bytes | str, place: str, wrong: str, cure: str
) -> None:
    """The file's name, line and column; what was found; what is right."""
    content = text if isinstance(text, bytes) else (HEAD + text).encode()
    with pytest.raises(DataSyntaxError) as caught:
        parse_turtle(content, "data/x.ttl")

    assert caught.value.where == f"data/x.ttl{place}"
    assert wrong in caught.value.message and cure in (caught.value.hint or "")
    assert caught.value.hint and "\x1b" not in str(caught.value)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """By the name that messages use."""
    with pytest.raises(DataSyntaxError, match="Cannot be read") as caught:
        read_turtle(tmp_path / "x.ttl", "data/x.ttl")
    assert caught.value.where == "data/x.ttl"


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_make_the_reader_fall(content: bytes) -> None:
    """Anything is a file or a fault with a name, never a failure of ours."""
    for text in (content, HEAD.encode() + b":a :p " + content):
        try:
            parse_turtle(text, "x.ttl")
        except KgError as error:
            assert error.code == "data-syntax" and (error.where or "").startswith("x.ttl")


def test_a_common_prefix_has_its_common_meaning() -> None:
    """Another namespace under a prefix that everyone knows is refused with its line."""
    good = parse_turtle(
        b"@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\nPREFIX x: <http://x/>\n"
        b"x:a skos:b x:c .",
        "x.ttl",
    )
    check_prefixes(good)
    bad = parse_turtle(HEAD.encode() + b"\n prefix skos: <http://x/>\n:a skos:b :c .", "x.ttl")
    with pytest.raises(VocabularyError) as caught:
        check_prefixes(bad)

    assert caught.value.where == "x.ttl:3" and "<http://x/>" in caught.value.message
    assert "core#" in (caught.value.hint or "")


def test_a_date_that_is_none_is_refused_with_its_line() -> None:
    """Days of the calendar alone; other datatypes are not looked at."""
    head = HEAD + f"@prefix xsd: <{XSD}> .\n"
    good = ':a :p "2016-02-29"^^xsd:date , "2016-02-29Z"^^xsd:date , "2016-02-30" , "x"^^xsd:time .'
    check_dates(parse_turtle((head + good).encode(), "x.ttl"))
    for text in ("2017-02-29", "0000-01-01", "2017-2-1", "12017-01-01", "soon", "２０１７-01-01"):
        bad = parse_turtle(f'{head}\n:a :p "{text}"^^xsd:date .'.encode(), "x.ttl")
        with pytest.raises(DataSyntaxError, match="is no date") as caught:
            check_dates(bad)
        assert caught.value.where == "x.ttl:4" and text in caught.value.message


def test_a_date_is_read_without_its_time_zone() -> None:
    """The day is that which is written."""
    kind = NamedNode(XSD + "date")
    day = read_date(Literal("2016-02-29+06:00", datatype=kind))

    assert day is not None and day.isoformat() == "2016-02-29"
    assert read_date(Literal("2016-02-29")) is None and read_date(kind) is None
