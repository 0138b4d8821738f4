"""The tokens that Turtle and SPARQL share: where names, strings and comments stand in a text.

No parser: a text that is not well-formed gives some tokens and no error. Use it to find places
in texts that a parser has read, or to look at a text without being misled by its strings.

Source: RDF 1.1 Turtle, section 6.5; SPARQL 1.1 Query Language, section 19.8.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

__all__ = ["Name", "Places", "mask", "names"]

_ESCAPED = r"(?:%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%])"
_TOKEN = re.compile(
    rf"""
    (?P<comment>\#[^\n]*)
  | (?P<string>
        \"{{3}}(?:[^"\\]|\\.|"(?!""))*\"{{3}} | '{{3}}(?:[^'\\]|\\.|'(?!''))*'{{3}}
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
  | (?P<iri><[^<>"{{}}|^`\x00-\x20]*>)
  | (?P<at>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<variable>[?$]\w+)
  | (?P<blank>_:[\w.\-]*\w)
  | (?P<pname>
        (?P<prefix>[^\W\d_](?:[\w.\-]*[\w\-])?)?:
        (?P<local>(?:[\w:]|{_ESCAPED})(?:(?:[\w:.\-]|{_ESCAPED})*(?:[\w:\-]|{_ESCAPED}))?)?)
  | (?P<word>\w+)
  | (?P<other>\\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_HIDDEN = {"string", "iri", "at"}


@dataclass(frozen=True, slots=True)
class Name:
    """An IRI or a prefixed name, where a text uses it (not where it declares a prefix)."""

    written: str
    iri: str | None
    """None if the text declares no such prefix."""
    start: int
    """Characters before it."""

    @property
    def prefix(self) -> str | None:
        """The prefix as written, without its colon; None for an IRI in angle brackets."""
        return None if self.written.startswith("<") else self.written.partition(":")[0]


class Places:
    """Line and column, both from 1 and in characters, of each offset in a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._length = len(text)

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def end(self, line: int) -> int:
        """Return the offset of the first character after a line; the text's end for later lines."""
        return self._starts[line] if line < len(self._starts) else self._length


def names(text: str, prefixes: Mapping[str, str] | None = None) -> Iterator[Name]:
    """Yield each name that a Turtle or SPARQL text uses, in order; strings and comments aside.

    Args:
        prefixes: What is declared before the text begins.
    """
    known = dict(prefixes or {})
    base = ""
    declaring = ""
    for found in _TOKEN.finditer(text):
        kind, written = found.lastgroup, found[0]
        if kind in ("word", "at") and written.lstrip("@").lower() in ("prefix", "base"):
            declaring = ":" if written.lower().endswith("prefix") else "base"
        elif kind == "pname" and declaring == ":":
            declaring = written
        elif kind == "iri" and declaring.endswith(":"):
            known[declaring[:-1]] = _resolve(base, written[1:-1])
            declaring = ""
        elif kind == "iri" and declaring == "base":
            base = _resolve(base, written[1:-1])
            declaring = ""
        elif kind == "iri":
            yield Name(written, _resolve(base, written[1:-1]), found.start())
        elif kind == "pname":
            namespace = known.get(found["prefix"] or "")
            local = re.sub(r"\\(.)", r"\1", found["local"] or "")
            iri = None if namespace is None else namespace + local
            yield Name(written, iri, found.start())


def _resolve(base: str, iri: str) -> str:
    """Return an IRI, resolved against the base if it is relative; empty fragments stay."""
    if not base or re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", iri):
        return iri
    return urljoin(base, iri) + ("#" if iri.endswith("#") else "")


def mask(text: str) -> str:
    """Return the text with equal length and lines, but comments, strings and IRIs blanked.

    What is left of keywords and braces is what the parser sees as such.

    >>> mask('SELECT ?x { ?x ?y "}" } # ORDER BY')
    'SELECT ?x { ?x ?y ___ }           '
    """

    def blank(found: re.Match[str]) -> str:
        if found.lastgroup == "comment":
            return " " * len(found[0])
        return re.sub(r"[^\n]", "_", found[0]) if found.lastgroup in _HIDDEN else found[0]

    return _TOKEN.sub(blank, text)
