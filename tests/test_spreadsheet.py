"""Rows for a spreadsheet: nothing in them is computed, and nothing else of them is changed."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from itertools import chain
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from folders.served import BASE
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.answers.spreadsheet import spreadsheet
from kgserver.web.app import create_app

SEPARATORS = {"en": ",", "ru": ";", "kk": ";", "de": ","}
SIGNS = "=+-@＝＋－＠"
STARTS = SIGNS + "\t\r\n\0"
INNER = re.compile(rf"([,;\t\r\n][\s\0\"]*)(?=[{re.escape(SIGNS)}]\S)")
"""Where a cell would begin, if columns were cut at another mark."""
BLANKS = ["", " ", "   ", "\u00a0", "\u2003 ", "\x0b", "\x1f", " \0 "]
NUMBERS = ["0", "-5", "+5", "-0.5", "12.50", "-1e9", "+1.5E-3", "007", "99999999999999999999"]
NO_NUMBERS = [
    "-",
    "+",
    "-.5",
    "-5.",
    "-1e",
    "--5",
    "+-5",
    "-5 ",
    "-INF",
    "-1,5",
    "-٥",
    "-5\n",
    "=5",
]


def written(rows: list[list[str]]) -> bytes:
    """Have the engine write rows of texts, of the same length, as the standard's CSV."""
    names = [f"?c{number}" for number in range(len(rows[0]))]
    values = " ".join(f"({' '.join(str(ox.Literal(cell)) for cell in row)})" for row in rows)
    query = f"SELECT {' '.join(names)} {{ VALUES ({' '.join(names)}) {{ {values} }} }}"
    results = ox.Store().query(query)
    assert isinstance(results, ox.QuerySolutions)
    body = results.serialize(format=ox.QueryResultsFormat.CSV)
    assert body is not None
    return body


def read(body: bytes, language: str = "en") -> list[list[str]]:
    """Read rows as a spreadsheet does, the names of columns too."""
    assert body.startswith("\ufeff".encode())
    text = io.StringIO(body.decode("utf-8")[1:], newline="")
    return list(csv.reader(text, delimiter=SEPARATORS[language]))


def cell(text: str, language: str = "en") -> str:
    """Return what one cell becomes; beside it another one, to tell an empty one from none."""
    ((_, _), (found, beside)) = read(spreadsheet(written([[text, "x"]]), language), language)
    assert beside == "x"
    return found


@pytest.mark.parametrize("language", SEPARATORS)
@pytest.mark.parametrize("start", STARTS)
def test_nothing_is_taken_for_a_formula(start: str, language: str) -> None:
    """Each sign that can begin one has an apostrophe before it, and blanks do not hide it."""
    for blank in BLANKS if start in SIGNS else [""]:
        for rest in ("1+1", "", "cmd|' /C calc'!A0", 'HYPERLINK("http://x";"y")', " a\nb"):
            text = f"{blank}{start}{rest}"
            assert cell(text, language) == f"'{text}", repr(text)


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_numbers(number: str) -> None:
    """With a sign, a fraction, an exponent."""
    assert cell(number) == number


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_whole_number_is_text(text: str) -> None:
    """All these begin as a formula may, and none is a plain number."""
    assert cell(text) == f"'{text}"


PIECES = st.sampled_from(
    [
        *STARTS,
        *BLANKS,
        *NUMBERS,
        '"',
        '""',
        ",",
        ";",
        "\r\n",
        "'",
        "\ufeff",
        "Статья 83",
        "бап",
        "x",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
CELLS = st.lists(PIECES, max_size=4).map("".join)
ROWS = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=5)
)


def is_number(text: str) -> bool:
    """Whether Python reads a text as a number, written with digits of ASCII from end to end."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and set(text) <= set("0123456789+-.eE") and text[-1] in "0123456789"


@given(ROWS, st.sampled_from(list(SEPARATORS)))
@example([['a"b', 'c;d,e"'], ["f\r\ng\n", "\rh"]], "ru")
@example([['=1;"2"', '";=1'], [",=1", "\ufeff=1"]], "kk")
@settings(deadline=None)
def test_all_else_survives_the_round_trip(rows: list[list[str]], language: str) -> None:
    """Quotes, line ends, separators, letters of any script; an apostrophe stands where it must."""
    names, *found = read(spreadsheet(written(rows), language), language)

    assert names == [f"c{number}" for number in range(len(rows[0]))]
    assert [len(row) for row in found] == [len(row) for row in rows]
    for was, now in zip(chain(*rows), chain(*found), strict=True):
        risky = was[:1] in {*STARTS} or was.replace("\0", "").lstrip()[:1] in {*SIGNS}
        within = INNER.sub(r"\1'", was)
        assert now == (f"'{within}" if risky and not is_number(was) else within)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("cell", ["y,=1+1,z", "y;=1+1;z", 'y; "=1+1', "y\t@a", "y\r\n-1+1"])
def test_the_other_separator_finds_no_formula_either(cell: str, language: str) -> None:
    """Whichever mark a spreadsheet cuts at, no cell of it begins with a sign."""
    rows = spreadsheet(written([["x", cell]]), language).decode("utf-8-sig")
    assert cell not in rows
    for mark in ",;\t\n":
        cells = [part.strip(' \r"') for part in rows.replace("\n", mark).split(mark)]
        assert [part for part in cells if part[:1] in {*SIGNS}] == []
    assert "5; - x" in spreadsheet(written([["5; - x"]]), language).decode()


@pytest.mark.parametrize("language", SEPARATORS)
def test_rows_without_columns_or_values_stay_rows(language: str) -> None:
    """One column with nothing in it, and none at all."""
    store = ox.Store()
    for query, lines in (
        ("SELECT ?x { VALUES ?x { UNDEF 1 UNDEF } }", ["x", "", "1", ""]),
        ("SELECT * { VALUES () { () () } }", ["", "", ""]),
        ("SELECT ?x { VALUES ?x { } }", ["x"]),
    ):
        results = store.query(query)
        assert isinstance(results, ox.QuerySolutions)
        rows = results.serialize(format=ox.QueryResultsFormat.CSV)
        assert rows is not None
        text = spreadsheet(rows, language).decode("utf-8-sig")
        assert text == "".join(f"{line}\r\n" for line in lines)


def test_a_cell_may_be_long() -> None:
    """Longer than what Python's reader takes unless it is told to."""
    rows = written([["ж" * 300_000, "=" + "ж" * 300_000]])
    before = csv.field_size_limit(131_072)
    try:
        with pytest.raises(csv.Error):
            read("\ufeff".encode() + rows)
        assert read(spreadsheet(rows, "en"))[1] == ["ж" * 300_000, "'=" + "ж" * 300_000]
    finally:
        csv.field_size_limit(before)


