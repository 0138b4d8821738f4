"""What an answer says, whatever the order of its rows and however it is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from xml.etree import ElementTree

from pyoxigraph import RdfFormat, parse

from bench.soak.exchange import Reply

__all__ = ["TOLD", "Unreadable", "said"]

TOLD: Final = ("kg-at", "kg-state", "kg-rows", "kg-truncated", "content-disposition")
"""Headers that are a part of the answer."""
REVISION: Final = "REVISION"
"""What stands where an answer names the revision that it is true of."""


class Unreadable(Exception):
    """A body is not what its media type says."""


def said(reply: Reply, *, ordered: bool) -> str:
    """Return what the answer says: the day, the state, its size, and its rows, triples or text.

    Args:
        ordered: Whether the order of rows is part of it. Triples have none.

    Raises:
        Unreadable: the body is not whole, or not of its type.
        Broken: the body cannot be decoded.
    """
    head = [f"{name}: {reply.headers[name]}" for name in TOLD if name in reply.headers]
    body = reply.body
    if not body and reply.media_type != "application/n-triples":
        raise Unreadable("the body is empty")
    try:
        reader = _READERS[reply.media_type]
    except KeyError:
        raise Unreadable(f"nobody asked for `{reply.media_type}`") from None
    try:
        told = reader(body, ordered)
    except (ValueError, KeyError, TypeError, ElementTree.ParseError, SyntaxError) as error:
        raise Unreadable(f"not {reply.media_type}: {error!r}; {body[:200]!r}") from None
    revision = reply.headers.get("kg-revision", "")
    return "\n".join([*head, told.replace(revision, REVISION) if revision else told])


def _rows(names: Iterable[str], rows: Iterable[object], ordered: bool) -> str:
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows]
    return "\n".join([" ".join(names), *(lines if ordered else sorted(lines))])


def _json_rows(body: bytes, ordered: bool) -> str:
    document = json.loads(body)
    if "boolean" in document:
        return str(document["boolean"])
    return _rows(document["head"]["vars"], document["results"]["bindings"], ordered)


def _xml_rows(body: bytes, ordered: bool) -> str:
    space = "{http://www.w3.org/2005/sparql-results#}"
    root = ElementTree.fromstring(body)
    truth = root.find(f"{space}boolean")
    if truth is not None:
        return str(truth.text)
    names = [variable.attrib["name"] for variable in root.iter(f"{space}variable")]
    rows = [
        {
            binding.attrib["name"]: [term.tag, term.text, sorted(term.attrib.items())]
            for binding in result
            for term in binding
        }
        for result in root.iter(f"{space}result")
    ]
    return _rows(names, rows, ordered)


def _csv(body: bytes, ordered: bool) -> str:
    names, *rows = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
    return _rows(names, rows, ordered)


def _tsv(body: bytes, ordered: bool) -> str:
    lines = body.decode().split("\n")
    if lines in (["true"], ["false"]):
        return lines[0]
    if lines.pop():
        raise ValueError("the last line has no end")
    return "\n".join([lines[0], *(lines[1:] if ordered else sorted(lines[1:]))])


def _graph(format_: RdfFormat) -> Callable[[bytes, bool], str]:
    return lambda body, _: "\n".join(sorted({str(quad.triple) for quad in parse(body, format_)}))


def _envelope(body: bytes, _: bool) -> str:
    document: Mapping[str, Any] = json.loads(body)
    return json.dumps(document, ensure_ascii=False, indent=0)


def _page(body: bytes, _: bool) -> str:
    text = body.decode()
    if not text.rstrip().endswith("</html>"):
        raise ValueError("the page has no end")
    return text


_READERS: Final[Mapping[str, Callable[[bytes, bool], str]]] = {
    "application/sparql-results+json": _json_rows,
    "application/sparql-results+xml": _xml_rows,
    "text/csv": _csv,
    "text/tab-separated-values": _tsv,
    "text/turtle": _graph(RdfFormat.TURTLE),
    "application/n-triples": _graph(RdfFormat.N_TRIPLES),
    "application/ld+json": _graph(RdfFormat.JSON_LD),
    "application/rdf+xml": _graph(RdfFormat.RDF_XML),
    "application/json": _envelope,
    "text/html": _page,
}
