"""Competency questions: a named query, a day, parameters, and the answer that is right.

A case is a folder `tests/cases/queries/<topic>/<name>/<case>/` with `params.yaml` (`at`, and
values under `params`) and `expected.csv`, the answer as SPARQL 1.1 Query Results CSV.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from kgserver.answers.graph import Graph
from kgserver.check.finding import Finding, Severity
from kgserver.check.phrases import say
from kgserver.engine.question import Question
from kgserver.errors import KgError
from kgserver.terms import shorten

__all__ = ["Case", "check_cases", "read_cases"]

PLACE = "tests/cases/queries"
WRONG = {
    "en": "{name} on {day}: {missing} expected rows are missing, {odd} are not expected{rows}",
    "ru": "{name} на {day}: не хватает ожидаемых строк: {missing}, лишних: {odd}{rows}",
    "kk": "{name}, {day}: күтілген жол жетпейді: {missing}, артық: {odd}{rows}",
}
FIRST = {
    "missing": {
        "en": "; first missing: {row}",
        "ru": "; первая недостающая: {row}",
        "kk": "; жетпейтін бірінші жол: {row}",
    },
    "odd": {
        "en": "; first not expected: {row}",
        "ru": "; первая лишняя: {row}",
        "kk": "; артық бірінші жол: {row}",
    },
    "order": {
        "en": "; the same rows in another order or number",
        "ru": "; те же строки в другом порядке или числе",
        "kk": "; сол жолдар басқа ретпен не санмен",
    },
}
CURE = {
    "en": "Mend the data or the query; if the new answer is right: {command}",
    "ru": "Исправьте данные или запрос; если верен новый ответ: {command}",
    "kk": "Деректі не сұрауды түзетіңіз; жаңа жауап дұрыс болса: {command}",
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
    return _rows(found.whole().decode())


def check_cases(graph: Graph, folder: Path) -> Iterator[Finding]:
    """Yield a finding for each case whose answer is another than the expected one."""
    for case in read_cases(folder):
        file = case.path.relative_to(folder).as_posix()
        try:
            found = answer(graph, case)
        except KgError as error:
            yield Finding(
                "CompetencyQuestion", Severity.VIOLATION, str(error), file, cure=_cure(case, file)
            )
            continue
        if found != case.expected:
            told = _difference(case, found)
            cure = _cure(case, file)
            yield Finding("CompetencyQuestion", Severity.VIOLATION, told, file, cure=cure)


def _difference(case: Case, found: list[list[str]]) -> dict[str, str]:
    missing = [row for row in case.expected if row not in found]
    odd = [row for row in found if row not in case.expected]
    firsts = [("missing", one) for one in missing[:1]] + [("odd", one) for one in odd[:1]]
    parts = [say(FIRST[kind], row=_shown(row)) for kind, row in firsts] or [FIRST["order"]]
    told = say(
        WRONG,
        name=case.query,
        day=case.at or "today",
        missing=str(len(missing)),
        odd=str(len(odd)),
        rows="{rows}",
    )
    return {
        language: text.replace("{rows}", "".join(part[language] for part in parts))
        for language, text in told.items()
    }


def _shown(row: list[str]) -> str:
    return ", ".join(map(shorten, row))


def _cure(case: Case, file: str) -> dict[str, str]:
    """Return the cure with the whole command that writes the answer anew."""
    words = ["kgserver", "query", case.query, *(["--at", case.at] if case.at else [])]
    for name, value in case.params.items():
        words += ["-p", f"{name}={value}"]
    command = f"{shlex.join([*words, '--format', 'csv'])} > {shlex.quote(file)}"
    return say(CURE, command=command)


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))
