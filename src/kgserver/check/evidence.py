"""Passages: where a thing was read, found again in the text by digest, offsets and words.

A passage names a document, the number of a paragraph, the SHA-256 of that paragraph (Unicode
form NFC, white space collapsed to single blanks), the offsets of a few anchoring words in it,
and the words themselves. Offsets count code points of the normalised paragraph, from 0, end
exclusive (Web Annotation Data Model, TextPositionSelector and TextQuoteSelector).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kgserver.terms import DCT, OA, PREFIXES, PROK

MAX_WORDS = 12
_NUMBERED = re.compile(r"^\[\w\w (\d+)\] ?")


class EvidenceError(Exception):
    """A passage that its text does not bear out; the message says which and why."""


def normalise(text: str) -> str:
    """Return the text in form NFC with white space collapsed to single blanks.

    >>> normalise("  Прокуратура\\n подотчетна ")
    'Прокуратура подотчетна'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(paragraph: str) -> str:
    """Return the SHA-256 of a normalised paragraph, in hexadecimal."""
    return hashlib.sha256(paragraph.encode()).hexdigest()


@dataclass(frozen=True)
class Document:
    """A text that was read, by paragraph number; the paragraphs are normalised."""

    iri: str
    language: str
    paragraphs: Mapping[int, str]


@dataclass(frozen=True)
class Place:
    """Where words stand: document, paragraph number, digest, offsets and the words."""

    document: str
    language: str
    paragraph: int
    digest: str
    start: int
    end: int
    words: str


def read(iri: str, language: str, path: Path) -> Document:
    """Return the document in the file, whose paragraphs are its lines.

    A line that begins with `[ru 7]` has that number, else its number is that of the line;
    lines that begin with `# ` say where the copy is from and are no part of the text.
    """
    paragraphs: dict[int, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        mark = _NUMBERED.match(line)
        text = normalise(line[mark.end() :] if mark else line)
        paragraphs[int(mark[1]) if mark else number] = text
    return Document(iri, language, paragraphs)


def text_files(triples: Iterable[Triple]) -> dict[str, tuple[str, str]]:
    """Return document IRI → (name of its text file, language), as the data tell it."""
    names: dict[str, str] = {}
    languages: dict[str, str] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, Literal):
            if triple.predicate.value == DCT + "identifier":
                names[triple.subject.value] = triple.object.value
            elif triple.predicate.value == DCT + "language":
                languages[triple.subject.value] = triple.object.value
    return {iri: (name, languages.get(iri, "")) for iri, name in names.items()}


def documents(data: Path, *folders: Path) -> dict[str, Document]:
    """Return the documents that `data` names and whose text stands in one of the folders."""
    triples = [
        Triple(quad.subject, quad.predicate, quad.object)
        for path in sorted(data.rglob("*.ttl"))
        for quad in parse(path=path, format=RdfFormat.TURTLE)
    ]
    return named_documents(triples, folders)


def named_documents(triples: Iterable[Triple], folders: Iterable[Path]) -> dict[str, Document]:
    """Return the documents that triples name and whose text stands in one of the folders."""
    found = {}
    places = list(folders)
    for iri, (name, language) in text_files(triples).items():
        for folder in places:
            if (folder / name).is_file():
                found[iri] = read(iri, language, folder / name)
                break
    return found


def locate(known: Mapping[str, Document], iri: str, paragraph: str, words: str) -> Place:
    """Return the one place where the words stand in the document.

    Raises:
        EvidenceError: no such document or paragraph; the words stand nowhere, in several
            places, or are more than twelve.
    """
    document = known.get(iri)
    if document is None:
        raise EvidenceError(f"no text for the document {iri}")
    words = normalise(words)
    if len(words.split()) > MAX_WORDS:
        raise EvidenceError(f"{len(words.split())} words: anchor a passage by at most {MAX_WORDS}")
    numbers = [int(paragraph)] if paragraph else list(document.paragraphs)
    hits = [
        (number, match.start())
        for number in numbers
        for match in re.finditer(re.escape(words), document.paragraphs.get(number, ""))
    ]
    if len(hits) != 1:
        where = f"paragraph {paragraph}" if paragraph else "the whole text"
        raise EvidenceError(f"«{words}» stands {len(hits)} times in {where} of {iri}")
    number, start = hits[0]
    text = document.paragraphs[number]
    return Place(iri, document.language, number, digest(text), start, start + len(words), words)


def turtle(slug: str, place: Place) -> str:
    """Return the passage as a block of Turtle, in the form of the data files."""
    document = place.document.removeprefix(PREFIXES["id"])
    words = place.words.replace("\\", "\\\\").replace('"', '\\"')
    return f"""<passage/{slug}>
    a prok:Passage ;
    prok:inDocument <{document}> ;
    prok:paragraphNumber {place.paragraph} ;
    prok:paragraphDigest "{place.digest}" ;
    oa:start {place.start} ;
    oa:end {place.end} ;
    oa:exact "{words}"@{place.language} .
"""


def misplaced(known: Mapping[str, Document], triples: Iterable[Triple]) -> Iterator[str]:
    """Yield a message for each passage that its text does not bear out.

    Passages of documents whose text is not at hand are passed over.
    """
    fields: dict[str, dict[str, str]] = {}
    for triple in triples:
        value = triple.object.value if isinstance(triple.object, Literal | NamedNode) else ""
        if isinstance(triple.subject, NamedNode):
            fields.setdefault(triple.subject.value, {})[triple.predicate.value] = value
    for iri, field in sorted(fields.items()):
        document = known.get(field.get(PROK + "inDocument", ""))
        if document is None:
            continue
        text = document.paragraphs.get(int(field[PROK + "paragraphNumber"]), "")
        start, end = int(field[OA + "start"]), int(field[OA + "end"])
        if digest(text) != field[PROK + "paragraphDigest"]:
            yield f"{iri}: the paragraph is not the one that was read (its digest differs)"
        elif text[start:end] != field[OA + "exact"]:
            yield f"{iri}: the words do not stand at {start} to {end}"
