"""SPARQL cut into tokens, by the terminals of the grammar and nothing more.

Reading here is stricter than some engines: a string or an escape that is not well-formed is an
error at once, because an engine that goes on guessing could read the rest in another way.

Source: SPARQL 1.1 Query Language, sections 19.2 and 19.8; escapes as in SPARQL 1.2, which has
them inside strings and IRIs only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kgserver.errors import QuerySyntaxError

__all__ = ["Token", "decode_escapes", "place", "tokens"]


class Token(NamedTuple):
    """A terminal: `kind` is iri, string, blank, name, variable, language, number, word or mark."""

    kind: str
    text: str
    start: int


_LETTER = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_VARIABLE = f"_0-9\u00b7\u0300-\u036f\u203f\u2040{_LETTER}"
_CHAR = rf"\-{_VARIABLE}"
_HEX = "[0-9A-Fa-f]"
_ESCAPE = rf"\\u{_HEX}{{4}}|\\U{_HEX}{{8}}"
_IN_STRING = rf"\\[tbnrf\\\"']|{_ESCAPE}"
_IN_LOCAL = rf"[:{_CHAR}]|%{_HEX}{{2}}|\\[_~.\-!$&'()*+,;=/?#@%]"

# Possessive throughout, and a bounded prefix: the time to read stays linear in the text.
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>(?:[ \t\r\n]|\#[^\r\n]*+)++)
  | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*+>)
  | (?P<string>\"\"\"(?:\"{{0,2}}(?:[^\"\\]|{_IN_STRING}))*+\"\"\"
            | '''(?:'{{0,2}}(?:[^'\\]|{_IN_STRING}))*+'''
            | \"(?!\"\")(?:[^\"\\\r\n]|{_IN_STRING})*+\"
            | '(?!'')(?:[^'\\\r\n]|{_IN_STRING})*+')
  | (?P<blank>_:[_0-9{_LETTER}](?:[{_CHAR}]|\.++(?=[{_CHAR}]))*+)
  | (?P<name>(?:[{_LETTER}](?:[{_CHAR}]|\.++(?=[{_CHAR}])){{0,255}})?:
       (?:(?!-)(?:{_IN_LOCAL})++(?:\.++(?:{_IN_LOCAL})++)?+)?+)
  | (?P<variable>[?$][{_VARIABLE}]++)
  | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+)
  | (?P<number>(?:[0-9]++\.?[0-9]*|\.[0-9]++)[eE][+-]?[0-9]++|[0-9]*\.[0-9]++|[0-9]++)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*+)
  | (?P<mark>\|\||&&|\^\^|[^"'])
    """,
    re.VERBOSE | re.DOTALL,
)
_UNICODE: Final = re.compile(_ESCAPE)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text; white space and comments are left out.

    Raises:
        QuerySyntaxError: a string has no end or a wrong escape; an escape is no character.
    """
    end = 0
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None:
            raise QuerySyntaxError(
                "A string has no end, or a backslash in it escapes nothing",
                where=place(text, end),
                hint="Close it with the quotes it began with; write `\\\\` for a backslash",
            )
        start, end = end, match.end()
        kind = match.lastgroup or ""
        if kind in ("iri", "string"):
            _check_escapes(text, match)
        if kind != "space":
            yield Token(kind, match.group(), start)


def decode_escapes(text: str) -> str:
    """Return the text with each Unicode escape replaced by its character.

    Those that name no character are left as they are.
    """
    return _UNICODE.sub(lambda match: _character(match.group()) or match.group(), text)


def place(text: str, offset: int) -> str:
    """Return the line and column of an offset, both from 1.

    >>> place("ASK {\\n  ?s", 8)
    'line 2, column 3'
    """
    line_start = text.rfind("\n", 0, offset) + 1
    return f"line {text.count(chr(10), 0, offset) + 1}, column {offset - line_start + 1}"


def _check_escapes(text: str, match: re.Match[str]) -> None:
    for escape in _UNICODE.finditer(match.group()):
        # `\\u0041` is a backslash and four characters, not an escape.
        slashes = escape.start() - len(match.group()[: escape.start()].rstrip("\\"))
        if slashes % 2 == 0 and _character(escape.group()) is None:
            raise QuerySyntaxError(
                f"`{escape.group()}` is no character",
                where=place(text, match.start() + escape.start()),
                hint="Write the character itself; SPARQL has no surrogate pairs",
            )


def _character(escape: str) -> str | None:
    code = int(escape.lstrip("\\uU"), 16)
    return None if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)
