"""Rows of written answers: counted by their marks, cut off at a line, in memory or in a file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgserver.engine import rows as module
from kgserver.engine import sinks
from kgserver.engine.question import Dataset, Question
from kgserver.engine.reply import read_reply
from kgserver.engine.rows import at_most, count_rows
from kgserver.engine.sinks import Enough, RowSink, Sink, TooLarge
from kgserver.engine.worker import SOLUTIONS, Engine, Request

LONGEST = len(b'"bindings":[{')
"""Bytes of the longest mark: a piece of a file is never smaller but at the end."""

Table = tuple[list[str], list[list[str | None]]]

HOSTILE = [
    *("},{", '},{"', '},{",', '},{"}', "{}", "}", "{", "},{},{", '"bindings":[{', '"bindings":[{"'),
    *("<result>", "</result><result>", "<result/>", "&lt;result&gt;", "]]>", "<![CDATA["),
    *('"', '""', ",", ";", "\t", "\n", "\r", "\r\n", "\n\n", "a\nb", 'a"\n"b', "\\", "\\n", "'"),
    *("", " ", "\0", "\ufeff", "\u2028", "ж", "𝒳", "NaN", "1"),
]
PIECES = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
TEXTS = st.lists(PIECES, max_size=4).map("".join)
CELLS = st.one_of(
    st.none(),
    TEXTS.map(lambda text: str(ox.Literal(text))),
    TEXTS.map(lambda text: str(ox.Literal(text, language="en"))),
    TEXTS.map(lambda text: str(ox.Literal(text, datatype=ox.NamedNode("urn:x:result")))),
    st.sampled_from(["<urn:x:result>", "1", "1.5", "true", "1e0"]),
)
NAMES = st.lists(
    st.sampled_from(["x", "y", "bindings", "results", "result", "vars", "value", "type"]),
    max_size=4,
    unique=True,
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw a table as SPARQL writes it: names of columns, and rows of terms."""
    names = draw(NAMES)
    width = len(names)
    return names, draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))


def query_of(table: Table) -> str:
    """Return a query that has the table as its answer."""
    names, rows = table
    variables = " ".join(f"?{name}" for name in names)
    written = " ".join(f"({' '.join(cell or 'UNDEF' for cell in row)})" for row in rows)
    return f"SELECT {variables or '*'} {{ VALUES ({variables}) {{ {written} }} }}"


def write(table: Table, name: str) -> bytes:
    """Have the engine write the table."""
    results = ox.Store().query(query_of(table))
    assert isinstance(results, ox.QuerySolutions)
    written = results.serialize(format=SOLUTIONS[name])
    assert written is not None
    return written


