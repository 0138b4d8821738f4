"""Findings: their order, their two renderings and the exit code they lead to."""

from __future__ import annotations

import json

import pytest

from kgserver.check.finding import Finding, Severity, as_json, as_text, exit_code

LABEL = Finding(
    rule="TermLabel",
    severity=Severity.WARNING,
    message={"en": "No label.", "ru": "Нет названия."},
    file="ontology/prok.ttl",
    line=12,
    column=1,
    cure={"en": "Add one.", "ru": "Добавьте его."},
    focus="https://example.org/ns#X",
)
SOURCE = Finding("ActHasSource", Severity.VIOLATION, "Name the text.", "data/acts/x.ttl", 2, 5)
WHOLE = Finding("NoData", Severity.INFO, "The graph has no data.")


def test_findings_sort_by_file_line_and_rule() -> None:
    """Lines are numbers, the graph as a whole comes first, one place sorts by rule."""
    late = Finding("A", Severity.INFO, "m", "data/a.ttl", 10)
    early = Finding("B", Severity.INFO, "m", "data/a.ttl", 9)
    twin = Finding("A", Severity.INFO, "m", "data/a.ttl", 9)
    file = Finding("Z", Severity.INFO, "m", "data/a.ttl")

    assert sorted([LABEL, late, early, WHOLE, twin, file]) == [
        WHOLE,
        file,
        twin,
        early,
        late,
        LABEL,
    ]


def test_text_names_place_severity_rule_and_cure() -> None:
    """One line for the finding, one for the hint."""
    assert as_text([LABEL, SOURCE, WHOLE]) == (
        "info NoData: The graph has no data.\n"
        "data/acts/x.ttl:2:5: violation ActHasSource: Name the text.\n"
        "ontology/prok.ttl:12:1: warning TermLabel: No label.\n"
        "hint: Add one.\n"
    )
    assert as_text([]) == ""


def test_text_speaks_the_chosen_language_or_the_first_there_is() -> None:
    """A text that has no Kazakh is shown in English."""
    assert "Нет названия.\nhint: Добавьте его." in as_text([LABEL], "ru")
    assert "No label.\nhint: Add one." in as_text([LABEL], "kk")


def test_text_stays_on_its_line_and_obeys_no_data() -> None:
    """Line breaks in a message become blanks, control characters escapes."""
    finding = Finding("R", Severity.INFO, "two\nlines \x1b[2J", "data/a.ttl", 1, cure="a\n b")

    assert as_text([finding]) == "data/a.ttl:1: info R: two lines \\x1b[2J\nhint: a b\n"


def test_json_has_every_key_and_the_counts() -> None:
    """What is unknown is null; the counts name each severity."""
    report = json.loads(json.dumps(as_json([LABEL, WHOLE], "ru")))

    assert report["counts"] == {"violation": 0, "warning": 1, "info": 1}
    assert report["findings"] == [
        {
            "rule": "NoData",
            "severity": "info",
            "message": "The graph has no data.",
            "file": None,
            "line": None,
            "column": None,
            "cure": None,
            "focus": None,
        },
        {
            "rule": "TermLabel",
            "severity": "warning",
            "message": "Нет названия.",
            "file": "ontology/prok.ttl",
            "line": 12,
            "column": 1,
            "cure": "Добавьте его.",
            "focus": "https://example.org/ns#X",
        },
    ]


@pytest.mark.parametrize(
    ("findings", "threshold", "code"),
    [
        ([], Severity.INFO, 0),
        ([WHOLE, LABEL], Severity.VIOLATION, 0),
        ([WHOLE, LABEL], Severity.WARNING, 1),
        ([WHOLE], Severity.WARNING, 0),
        ([WHOLE], Severity.INFO, 1),
        ([WHOLE, SOURCE], Severity.VIOLATION, 1),
    ],
)
def test_exit_code_is_1_from_the_threshold_up(
    findings: list[Finding], threshold: Severity, code: int
) -> None:
    """Findings below the threshold are shown and let pass."""
    assert exit_code(findings, threshold) == code


@pytest.mark.parametrize("file", ["/data/a.ttl", "../a.ttl", "data/../a.ttl", "C:/a", "a\\b", ""])
def test_a_file_is_within_the_folder(file: str) -> None:
    """No finding tells where on a machine the folder lies."""
    with pytest.raises(ValueError, match="not a path within the folder"):
        Finding("R", Severity.INFO, "m", file)


@pytest.mark.parametrize("place", [{"line": 1}, {"file": "a.ttl", "column": 1}, {"column": 1}])
def test_a_place_has_no_gaps(place: dict[str, int]) -> None:
    """A column without a line, or a line without a file, says nothing."""
    with pytest.raises(ValueError, match="a line needs its file"):
        Finding("R", Severity.INFO, "m", **place)  # type: ignore[arg-type]
