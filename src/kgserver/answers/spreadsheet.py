"""Rows for a spreadsheet: CSV that opens with its letters right and runs nothing.

The standard's CSV carries values as they are, which is right for programs; a spreadsheet takes a
value that begins with `=` for a formula, needs a mark to know UTF-8, and cuts columns at the
separator of its user's language.

Source: OWASP, CSV Injection; RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from typing import Final

__all__ = ["spreadsheet"]

_MARK: Final = "\ufeff"
_FORMULA: Final = re.compile(r"[\0\t\r\n]|[\s\0]*[=+\-@＝＋－＠]")
"""Some spreadsheets take the wide signs of East Asian keyboards for the plain ones."""
_INNER: Final = re.compile(r"([,;\t\r\n][\s\0\"]*)(?=[=+\-@＝＋－＠]\S)")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SEMICOLON: Final = frozenset({"ru", "kk"})
"""Languages whose decimal mark is a comma, so that spreadsheets part columns by `;`."""


def spreadsheet(rows: bytes, language: str) -> bytes:
    r"""Return the standard's CSV as a spreadsheet in that language reads it.

    An apostrophe is put before what could be taken for a formula; plain numbers stay.

    >>> spreadsheet(b"a,b\r\n=1+1,-5\r\n", "ru").decode("utf-8-sig")
    "a;b\r\n'=1+1;-5\r\n"
    """
    csv.field_size_limit(sys.maxsize)  # of this process; by default, long texts are an error
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if language in _SEMICOLON else ",")
    for row in csv.reader(io.StringIO(rows.decode(), newline="")):
        writer.writerow([_plain(cell) for cell in row])
    return (_MARK + out.getvalue()).encode()


def _plain(cell: str) -> str:
    # Where columns are cut at the other separator, a cell could begin in the middle of this one.
    cell = _INNER.sub(r"\1'", cell)
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
