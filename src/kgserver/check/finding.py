"""One finding of a check: what is wrong, where, how bad it is and how to mend it.

All checks yield findings of this one kind, and all outputs are made from them alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering
from pathlib import PurePosixPath

from kgserver.near import harmless
from kgserver.terms import LANGUAGES

__all__ = ["Finding", "Severity", "Text", "as_json", "as_text", "exit_code"]

Text = str | Mapping[str, str]
"""Words for a reader: one text for all, or one per language."""


class Severity(StrEnum):
    """How bad a finding is; the order is by what it forbids."""

    VIOLATION = "violation"
    """May not be merged."""
    WARNING = "warning"
    """To be mended before a release."""
    INFO = "info"
    """A wish."""

    def reaches(self, threshold: Severity) -> bool:
        """Tell whether this is as bad as the threshold, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(threshold)


@total_ordering
@dataclass(frozen=True)
class Finding:
    """What one rule found in one place. Findings sort by file, line and rule.

    Raises:
        ValueError: the file is not a path within the folder, written with slashes, or a line
            has no file, or a column no line.
    """

    rule: str
    severity: Severity
    message: Text
    file: str | None = None
    """From the folder of the graph; None if the finding is about the graph as a whole."""
    line: int | None = None
    column: int | None = None
    """In characters, from 1, like the line."""
    cure: Text | None = None
    focus: str | None = None
    """The IRI of the thing that is wrong."""

    def __post_init__(self) -> None:
        if self.file is not None:
            path = PurePosixPath(self.file)
            windows = "\\" in self.file or self.file[1:2] == ":"
            if not self.file or path.is_absolute() or ".." in path.parts or windows:
                raise ValueError(f"not a path within the folder: {self.file!r}")
        if (self.file is None and self.line) or (self.line is None and self.column):
            raise ValueError("a line needs its file, a column its line")

    def __lt__(self, other: Finding) -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[object, ...]:
        place = (self.file or "", self.line or 0, self.rule, self.column or 0)
        return (*place, self.focus or "", words(self.message, ""))

    def place(self) -> str:
        """Return file:line:column as far as they are known; empty for the graph as a whole."""
        known = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(known)


def words(text: Text | None, language: str) -> str:
    """Return a text in a language, or in the first one that it has."""
    if text is None or isinstance(text, str):
        return text or ""
    order = (language, *LANGUAGES, *text)
    return next((text[tag] for tag in order if tag in text), "")


def as_text(findings: Iterable[Finding], language: str = "en") -> str:
    """Return findings in their order, one line each, and a line with the cure.

    Control characters, which data may bring, are shown as escapes.
    """
    lines = []
    for finding in sorted(findings):
        place = f"{finding.place()}: " if finding.file else ""
        message = harmless(" ".join(words(finding.message, language).split()))
        lines.append(f"{harmless(place)}{finding.severity} {finding.rule}: {message}")
        if cure := words(finding.cure, language):
            lines.append(f"hint: {harmless(' '.join(cure.split()))}")
    return "".join(f"{line}\n" for line in lines)


def as_json(findings: Iterable[Finding], language: str = "en") -> dict[str, object]:
    """Return findings in their order, and how many there are of each severity, for `json.dump`.

    A finding has all its keys always; what is not known is null.
    """
    rows = sorted(findings)
    counts = Counter(finding.severity for finding in rows)
    return {
        "findings": [
            {
                "rule": finding.rule,
                "severity": str(finding.severity),
                "message": words(finding.message, language),
                "file": finding.file,
                "line": finding.line,
                "column": finding.column,
                "cure": words(finding.cure, language) or None,
                "focus": finding.focus,
            }
            for finding in rows
        ],
        "counts": {str(severity): counts[severity] for severity in Severity},
    }


def exit_code(findings: Iterable[Finding], threshold: Severity = Severity.VIOLATION) -> int:
    """Return 1 if a finding is at or above the threshold, else 0."""
    return int(any(finding.severity.reaches(threshold) for finding in findings))
