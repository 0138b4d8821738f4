"""All checks of a folder, in the order of the way from files to answers.

parse → vocabulary → queries → OWL profile → consistency → shapes → evidence → questions
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode

from kgserver.answers.opening import open_revision, read_library
from kgserver.check import evidence
from kgserver.check.coverage import coverage
from kgserver.check.finding import Finding, Severity, as_json, as_text, exit_code
from kgserver.check.gates import Gates
from kgserver.check.names import Spaces
from kgserver.check.placing import Located, finding
from kgserver.check.questions import check_cases
from kgserver.check.shapes import Engine, ShapeChecker
from kgserver.check.source import Locator, SourceTriple
from kgserver.check.targets import has_shape, reaches
from kgserver.check.vocabulary import check_vocabulary
from kgserver.errors import FolderError, KgError
from kgserver.files.folder import Folder
from kgserver.files.source import Source, read_source
from kgserver.files.turtle import TurtleFile, read_turtle
from kgserver.law.views import Record
from kgserver.law.worlds import Timeline, timeline
from kgserver.library import Library
from kgserver.store.build import prepare
from kgserver.terms import PREFIXES, RDFS, prok

__all__ = ["Report", "check", "validate"]

Say = Callable[[str], None]
TEXTS = "PROK_TEXTS"
"""Folders of the texts that passages are found in, joined by the system's path separator."""
DEFAULT_TEXTS = ("../shared/source", "../shared/law")


@dataclass
class Report:
    """What the checks found, and what they tell besides."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self, language: str) -> str:
        """Return findings, then notes, then the verdict, for a reader."""
        counts = Counter(str(one.severity) for one in self.findings)
        verdict = ", ".join(f"{counts[s]} {s}" for s in map(str, Severity) if counts[s])
        notes = "".join(f"{note}\n" for note in self.notes)
        return f"{as_text(self.findings, language)}{notes}{verdict or 'No findings.'}"

    def json(self, language: str) -> str:
        """Return the same as JSON."""
        told = as_json(self.findings, language) | {"notes": self.notes}
        return json.dumps(told, ensure_ascii=False, indent=1)

    def exit_code(self, fail_on: str) -> int:
        """Return 1 where a finding is as bad as `fail_on`, else 0."""
        return exit_code(self.findings, Severity(fail_on))


class _Places:
    """Where the triples of some files stand; looked up by several checks, so made once."""

    def __init__(self, files: Sequence[TurtleFile]) -> None:
        self.located = Located(_sources(files))
        self.columns = Locator(_texts(files))


def check(
    folder: Folder, say: Say, *, store: Path | None = None, entailments: bool = False
) -> Report:
    """Run every check over a folder; which revision is the current one stays as it is.

    Args:
        store: Where revisions are kept; None: the folder's own place.
        entailments: Whether HermiT is to judge also what the rule engine derives in each state.

    Raises:
        KgError: a file cannot be read, shapes are not well-formed, or an engine failed.
    """
    source = read_source(folder, say)
    report = Report()
    law = source.record()
    whole = timeline(law)
    places = _Places((*source.ontology, *source.data))
    say("Checking the vocabulary")
    report.findings += _vocabulary(folder, source)
    say("Judging the OWL 2 DL profile and the consistency of each state")
    _owl(source, law, whole, places, report, say if entailments else None)
    say(f"Checking shapes on the record and on {len(whole.states)} states")
    report.findings += _shapes(source, whole, places)
    say("Finding the passages in their texts")
    _evidence(source, report)
    say("Asking the competency questions")
    graph = open_revision(folder, prepare(folder, store), read_library(folder), workers=1)
    try:
        report.findings += check_cases(graph, folder.path)
    finally:
        graph.close()
    report.notes += [f"Coverage of {one.text()}" for one in coverage(source.asserted)]
    report.notes += _label_counts(source)
    return report


def validate(
    data: Sequence[Path], shapes: Sequence[Path], ontology: Sequence[Path], engine: Engine
) -> Report:
    """Check any Turtle files against any shapes.

    Raises:
        KgError: a file cannot be read, or the shapes are none or not well-formed.
    """
    files = [_read(path) for path in _turtle_files(data)]
    classes = [at.triple for path in _turtle_files(ontology) for at in _read(path).triples]
    rules = [_read(path) for path in _turtle_files(shapes)]
    ruling = _sources(rules)
    if not has_shape(source.triple for source in ruling):
        raise FolderError(
            f"No shape in {', '.join(map(str, shapes))}",
            hint="Name files that hold SHACL shapes (sh:NodeShape, sh:PropertyShape)",
        )
    checker = ShapeChecker(
        [source.triple for source in ruling], engine=engine, places=_places(ruling, rules)
    )
    sources = _sources(files)
    triples = [*(source.triple for source in sources), *classes]
    results = checker.check(triples)
    places = _Places(files)
    notes = [f"{len(files)} files, {len(sources)} triples, engine {checker.engine}"]
    if not reaches((source.triple for source in ruling), triples):
        notes.append("No rule found anything to check: no target of a shape is in these files")
    findings = [finding(result, places.located, places.columns) for result in results]
    return Report(findings, notes)


def _turtle_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files named, and those below the folders named.

    Raises:
        FolderError: a path does not exist, or a folder holds no Turtle.
    """
    found: list[Path] = []
    for path in paths:
        below = sorted(path.rglob("*.ttl")) if path.is_dir() else [path]
        if not path.exists() or not below:
            what = "holds no .ttl file" if path.exists() else "does not exist"
            raise FolderError(f"{path} {what}", hint="Name Turtle files or folders of them")
        found += below
    return found


