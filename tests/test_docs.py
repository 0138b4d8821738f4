"""The documents do not lie: their commands are run, their links lead somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import Literal

from kgserver.check.shapes import ShapeChecker
from kgserver.files.folder import Folder
from kgserver.files.source import read_source
from kgserver.law.worlds import Timeline, timeline

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TURTLE = re.compile(r"^```turtle\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(path: Path) -> list[tuple[str, list[str]]]:
    """Return the commands of a document with the lines that it shows of their output."""
    found: list[tuple[str, list[str]]] = []
    for block in CONSOLE.findall(path.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            elif line.strip():
                found[-1][1].append(line)
    return found


RUN = [(path.name, *one) for path in DOCUMENTS for one in commands(path)]


def test_the_documents_show_commands() -> None:
    """The suite ran on commands, not on an empty list."""
    assert len(RUN) >= 4


@pytest.mark.parametrize(("name", "command", "shown"), RUN, ids=lambda value: str(value)[:60])
def test_a_command_prints_what_is_shown(name: str, command: str, shown: list[str]) -> None:
    """Each shown line stands in the output, blanks aside."""
    program, *arguments = command.split()
    assert program == "kgserver"
    done = subprocess.run(
        [sys.executable, "-m", "kgserver", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    output = " ".join(done.stdout.split())
    for line in shown:
        assert " ".join(line.split()) in output


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    """A link inside the repository names a file that is there."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_the_changelog_tells_of_this_version() -> None:
    """The version of the package has its words."""
    from kgserver import __version__

    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_example_of_the_manual_is_law(tmp_path: Path) -> None:
    """The worked example, put into a copy of the folder, keeps every shape and answers."""
    (example,) = TURTLE.findall((ROOT / "docs" / "manual.md").read_text("utf-8"))
    copied = tmp_path / "copy"
    for part in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / part, copied / part)
    shutil.copy(ROOT / "kg.toml", copied)
    (copied / "data/acts/demo-2027.ttl").write_text(example, "utf-8")
    source = read_source(Folder(copied))
    whole = timeline(source.record())
    checker = ShapeChecker([at.triple for file in source.shapes for at in file.triples])

    assert checker.check(whole.record, on="record") == []
    assert checker.check(whole.view(date(2027, 6, 1)).triples, on="state") == []
    assert "Seven years (demo)" in _literals(whole, date(2027, 6, 1))
    assert "Seven years (demo)" not in _literals(whole, date(2027, 5, 31))


def _literals(whole: Timeline, day: date) -> set[str]:
    """Return the texts of a view."""
    return {t.object.value for t in whole.view(day).triples if isinstance(t.object, Literal)}