CELL = '=HYPERLINK("http://x";"Статья, 83")'
QUERY = f"SELECT ?a ?b {{ VALUES (?a ?b) {{ ({ox.Literal(CELL)} -5) ('; \"Қағида\", ё' UNDEF) }} }}"


def get(client: FlaskClient, query: str = QUERY, **more: Any) -> TestResponse:
    """Ask for a spreadsheet."""
    headers = more.pop("headers", None)
    values = {"query": query, "format": "spreadsheet", **more}
    return client.get("/sparql", query_string=values, headers=headers)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("by_header", [False, True])
def test_the_language_of_the_reader_chooses_the_separator(
    client: FlaskClient, language: str, by_header: bool
) -> None:
    """By `lang=` or by the browser's header; the file is one to keep, and text of UTF-8."""
    told = {"headers": {"Accept-Language": f"de, {language};q=0.9"}}
    response = get(client, **(told if by_header else {"lang": language}))

    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="answer.csv"'
    assert response.content_type == "text/csv; header=present; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["KG-Rows"] == "2"
    assert read(response.data, language) == [
        ["a", "b"],
        [f"'{CELL}", "-5"],
        ['; "Қағида", ё', ""],
    ]


def test_lang_stands_above_the_header(client: FlaskClient) -> None:
    """Where neither names one it is the graph's first; one that the graph has not is refused."""
    header = {"Accept-Language": "ru"}

    assert read(get(client, lang="en", headers=header).data, "en")[0] == ["a", "b"]
    assert read(get(client).data, "en")[0] == ["a", "b"]
    assert get(client, lang="de").status_code == 400


def test_plain_csv_is_left_as_the_standard_wants_it(client: FlaskClient) -> None:
    """No mark, no apostrophe, no other separator, nothing to keep: what programs read."""
    values = {"query": QUERY, "format": "csv", "lang": "ru"}
    response = client.get("/sparql", query_string=values)

    assert next(iter(csv.reader(io.StringIO(response.text)))) == ["a", "b"]
    assert f"'{CELL}" not in response.text and "Content-Disposition" not in response.headers


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_named_question_has_a_spreadsheet_too(client: FlaskClient, language: str) -> None:
    """The same rows as its CSV, with names in the reader's language."""
    address = f"/queries/bodies/masters?at=2018-01-01&lang={language}"
    plain = client.get(f"{address}&format=csv")
    response = client.get(f"{address}&format=spreadsheet")

    assert response.headers["Content-Disposition"].startswith("attachment")
    rows = read(response.data, language)
    assert rows == list(csv.reader(io.StringIO(plain.text))) and len(rows) == 2
    assert rows[1][1] == {"en": "Parliament", "ru": "Парламент", "kk": "Парламент"}[language]
    page = client.get(address, headers={"Accept": "text/html"}).text
    assert re.search(r'href="/queries/bodies/masters\?[^"]*format=spreadsheet"', page)


def test_a_verdict_is_one_cell(client: FlaskClient) -> None:
    """ASK has neither columns nor rows."""
    response = get(client, "ASK { }")

    assert response.data.decode("utf-8-sig") == "true\r\n" and "KG-Rows" not in response.headers


@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s ?p ?o }", f"DESCRIBE <{BASE}id/office>"])
def test_a_graph_is_no_spreadsheet(client: FlaskClient, query: str) -> None:
    """406, and the hint names what a graph can be written in."""
    response = get(client, query)

    told = json.loads(response.data)
    assert response.status_code == 406 and told["code"] == "not-acceptable"
    assert told["where"] == "format" and told["hint"] == "There are ttl, nt, jsonld, rdf"
    assert "Content-Disposition" not in response.headers


def test_rows_can_be_cut_off(served_graph: Graph) -> None:
    """As in any other format, if the client says so."""
    limits = replace(served_graph.settings.limits, result_rows=1)
    graph = replace(served_graph, settings=replace(served_graph.settings, limits=limits))
    response = get(create_app(Served(graph)).test_client(), truncate="yes", lang="ru")

    assert read(response.data, "ru") == [["a", "b"], [f"'{CELL}", "-5"]]
    assert response.headers["KG-Truncated"] == "rows=1" and response.headers["KG-Rows"] == "1"


def test_a_long_cell_comes_over_http(client: FlaskClient) -> None:
    """One of 140,000 characters, as large as a query may be."""
    query = f"SELECT ?x ?y {{ VALUES (?x ?y) {{ ('{'a' * 140_000}' '-') }} }}"
    response = client.post("/sparql", data={"query": query, "format": "spreadsheet"})

    assert response.status_code == 200
    assert read(response.data)[1] == ["a" * 140_000, "'-"]
