"""Where in the files a result of SHACL stands, and the finding it makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode, Triple

from kgserver.check.engines import Result
from kgserver.check.finding import Finding, Severity
from kgserver.check.source import Locator, SourceTriple
from kgserver.terms import SH, TYPE, shorten

__all__ = ["Located", "finding", "place"]

SEVERITIES: Final = {
    "Violation": Severity.VIOLATION,
    "Warning": Severity.WARNING,
    "Info": Severity.INFO,
}


class Located:
    """Triples of the files by what they say and of whom."""

    def __init__(self, triples: Iterable[SourceTriple]) -> None:
        self.subject: Final[defaultdict[object, list[SourceTriple]]] = defaultdict(list)
        self.object: Final[defaultdict[object, list[SourceTriple]]] = defaultdict(list)
        for source in triples:
            self.subject[source.triple.subject].append(source)
            self.object[source.triple.object].append(source)

    def near(self, triple: Triple) -> SourceTriple | None:
        """Return where a triple stands, or else the first one of its subject; None if nowhere."""
        own = self.subject.get(triple.subject, [])
        return next((source for source in own if source.triple == triple), next(iter(own), None))


def place(result: Result, located: Located) -> SourceTriple | None:
    """Return the triple of the files that a result is about, or the nearest one that there is.

    In this order: the focus with that property and value; the last one of the focus with that
    property; what gives the focus its type; its first triple; the first that names it. A triple
    that the build derived stands in no file, so its subject's stand for it. None if the files do
    not know the thing at all.
    """
    own = located.subject.get(result.focus, [])
    on_path = [source for source in own if source.triple.predicate in result.path]
    exact = [source for source in on_path if source.triple.object == result.value]
    back = [
        source
        for source in located.object.get(result.focus, [])
        if source.triple.predicate in result.path and source.triple.subject == result.value
    ]
    same = [source for source in own if source.triple.object == result.value]
    typed = [source for source in own if source.triple.predicate == TYPE]
    named = located.object.get(result.focus, [])
    for candidates in (exact, back, same, on_path[-1:], typed, own, named):
        if candidates:
            return candidates[0]
    return None


def finding(result: Result, located: Located, columns: Locator | None = None) -> Finding:
    """Make a finding of a result; a shape without a message gets one that tells what failed.

    Args:
        columns: Finds the column of the property, or of the value, on its line.
    """
    at = place(result, located)
    return Finding(
        rule=_local(result.rule),
        severity=SEVERITIES.get(result.severity, Severity.VIOLATION),
        message=dict(result.messages) if any(result.messages) else _told(result),
        file=at.file if at else None,
        line=at.line if at else None,
        column=column_of(at, columns) if at and columns else None,
        focus=result.focus.value if isinstance(result.focus, NamedNode) else _holder(at),
    )


def column_of(at: SourceTriple, columns: Locator) -> int | None:
    """Return where on its line a triple shows its property, else its value, else its subject."""
    names = (at.triple.predicate, at.triple.object, at.triple.subject)
    found = (columns.find(at.file, at.line, n.value) for n in names if isinstance(n, NamedNode))
    return next((column for line, column in found if line == at.line and column), None)


def _told(result: Result) -> str:
    if text := result.messages.get(""):
        return text
    what = result.component.removeprefix(SH).removesuffix("ConstraintComponent")
    path = " on " + ", ".join(shorten(step.value) for step in result.path) if result.path else ""
    value = "" if result.value is None else f": {result.value}"
    return f"{what}{path}{value}"


def _local(rule: str) -> str:
    return rule.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or rule


def _holder(at: SourceTriple | None) -> str | None:
    """Return the IRI of a named thing beside a focus that has none."""
    subject = at.triple.subject if at else None
    return subject.value if isinstance(subject, NamedNode) else None
