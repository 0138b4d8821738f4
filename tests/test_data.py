"""Every data file, one test each: add a file and it is tested."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from kgserver.check import evidence
from kgserver.check.run import TEXTS, Report, _evidence, text_folders
from kgserver.files.folder import Folder
from kgserver.files.source import read_source
from kgserver.files.turtle import TurtleFile, read_turtle
from kgserver.terms import OWL, PREFIXES, RDFS, TYPE, prok

ROOT = Path(__file__).parent.parent
DATA = sorted((ROOT / "data").rglob("*.ttl"))
STATEMENTS = [f"S{number:02}" for number in range(1, 69)]


def file_of(path: Path) -> TurtleFile:
    """Read a file under its name in the repository."""
    return read_turtle(path, path.relative_to(ROOT).as_posix())


def test_the_data_is_here() -> None:
    """The suite ran on files, not on an empty list."""
    assert len(DATA) >= 50


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_written_as_the_others_are(path: Path) -> None:
    """No blank nodes; a header with the graph's own name; comments in plain words."""
    file = file_of(path)
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    header = NamedNode(f"https://w3id.org/prok/graph/{name}")
    nodes = [end for at in file.triples for end in (at.triple.subject, at.triple.object)]

    assert not [node for node in nodes if isinstance(node, BlankNode)]
    assert [
        at.triple.subject for at in file.triples if at.triple.object == NamedNode(OWL + "Ontology")
    ] == [header]
    assert "# " in file.text


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_thing_is_described_in_one_file(path: Path) -> None:
    """What a file gives a type, no other file gives one."""
    typed = typed_in()
    mine = {
        at.triple.subject.value
        for at in file_of(path).triples
        if at.triple.predicate == TYPE and isinstance(at.triple.subject, NamedNode)
    }

    assert {iri: typed[iri] for iri in mine if len(typed[iri]) > 1} == {}


_TYPED: dict[str, set[str]] = defaultdict(set)


def typed_in() -> dict[str, set[str]]:
    """Return which files give a thing its type."""
    if not _TYPED:
        for path in DATA:
            for at in file_of(path).triples:
                if at.triple.predicate == TYPE and isinstance(at.triple.subject, NamedNode):
                    _TYPED[at.triple.subject.value].add(path.name)
    return _TYPED


def test_every_statement_of_the_source_is_encoded_or_a_remark() -> None:
    """All 68 statements stand in the data, each with an encoding or with a reason for none."""
    encoded: dict[str, set[str]] = defaultdict(set)
    numbers: dict[str, str] = {}
    for path in (ROOT / "data" / "source").glob("statements-*.ttl"):
        for at in file_of(path).triples:
            subject = str(at.triple.subject)
            if at.triple.predicate == prok("statementNumber"):
                assert isinstance(at.triple.object, Literal)
                numbers[at.triple.object.value] = subject
            elif at.triple.predicate in (prok("encodedBy"), prok("remark")):
                encoded[subject].add(at.triple.predicate.value.rpartition("#")[2])

    assert sorted(numbers) == STATEMENTS
    assert {n for n, subject in numbers.items() if len(encoded[subject]) != 1} == set()


def test_labels_are_written_in_their_own_script() -> None:
    """A Russian or Kazakh label has Cyrillic letters, an English one none outside «»."""
    wrong = []
    for path in DATA:
        for at in file_of(path).triples:
            label = at.triple.object
            if at.triple.predicate == NamedNode(RDFS + "label") and isinstance(label, Literal):
                text = label.value
                if label.language == "en":
                    text = text.partition("«")[0] + text.rpartition("»")[2]
                has_cyrillic = any("а" <= letter.lower() <= "ӿ" for letter in text)
                if has_cyrillic != (label.language != "en"):
                    wrong.append((path.name, at.line, label.value))
    assert wrong == []


def test_passages_stand_in_their_texts() -> None:
    """Each passage is found in its text by digest, offsets and words.

    The texts are found by PROK_TEXTS, folders joined by the path separator.
    """
    known = evidence.documents(ROOT / "data", *text_folders(ROOT))
    if not known:
        pytest.skip(f"no texts; name their folders in {TEXTS}")
    triples = [at.triple for path in DATA for at in file_of(path).triples]

    assert list(evidence.misplaced(known, triples)) == []
    assert len(known) >= 2


def test_a_moved_passage_is_found_out(tmp_path: Path) -> None:
    """The check of passages fails where the text is another than the one read."""
    (tmp_path / "text-ru.md").write_text(
        "[ru 9] Прокуратура подотчетна лишь Президенту.\n", "utf-8"
    )
    known = evidence.documents(ROOT / "data", tmp_path)
    triples = [at.triple for path in DATA for at in file_of(path).triples]

    assert any("digest" in message for message in evidence.misplaced(known, triples))


def test_words_are_located() -> None:
    """Words are found once, with offsets in the normalised paragraph."""
    paragraphs = {3: evidence.normalise("  подотчетна \n лишь   Президенту ")}
    known = {"d": evidence.Document("d", "ru", paragraphs)}

    place = evidence.locate(known, "d", "", "лишь Президенту")

    assert (place.paragraph, place.start, place.end) == (3, 11, 26)
    assert place.digest == evidence.digest("подотчетна лишь Президенту")
    assert "oa:start 11" in evidence.turtle("x", place)


@pytest.mark.parametrize(
    ("document", "words", "reason"),
    [
        ("d", "нет такого", "0 times"),
        ("d", "а", "2 times"),
        ("other", "а", "no text"),
        ("d", " ".join("а" * 13), "13 words"),
    ],
)
def test_words_that_anchor_nothing_are_refused(document: str, words: str, reason: str) -> None:
    """Words that stand nowhere, in two places, or are too many, are no anchor."""
    known = {"d": evidence.Document("d", "ru", {1: "а б а"})}

    with pytest.raises(evidence.EvidenceError, match=reason):
        evidence.locate(known, document, "", words)


def test_the_ids_are_in_the_id_space() -> None:
    """Every thing of the data has an IRI that the server answers."""
    odd = [
        iri
        for iri in typed_in()
        if not iri.startswith((PREFIXES["id"], "https://w3id.org/prok/graph/"))
    ]

    assert odd == []


ANCHOR = [sys.executable, str(ROOT / "tools" / "anchor.py")]


@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), ([], 2), (["x", "none.tsv"], 2)])
def test_the_anchor_tool_tells_how_it_is_used(words: list[str], code: int) -> None:
    """No traceback; `--help` tells the table's form."""
    result = subprocess.run([*ANCHOR, *words], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == code and "Traceback" not in result.stderr
    if not code:
        assert "slug<TAB>document<TAB>paragraph<TAB>words" in result.stdout


def test_the_anchor_tool_names_bad_lines(tmp_path: Path) -> None:
    """A line that is no row of the table is told by its number; the others are tried."""
    table = tmp_path / "table.tsv"
    table.write_text("# remark\none\nslug\tdocument/none\tx\twords\n", "utf-8")

    result = subprocess.run([*ANCHOR, tmp_path, table], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 1
    assert result.stderr.count("slug<TAB>document") == 2 and ":2: " in result.stderr


def test_check_tells_how_texts_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no text is at hand, the note says what to set to what."""
    monkeypatch.setenv(TEXTS, str(tmp_path))
    report = Report()

    _evidence(read_source(Folder(ROOT)), report)

    assert report.findings == []
    assert report.notes == [
        "Passages were not looked up: set PROK_TEXTS to the folders that hold the texts "
        "(their file names stand in data/ as dct:identifier)"
    ]