def _read(path: Path) -> TurtleFile:
    here = Path.cwd()
    resolved = path.resolve()
    inside = resolved.is_relative_to(here)
    return read_turtle(path, (resolved.relative_to(here) if inside else Path(path.name)).as_posix())


def _sources(files: Sequence[TurtleFile]) -> list[SourceTriple]:
    return [SourceTriple(file.name, at.line, at.triple) for file in files for at in file.triples]


def _places(sources: Sequence[SourceTriple], files: Sequence[TurtleFile]) -> dict[str, str]:
    """Return where each named or nameless thing is first described, as file:line."""
    columns = Locator(_texts(files))
    places: dict[str, str] = {}
    for source in sources:
        node = source.triple.subject
        if isinstance(node, NamedNode | BlankNode) and node.value not in places:
            line, _ = columns.find(source.file, source.line, node.value)
            places[node.value] = f"{source.file}:{line}"
    return places


def _texts(files: Sequence[TurtleFile]) -> dict[str, str]:
    return {file.name: file.text for file in files}


def _vocabulary(folder: Folder, source: Source) -> Iterator[Finding]:
    files = (*source.ontology, *source.shapes, *source.data)
    queries = {folder.name(path): path.read_text("utf-8") for path in folder.queries}
    spaces = Spaces(things=folder.settings.base + "id/", others=frozenset(PREFIXES.values()))
    yield from check_vocabulary(_sources(files), queries, texts=_texts(files), spaces=spaces)
    for fault in Library.faults(folder.path / "queries", languages=folder.settings.languages):
        yield _fault("QueryLibrary", fault)


def _fault(rule: str, error: KgError) -> Finding:
    file, _, rest = (error.where or "").partition(":")
    line = rest.partition(":")[0]
    return Finding(
        rule,
        Severity.VIOLATION,
        error.message,
        file or None,
        int(line) if line.isdigit() else None,
        cure=error.hint,
    )


def _owl(
    source: Source,
    law: Record,
    whole: Timeline,
    places: _Places,
    report: Report,
    say: Say | None,
) -> None:
    """Judge profile and consistency; what the vocabulary check has told is not told again.

    Args:
        say: If given, HermiT also judges what the rule engine derives, and this tells of it.
    """
    undeclared = ("UndeclaredTerm", "UndeclaredExternalTerm")
    told = {one.focus for one in report.findings if one.rule in undeclared and one.focus}
    gates = Gates(places.located, places.columns, told)
    ends = {state.first: state.until for state in whole.states}
    cache = source.folder.path / "build" / "owl"
    gates.judge(source.schema, law, ends, cache)
    if say and not gates.findings:
        say("Comparing what follows in each state with what HermiT derives")
        gates.agree(source.schema, law, whole, cache)
    report.findings += gates.findings
    report.notes += gates.notes


def _shapes(source: Source, whole: Timeline, places: _Places) -> list[Finding]:
    rules = _sources(source.shapes)
    checker = ShapeChecker([r.triple for r in rules], places=_places(rules, source.shapes))
    results = {one.key(): one for one in checker.check(whole.record, on="record")}
    for state in whole.states:  # a fault of many states is told once
        view = whole.view(state.first).triples
        results |= {one.key(): one for one in checker.check(view, on="state")}
    return [finding(result, places.located, places.columns) for result in results.values()]


def text_folders(root: Path) -> list[Path]:
    """Return the folders of the texts: those of PROK_TEXTS, else two beside the graph's own."""
    given = os.environ.get(TEXTS)
    return [root / name for name in (given.split(os.pathsep) if given else DEFAULT_TEXTS)]


def _evidence(source: Source, report: Report) -> None:
    """Find each passage again, where its text is at hand; say so where it is not."""
    known = evidence.named_documents(source.asserted, text_folders(source.folder.path))
    if not known:
        report.notes.append(
            f"Passages were not looked up: set {TEXTS} to the folders that hold the texts "
            "(their file names stand in data/ as dct:identifier)"
        )
        return
    for message in evidence.misplaced(known, source.asserted):
        report.findings.append(Finding("PassageInText", Severity.VIOLATION, message))
    report.notes.append(f"Passages were looked up in {len(known)} texts")


def _label_counts(source: Source) -> Iterator[str]:
    """Tell how many names are official in each language, and how many are ours."""
    labels: Counter[str] = Counter()
    official: Counter[str] = Counter()
    for triple in source.asserted:  # each once
        if not isinstance(triple.object, Literal):
            continue
        if triple.predicate == NamedNode(RDFS + "label"):
            labels[triple.object.language or ""] += 1
        elif triple.predicate == prok("labelOfficialIn"):
            official[triple.object.value] += 1
    for language in sorted(labels):
        yield (
            f"Labels in {language}: {labels[language]}, of these {official[language]} seen in an "
            "official text, the others ours and unreviewed"
        )
