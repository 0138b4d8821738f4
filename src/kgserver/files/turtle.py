"""Read one Turtle file: its triples, the line of each, and where it is not Turtle.

pyoxigraph's parser asks for bytes only when it needs more and gives each triple as soon as it is
complete. So a stream that hands out one line per read knows the line on which a triple ended.
That is observed behaviour, not a promise of the library: the tests pin it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuadParser, RdfFormat, Triple, parse

from kgserver.errors import DataSyntaxError, VocabularyError
from kgserver.files.misread import decode, not_turtle_11, syntax_error
from kgserver.terms import PREFIXES, XSD

STRING: Final = NamedNode(XSD + "string")
DATE: Final = NamedNode(XSD + "date")

Object = NamedNode | BlankNode | Literal


@dataclass(frozen=True, slots=True)
class Located:
    """A triple and the line, counted from 1, on which its object ends in the file."""

    triple: Triple
    line: int


@dataclass(frozen=True)
class TurtleFile:
    """A parsed file; `name` is what messages call it."""

    name: str
    text: str
    triples: tuple[Located, ...]
    prefixes: Mapping[str, str]


def read_turtle(path: Path, name: str) -> TurtleFile:
    """Parse a Turtle 1.1 file that lies in UTF-8.

    Blank nodes get labels that are their own in the whole folder and the same at each reading.

    Raises:
        DataSyntaxError: it cannot be read, is not UTF-8, is not Turtle, or states nothing;
            `where` is name:line:column.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataSyntaxError(f"Cannot be read: {error.strerror}", where=name) from None
    return parse_turtle(content, name)


def parse_turtle(content: bytes, name: str) -> TurtleFile:
    """Parse the bytes of a Turtle file; as `read_turtle`."""
    text = decode(content, name)
    feed = _LineFeed(content)
    parser = parse(cast(IO[bytes], feed), format=RdfFormat.TURTLE)
    try:
        triples = tuple(_located(parser, feed, name))
    except SyntaxError as error:
        raise syntax_error(error, name, parser.prefixes) from None
    if not triples:
        raise DataSyntaxError(
            "The file states nothing", where=name, hint="Add a statement or remove the file"
        )
    return TurtleFile(name, text, triples, dict(parser.prefixes))


def check_prefixes(file: TurtleFile) -> None:
    """Hold a file to the common meaning of the common prefixes.

    Raises:
        VocabularyError: a prefix of `terms.PREFIXES` stands for another namespace.
    """
    for prefix, namespace in file.prefixes.items():
        if namespace != PREFIXES.get(prefix, namespace):
            declared = re.search(rf"(?im)^\s*@?prefix\s+{re.escape(prefix)}:", file.text)
            line = file.text.count("\n", 0, declared.end()) + 1 if declared else 1
            raise VocabularyError(
                f"The prefix `{prefix}:` stands for <{namespace}>",
                where=f"{file.name}:{line}",
                hint=f"Everywhere in the graph `{prefix}:` is <{PREFIXES[prefix]}>; take another",
            )


def check_dates(file: TurtleFile) -> None:
    """Hold a file to dates that exist.

    Raises:
        DataSyntaxError: an xsd:date is no day of the calendar, or is outside the years 1 to 9999.
    """
    for at in file.triples:
        value = at.triple.object
        if isinstance(value, Literal) and value.datatype == DATE and read_date(value) is None:
            raise DataSyntaxError(
                f"`{value.value}` is no date",
                where=f"{file.name}:{at.line}",
                hint='Write a day that exists, as year, month, day: "2016-02-29"^^xsd:date',
            )


def read_date(term: object) -> date | None:
    """Return the day that an xsd:date names (its time zone, if any, left aside), else None.

    Source: XML Schema Part 2, section 3.3.9.
    """
    if not isinstance(term, Literal) or term.datatype != DATE:
        return None
    shape = re.fullmatch(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?", term.value, re.ASCII)
    try:
        return date.fromisoformat(shape[1]) if shape else None
    except ValueError:
        return None


class _LineFeed(io.RawIOBase):
    """Hands out at most one line per read and counts the lines."""

    def __init__(self, content: bytes) -> None:
        self.lines: Final = io.BytesIO(content).readlines()
        self.line = 0
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest and self.line < len(self.lines):
            self._rest = self.lines[self.line]
            self.line += 1
        end = len(self._rest) if size < 0 else size
        given, self._rest = self._rest[:end], self._rest[end:]
        return given


def _located(parser: QuadParser, feed: _LineFeed, name: str) -> Iterator[Located]:
    unique = sha256(name.encode()).hexdigest()[:8]
    labels: dict[BlankNode, BlankNode] = {}

    def own(node: BlankNode) -> BlankNode:
        return labels.setdefault(node, BlankNode(f"f{unique}n{len(labels)}"))

    settled = 0  # up to this line no plain string can still be waiting for its triple
    for quad in parser:
        assert isinstance(quad, Quad)
        subject, value = quad.subject, quad.object
        if isinstance(subject, Triple) or isinstance(value, Triple):
            raise not_turtle_11("A triple stands where a thing should", name, feed.line)
        line = feed.line
        if isinstance(value, Literal):
            if value.direction is not None:
                raise not_turtle_11("A text has a base direction", name, feed.line)
            if value.datatype == STRING:
                line = _string_line(value.value, feed.lines, feed.line, settled)
                settled = feed.line
        elif isinstance(value, BlankNode):
            value = own(value)
        if isinstance(subject, BlankNode):
            subject = own(subject)
        yield Located(Triple(subject, quad.predicate, value), line)


CLOSING: Final = re.compile(r"""(["'])(?=\s*(?:\#.*)?$)""")


def _string_line(value: str, lines: list[bytes], line: int, settled: int) -> int:
    """Return the line where a plain string ends, given the line read when its triple came.

    Whether `@en` or `^^` follows, the parser learns from the next token only. So a string alone
    at the end of its line comes when a later line has been read: step back to the last line
    that says anything, if that ends with this very string and its triple is still due.
    """
    before = line - 1
    while before > settled and lines[before - 1].strip()[:1] in (b"", b"#"):
        before -= 1
    if before < max(settled, 1):
        return line
    return before if _ends_with(lines[before - 1].decode(), value) else line


def _ends_with(text: str, value: str) -> bool:
    """Tell whether a line ends, but for a comment, with this string or with its last line."""
    last = value.rsplit("\n", 1)[-1]
    for closing in CLOSING.finditer(text):
        for length in (1, 3):
            said = _unescape(text[: closing.end() - length])
            if said.endswith(closing[1] + value):
                return True
            if last != value and said.rsplit("\n", 1)[-1] == last:
                return True
    return False


def _unescape(text: str) -> str:
    plain = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}

    def one(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        return chr(int(code, 16)) if code else plain.get(escape[3], escape[3])

    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", one, text)
