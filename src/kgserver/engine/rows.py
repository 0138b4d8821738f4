"""How many rows a written SELECT has, told by the marks that stand between rows.

Nothing is parsed but the rare rows without any value, so that counting costs a fraction of writing.

Source: SPARQL 1.1 Query Results JSON Format, XML Format, CSV and TSV Formats.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

__all__ = ["at_most", "count_rows"]

_CHUNK: Final = 1 << 20


def at_most(body: bytes | BinaryIO, format_name: str) -> int:
    """Return a number that the rows of an answer do not exceed, after one look at it.

    It is the number of rows, but for JSON with values that look like the end of a row.
    """
    if format_name == "json":
        return _count(body, b"},{")[0] + 1
    return count_rows(body, format_name)


def count_rows(body: bytes | BinaryIO, format_name: str) -> int:
    r"""Return the rows of an answer in `json`, `xml`, `csv` or `tsv`.

    >>> count_rows(b'a,b\r\n1,"x\ny"\r\n', "csv")
    1
    """
    match format_name:
        case "tsv":
            return _count(body, b"\n")[0] - 1
        case "xml":
            return _count(body, b"<result>")[0]
        case "csv":
            return _lines_outside_quotes(_chunks(body)) - 1
        case _:
            return _bindings(body)


def _bindings(body: bytes | BinaryIO) -> int:
    """Count the objects of `bindings`: `},{"` stands between two of them.

    Within a value it can stand at the end alone, where the quote closes the value and `,` or `}`
    follows; a name of a variable never begins so. An answer with `{}` in it is read: that is a row
    without any value, or a text about brackets.
    """
    first, between, empty, inner, last = _count(
        body, b'"bindings":[{', b'},{"', b"{}", b'},{",', b'},{"}'
    )
    if empty:
        whole = body if isinstance(body, bytes) else b"".join(_chunks(body))
        return len(json.loads(whole)["results"]["bindings"])
    return first and 1 + between - inner - last


def _count(body: bytes | BinaryIO, *marks: bytes) -> list[int]:
    """Return how often each mark occurs; none may overlap itself."""
    found = [0] * len(marks)
    before = b""
    for chunk in _chunks(body):
        for index, mark in enumerate(marks):
            side = len(mark) - 1
            # What began in the chunk before and ends in this one is in neither.
            seam = before[-side:] + chunk[:side] if side else b""
            found[index] += chunk.count(mark) + seam.count(mark)
        before = chunk
    return found


def _lines_outside_quotes(chunks: Iterable[bytes]) -> int:
    found, inside = 0, False
    for chunk in chunks:
        for number, piece in enumerate(chunk.split(b'"')):
            inside ^= number > 0
            found += 0 if inside else piece.count(b"\n")
    return found


def _chunks(body: bytes | BinaryIO) -> Iterator[bytes]:
    """Yield the answer in pieces; a file is read from its start, each piece whole but the last."""
    if isinstance(body, bytes):
        yield body
        return
    body.seek(0)
    while chunk := body.read(_CHUNK):
        yield chunk
