"""The documents do not lie: their commands are run, their links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
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
