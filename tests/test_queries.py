"""Every named query: it loads, gives its expected answers, and means the same in any tool."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import rdflib

from kgserver.answers.graph import Graph
from kgserver.check import questions
from kgserver.check.finding import words
from kgserver.check.questions import Case, answer, read_cases
from kgserver.engine.question import Question
from kgserver.files.folder import Folder
from kgserver.library import Asks, Library, NamedQuery
from kgserver.store.build import export, export_record
from kgserver.terms import PREFIXES, shorten

ROOT = Path(__file__).parent.parent
LIBRARY = Library.load(ROOT / "queries")
CASES = list(read_cases(ROOT))
DAYS = (date(2006, 1, 1), date(2026, 11, 22))
OF_ALL_STATES = ("treaties/states-without-treaty",)
JURISDICTION = rdflib.URIRef(PREFIXES["prok"] + "Jurisdiction")
FEW = {PREFIXES["id"] + "state/" + code for code in ("cl", "pe", "tr", "ua")}
VIEW_QUERIES = [query for query in LIBRARY if query.asks is Asks.VIEW]
RECORD_QUERIES = [query for query in LIBRARY if query.asks is Asks.RECORD]


def test_the_library_is_here() -> None:
    """The suite ran on files, not on an empty list."""
    assert len(LIBRARY) >= 50
    assert len(CASES) >= 60


def test_each_query_has_a_case_with_rows() -> None:
    """Every question has an expected answer that is not empty."""
    answered = {case.query for case in CASES if len(case.expected) > 1}

    assert {query.full_name for query in LIBRARY} - answered == set()


def test_some_questions_are_answered_by_no_row() -> None:
    """That nothing answers is an answer too, and is tested."""
    assert sum(len(case.expected) == 1 for case in CASES) >= 10


def test_each_question_about_a_day_is_asked_on_several() -> None:
    """The law of one day alone would not show that an answer follows the day."""
    days: dict[str, set[str | None]] = {}
    for case in CASES:
        days.setdefault(case.query, set()).add(str(case.at))

    assert {q.full_name for q in VIEW_QUERIES if len(days[q.full_name]) < 3} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.query}:{case.name}")
def test_competency(case: Case, own_graph: Graph) -> None:
    """The graph gives the expected answer, in the expected order."""
    assert answer(own_graph, case) == case.expected


@pytest.fixture(scope="module", params=DAYS, ids=str)
def view(request: pytest.FixtureRequest) -> tuple[date, rdflib.Graph]:
    """A view as any tool sees it: one Turtle file, read by rdflib."""
    day: date = request.param
    return day, rdflib.Graph().parse(data=export(Folder(ROOT), day), format="turtle")


@pytest.mark.parametrize("query", VIEW_QUERIES, ids=lambda query: query.full_name)
def test_a_view_query_means_the_same_in_rdflib(
    query: NamedQuery, view: tuple[date, rdflib.Graph], own_graph: Graph
) -> None:
    """The query runs unchanged on the exported view and gives the same rows, counts included."""
    day, exported = view

    assert rows_of(exported, query) == rows_from(own_graph, query, day.isoformat())


@pytest.fixture(scope="module")
def record() -> rdflib.Graph:
    """The record of all times as one Turtle file, read by rdflib."""
    return rdflib.Graph().parse(data=export_record(Folder(ROOT)), format="turtle")


@pytest.mark.parametrize("query", RECORD_QUERIES, ids=lambda query: query.full_name)
def test_a_record_query_means_the_same_in_rdflib(
    query: NamedQuery, record: rdflib.Graph, own_graph: Graph
) -> None:
    """The query runs unchanged on the exported record and gives the same rows.

    What goes through all states takes rdflib minutes: it gets a record with a few of them.
    """
    expected = rows_from(own_graph, query, "all")
    if query.full_name in OF_ALL_STATES:
        few = rdflib.Graph() + record
        for state in list(few.subjects(rdflib.RDF.type, JURISDICTION)):
            if str(state) not in FEW:
                few.remove((state, rdflib.RDF.type, JURISDICTION))
        record = few
        expected = Counter({row: n for row, n in expected.items() if row[0] in FEW})
        assert expected

    assert rows_of(record, query) == expected


def rows_of(exported: rdflib.Graph, query: NamedQuery) -> Counter[tuple[str, ...]]:
    """Return the rows that rdflib finds, as the text of CSV has them."""
    result = exported.query(query.text)
    return Counter(
        tuple("" if term is None else str(term) for term in row)  # type: ignore[union-attr]
        for row in result
    )


def rows_from(graph: Graph, query: NamedQuery, day: str) -> Counter[tuple[str, ...]]:
    """Return the rows that the store finds."""
    asked = Question(query.text, graph.at(day), solutions="csv", graph=None)
    rows = list(csv.reader(io.StringIO(graph.ask(asked).whole().decode())))
    return Counter(tuple(row) for row in rows[1:])


def test_a_wrong_answer_is_told_with_the_command_that_renews_it(
    monkeypatch: pytest.MonkeyPatch, own_graph: Graph, tmp_path: Path
) -> None:
    """First row missing, first row too many, in short names; the command has all parameters."""
    one = next(case for case in read_cases(ROOT) if case.params and case.at)
    path = tmp_path / one.path.relative_to(ROOT)
    expected = [["x"], [f"{PREFIXES['id']}body/lost"], *one.expected[1:]]
    wrong = replace(one, path=path, expected=expected)
    monkeypatch.setattr(questions, "read_cases", lambda _: [wrong])

    (found,) = questions.check_cases(own_graph, tmp_path)

    said, cure = words(found.message, "en"), words(found.cure, "en")
    assert f"{one.query} on {one.at}: 2 expected rows are missing, 1 are not expected" in said
    assert "; first missing: x; first not expected: " in said
    assert ", ".join(one.expected[0]) in said
    assert f"kgserver query {one.query} --at {one.at} -p " in cure
    assert all(f"{name}=" in cure for name in one.params)
    assert cure.endswith(f"--format csv > {one.path.relative_to(ROOT).as_posix()}")
    assert f"first missing: {shorten(expected[1][0])}" in words(
        questions._difference(replace(wrong, expected=expected[1:2]), []), "en"
    )


def test_the_prosecutors_office_is_accountable_to_the_president_alone(own_graph: Graph) -> None:
    """In every legal state since the Constitution of 1995, by the simple triple."""
    text = (
        "SELECT ?to WHERE { <https://w3id.org/prok/id/body/prosecutors-office-kz> "
        "<https://w3id.org/prok/ns#accountableTo> ?to }"
    )
    days = [s.first.isoformat() for s in own_graph.manifest.states if s.first >= date(1995, 9, 5)]
    found = {
        day: [row["to"].value for row in own_graph.select(text, own_graph.at(day)).rows]
        for day in days
    }

    assert len(days) >= 25
    assert set(map(tuple, found.values())) == {("https://w3id.org/prok/id/office/president-kz",)}


@pytest.mark.parametrize("query", list(LIBRARY), ids=lambda query: query.full_name)
def test_an_optional_part_in_another_filters_nothing(query: NamedQuery) -> None:
    """Its FILTER would not see the variables outside, as ?lang (SPARQL 1.1, 18.2.2)."""
    depth, optional = 0, set[int]()
    for word in re.findall(r"OPTIONAL\s*\{|\bFILTER\b|[{}]", query.text):
        if word == "FILTER":
            assert len(optional) < 2, query.text
        elif word == "}":
            optional.discard(depth)
            depth -= 1
        else:
            depth += 1
            if word != "{":
                optional.add(depth)