@contextmanager
def pieces_of(size: int) -> Iterator[None]:
    """Have files read in pieces of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", size)
        yield


def file_of(body: bytes) -> io.BytesIO:
    """Return a file that was just written, so that its place is at its end."""
    file = io.BytesIO()
    file.write(body)
    return file


@pytest.mark.parametrize("name", SOLUTIONS)
@given(table=tables(), size=st.integers(LONGEST, 80))
@example(table=(["x"], [[str(ox.Literal("},{"))]] * 3), size=LONGEST)
@example(table=(["x"], [[None], [None]]), size=LONGEST)
@example(table=([], [[], [], []]), size=LONGEST)
@example(table=([], []), size=LONGEST)
@example(table=(["bindings"], [[str(ox.Literal('"bindings":[{"'))]]), size=LONGEST)
@settings(max_examples=150, deadline=None)
def test_each_row_is_counted_and_nothing_else(table: Table, size: int, name: str) -> None:
    """Whatever stands in the cells, in memory or in a file, wherever its pieces end."""
    body, rows = write(table, name), len(table[1])

    with pieces_of(size):
        assert count_rows(body, name) == count_rows(file_of(body), name) == rows
        for most in (at_most(body, name), at_most(file_of(body), name)):
            assert most >= rows
            assert name == "json" or most == rows


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_piece_may_end_anywhere(name: str) -> None:
    """Each size of a piece that puts a border within a mark, on the same rows."""
    cells = [str(ox.Literal(text)) for text in ("},{", '},{"', '"', "<result>", "a\nb", "x")]
    body = write((["bindings", "x"], [[a, b] for a in cells for b in cells]), name)

    for size in range(LONGEST, 200):
        with pieces_of(size):
            assert count_rows(file_of(body), name) == len(cells) ** 2, size


def test_a_quick_look_can_err_to_one_side_alone() -> None:
    """JSON whose values look like the end of a row: the first look sees more rows, never fewer."""
    body = write((["x"], [[str(ox.Literal("},{"))]] * 5), "json")

    assert body.count(b"},{") == 9, "what the marks are told from"
    assert (at_most(body, "json"), count_rows(body, "json")) == (10, 5)


def engine(store: ox.Store | None = None, *, most: int = 1 << 26) -> Engine:
    """Return an engine in this process."""
    return Engine(store or ox.Store(), max_bytes=most, max_rows=1_000_000)


def request(name: str, cut: int | None) -> Request:
    """Return a question for rows."""
    return Request(
        default=[], named=[], merge=False, solutions=name, graph=None, base=None, cut=cut
    )


@given(tables(), st.integers(0, 9), st.sampled_from(list(SOLUTIONS)))
@settings(max_examples=150, deadline=None)
def test_what_is_cut_off_is_the_first_rows_as_they_were(table: Table, cut: int, name: str) -> None:
    """The same bytes as with LIMIT: terms, order, and rows with nothing in them."""
    query, rows = query_of(table), len(table[1])

    header, body = engine().answer(request(name, cut), query)

    assert header == {"kind": "select", "format": name, "rows": min(rows, cut), "cut": rows > cut}
    assert body == engine().answer(request(name, None), f"{query} LIMIT {cut}")[1]


@given(
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=8),
    st.integers(0, 8),
    st.lists(st.integers(0, 100)),
)
@example([b"?x", b"1", b"2"], 2, [5, 6])
def test_lines_are_taken_whole_however_they_come(
    lines: list[bytes], wanted: int, cuts: list[int]
) -> None:
    """As many lines as are wanted, and no piece of the next one."""
    whole = b"".join(line + b"\n" for line in lines)
    borders = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    sink = RowSink(wanted, 1_000)
    more = False
    for start, end in pairwise(borders):
        try:
            sink.write(whole[start:end])
        except Enough:
            more = True
            break

    assert more == (len(lines) > wanted)
    assert sink.getvalue() == b"".join(line + b"\n" for line in lines[:wanted])
    if more:
        with pytest.raises(Enough):
            sink.write(b"the rest that a writer tries to write when it is stopped")


def test_lines_that_are_too_long_are_too_large() -> None:
    """The limit in bytes holds while there are too few lines."""
    sink = RowSink(10, 100)
    sink.write(b"x" * 100)

    with pytest.raises(TooLarge):
        sink.write(b"x")


@given(st.lists(st.binary(max_size=40)), st.integers(0, 200))
def test_a_sink_takes_as_much_as_fits_and_gives_it_back(pieces: list[bytes], limit: int) -> None:
    """In memory up to a size and in a file beyond; one byte too many is refused."""
    whole = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sinks, "INLINE", 50)
        sink = Sink(limit)
        try:
            for piece in pieces:
                assert sink.write(piece) == len(piece)
        except TooLarge:
            assert len(whole) > limit
            return

    assert len(whole) <= limit
    body = sink.take()
    assert isinstance(body, bytes) == (len(whole) <= 50)
    if isinstance(body, bytes):
        assert body == whole
    else:
        with body:
            body.seek(0)
            assert body.read() == whole


def test_an_answer_knows_its_rows_when_they_were_cut_off() -> None:
    """Also one so long that it stands in a file, where rows are not counted otherwise."""
    text = f"SELECT ?x {{ VALUES ?x {{ {' '.join(map(str, range(30)))} }} }}"
    long = text.replace("?x {", f"?x ('{'y' * 250_000}' AS ?y) {{", 1)
    for query, filed in ((text, False), (long, True)):
        question = Question(query, Dataset(), cut=20)
        header, body = engine().answer(request("json", 20), query)
        answer = read_reply(header, body, question, max_bytes=1, max_rows=1)

        assert isinstance(answer.body, bytes) is not filed
        assert (answer.rows, answer.cut) == (20, True)
        assert len(json.loads(answer.whole())["results"]["bindings"]) == 20

    header, body = engine().answer(request("json", None), long)
    whole = read_reply(header, body, Question(long, Dataset()), max_bytes=1, max_rows=1)
    assert whole.rows is None and not whole.cut
    assert len(json.loads(whole.whole())["results"]["bindings"]) == 30
