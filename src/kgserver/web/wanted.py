"""In which formats a client wants its answer: `format=` says it, else the Accept header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from kgserver import formats
from kgserver.formats import GRAPHS, SOLUTIONS, Format

__all__ = [
    "ENVELOPE",
    "HTML",
    "SPREADSHEET",
    "Wanted",
    "answer_formats",
    "changes_type",
    "content_type",
    "format_of",
    "graph_type",
    "row_type",
]

HTML = "text/html"
ENVELOPE = "application/json"
"""JSON of ours around the rows of a named query; the standard's JSON has a type of its own."""
SPREADSHEET = "text/csv; header=present"
"""CSV for a spreadsheet; asked for by name alone, as it is not what the standard wants of CSV."""

_ROWS = [format_.name for format_ in SOLUTIONS]
_GRAPHS = [format_.name for format_ in GRAPHS]
_ANY = (*formats.offers(SOLUTIONS), *formats.offers(GRAPHS), HTML)
_ALIASES = {
    "xml": "rdf",
    "rdf+xml": "rdf",
    "json": "jsonld",
    "json-ld": "jsonld",
    "turtle": "ttl",
    "n3": "ttl",
    "n-triples": "nt",
    "ntriples": "nt",
}
"""What clients call the formats of graphs; every Turtle document is one of N3."""


@dataclass(frozen=True)
class Wanted:
    """How the client wants the answer: as a page, or rows and graphs in these media types.

    None where it can read no format for that kind of answer; which kind it will be, the engine
    knows.
    """

    page: bool
    solutions: str | None
    graphs: str | None


def answer_formats(asked: str | None) -> Wanted:
    """Return what a client of `/sparql` wants (RFC 9110, section 12.5.1).

    Args:
        asked: The value of `format=`.

    Raises:
        NotAcceptable: neither rows nor graphs can be written as the client wants them.
        ParameterError: there is no such format.
    """
    if asked == "html":
        return _page()
    if asked == "spreadsheet":
        return Wanted(False, SPREADSHEET, None)
    if asked is not None:
        return _named(asked)
    accept = request.headers.get("Accept")
    if formats.negotiate(accept, _ANY) == HTML:
        return _page()
    rows = formats.liked(accept, formats.offers(SOLUTIONS))
    return Wanted(False, rows, formats.liked(accept, formats.offers(GRAPHS)))


def row_type(asked: str | None) -> str:
    """Return the media type of a named query's rows; `json` by name is our envelope."""
    if asked == "spreadsheet":
        return SPREADSHEET
    return _own_type(asked, SOLUTIONS, (ENVELOPE, *formats.offers(SOLUTIONS), HTML))


def changes_type(asked: str | None) -> str:
    """Return the media type of what changed: a page, our JSON, or a graph."""
    return _own_type(asked, GRAPHS, (HTML, ENVELOPE, *formats.offers(GRAPHS)))


def _own_type(asked: str | None, among: Sequence[Format], offered: Sequence[str]) -> str:
    """Return the media type that is named, else the one of those offered that the client likes."""
    own = {"html": HTML, "json": ENVELOPE}
    if asked is not None:
        return own.get(asked) or formats.by_name(asked, among).media_type
    return formats.negotiate(request.headers.get("Accept"), offered)


def graph_type(asked: str | None, *, page: str = "none") -> str:
    """Return the media type of a graph, or of a page about it.

    Args:
        page: Whether a page is offered `first`, `last` (so that `*/*` gets data) or not (`none`).
    """
    graphs = formats.offers(GRAPHS)
    if asked == "html" and page != "none":
        return HTML
    if asked is not None:
        return formats.by_name(asked, GRAPHS).media_type
    offered = {"first": (HTML, *graphs), "last": (*graphs, HTML)}.get(page, graphs)
    return formats.negotiate(request.headers.get("Accept"), offered)


def format_of(media_type: str | None, among: Sequence[Format]) -> str | None:
    """Return the short name of the format that goes by a media type."""
    found = formats.by_media_type(media_type, among) if media_type else None
    return found.name if found else None


def content_type(media_type: str) -> str:
    """Return the Content-Type of a media type; texts say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _named(asked: str) -> Wanted:
    """Return the formats that a name stands for: `xml` is one of rows and one of graphs."""
    graph = _ALIASES.get(asked.lower(), asked)
    named = formats.by_name(asked if asked in _ROWS else graph, (*SOLUTIONS, *GRAPHS))
    return Wanted(
        False,
        named.media_type if named in SOLUTIONS else None,
        formats.by_name(graph, GRAPHS).media_type if graph in _GRAPHS else None,
    )


def _page() -> Wanted:
    return Wanted(True, SOLUTIONS[0].media_type, GRAPHS[0].media_type)
