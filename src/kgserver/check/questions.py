"""Competency questions: a named query, a day, parameters, and the answer that is right.

A case is a folder `tests/cases/queries/<topic>/<name>/<case>/` with `params.yaml` (`at`, and
values under `params`) and `expected.csv`, the answer as SPARQL 1.1 Query Results CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from kgserver.answers.graph import Graph
from kgserver.check.finding import Finding, Severity
from kgserver.check.phrases import say
from kgserver.engine.question import Question
from kgserver.errors import KgError

__all__ = ["Case", "check_cases", "read_cases"]

PLACE = "tests/cases/queries"
WRONG = {
    "en": "{name} on {day}: {missing} expected rows are missing, {odd} are not expected{first}",
    "ru": "{name} на {day}: не хватает ожидаемых строк: {missing}, лишних: {odd}{first}",
    "kk": "{name}, {day}: күтілген жол жетпейді: {missing}, артық: {odd}{first}",
}
CURE = {
    "en": "Mend the data or the query; if the new answer is right, write it into the file",
    "ru": "Исправьте данные или запрос; если верен новый ответ, внесите его в файл",
    "kk": "Деректі не сұрауды түзетіңіз; жаңа жауап дұрыс болса, оны файлға жазыңыз",
}


@dataclass(frozen=True)
class Case:
    """One question with its answer."""

    query: str
    name: str
    path: Path
    at: str | None
    params: dict[str, str]
    expected: list[list[str]]
    """Rows of the answer; the first holds the columns."""


def read_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases of a folder, in the order of their names."""
    for path in sorted((folder / PLACE).glob("*/*/*/expected.csv")):
        topic, name, case = path.parent.parts[-3:]
        asked = yaml.load((path.parent / "params.yaml").read_text("utf-8"), yaml.BaseLoader) or {}
        yield Case(
            f"{topic}/{name}",
            case,
            path,
            asked.get("at"),
            asked.get("params") or {},
            _rows(path.read_text("utf-8")),
        )


def answer(graph: Graph, case: Case) -> list[list[str]]:
    """Return the answer of the graph to the question of a case.

    Raises:
        KgError: the query, its parameters or the day are not right.
    """
    named = graph.library.get(case.query)
    dataset = graph.dataset_of(named, case.at)
    found = graph.ask(Question(named.bind(case.params), dataset, solutions="csv", graph=None))
    return _rows(found.body.decode())


def check_cases(graph: Graph, folder: Path) -> Iterator[Finding]:
    """Yield a finding for each case whose answer is another than the expected one."""
    for case in read_cases(folder):
        file = case.path.relative_to(folder).as_posix()
        try:
            found = answer(graph, case)
        except KgError as error:
            yield Finding("CompetencyQuestion", Severity.VIOLATION, str(error), file, cure=CURE)
            continue
        if found != case.expected:
            yield Finding(
                "CompetencyQuestion", Severity.VIOLATION, _difference(case, found), file, cure=CURE
            )


def _difference(case: Case, found: list[list[str]]) -> dict[str, str]:
    missing = [row for row in case.expected if row not in found]
    odd = [row for row in found if row not in case.expected]
    first = next(iter(missing + odd), None)
    return say(
        WRONG,
        name=case.query,
        day=case.at or "today",
        missing=str(len(missing)),
        odd=str(len(odd)),
        first=f": {', '.join(first)}" if first else "",
    )


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))
