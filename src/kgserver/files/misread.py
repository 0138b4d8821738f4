"""What a file is told that cannot be read as Turtle 1.1: where it goes wrong, and the cure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kgserver.errors import DataSyntaxError
from kgserver.near import harmless, nearest
from kgserver.terms import PREFIXES

CURES: Final = {
    "No scheme": "Write the whole IRI, or a prefixed name without angle brackets",
    "dot": "End the statement before this place with a full stop",
    "Unexpected end": "End the last statement with a full stop",
    "Line jumps": 'Close the quotation mark, or use """ around a text of several lines',
    "Invalid IRI": "Percent-encode what an IRI may not hold: a space is %20",
    "is not a valid": "Prefix the name (prok:Act), or put a text into quotation marks",
}


def decode(content: bytes, name: str) -> str:
    """Return the text of a file.

    What editors do to files is refused by its name; the parser would only stumble on it.

    Raises:
        DataSyntaxError: it is not UTF-8, or has a byte order mark or a NUL character.
    """
    again = "Save the file as UTF-8 without byte order mark"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataSyntaxError("The file is UTF-16", where=f"{name}:1:1", hint=again)
    if content.startswith(b"\xef\xbb\xbf"):
        mark = "The file begins with a byte order mark"
        raise DataSyntaxError(mark, where=f"{name}:1:1", hint=again)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        where = _place(name, content[: error.start].decode("utf-8"))
        byte = f"The byte 0x{content[error.start]:02X} is not UTF-8"
        raise DataSyntaxError(byte, where=where, hint=again) from None
    if "\0" in text:
        where = _place(name, text[: text.index("\0")])
        raise DataSyntaxError("A NUL character", where=where, hint="Remove it; it is no text")
    return text


def _place(name: str, before: str) -> str:
    return f"{name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def not_turtle_11(what: str, name: str, line: int) -> DataSyntaxError:
    """Return the error for what only later Turtle can say."""
    return DataSyntaxError(
        what, where=f"{name}:{line}", hint="Keep to Turtle 1.1, which every tool reads"
    )


def syntax_error(error: SyntaxError, name: str, declared: Mapping[str, str]) -> DataSyntaxError:
    """Return the parser's complaint in our words, with its place and a cure."""
    said = harmless(re.sub(r"^Parser error at .*?: (?=\S)", "", error.msg, count=1)[:200])
    where = f"{name}:{error.lineno or 1}:{error.offset or 1}"
    unknown = re.match(r"The prefix (\S*): has not been declared", said)
    if unknown:
        return DataSyntaxError(
            f"The prefix `{unknown[1]}:` is not declared",
            where=where,
            hint=_prefix_cure(unknown[1], declared),
        )
    cure = next((cure for sign, cure in CURES.items() if sign in said), None)
    usual = "Look just before this place for a missing `.`, `;` or `,`"
    return DataSyntaxError(f"Not Turtle: {said}", where=where, hint=cure or usual)


def _prefix_cure(prefix: str, declared: Mapping[str, str]) -> str:
    if prefix in PREFIXES:
        return f"Add `@prefix {prefix}: <{PREFIXES[prefix]}> .` at the top"
    near = nearest(prefix, [*declared, *PREFIXES])
    cure = f"dd `@prefix {prefix}: <…> .` at the top"
    return f"Did you mean `{near}:`? Else a{cure}" if near else f"A{cure}"
