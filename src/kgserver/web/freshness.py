"""Whether the client has the answer already: entity tags, and for how long an answer holds.

A tag is made of what the answer depends on: the program, the revision, and what was asked for.
So it is known before anything is evaluated, and who sends it back is told "not modified" at once.

Source: RFC 9110, sections 8.8.3 and 13.1.2; RFC 9111, section 5.2.2.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from kgserver.answers.graph import Graph

__all__ = ["Unchanged", "depends_on", "depends_on_address", "mark", "volatile"]

_WRITERS: Final = ("answers", "engine", "library", "web")
"""The packages that decide how an answer reads."""
_WRITTEN: Final = ("", "gzip", "br", "zstd")
"""What stands behind the point of a tag: how that representation was compressed."""


class Unchanged(HTTPException):
    """The client has the answer already (status 304)."""

    code = 304

    def __init__(self) -> None:
        super().__init__(response=Response(status=304))


def depends_on(graph: Graph, *parts: object) -> None:
    """Say what the answer to this request depends on, beside the program and the revision.

    Raises:
        Unchanged: the client has it.
    """
    total = blake2b(f"{_program()}\0{graph.manifest.revision}".encode(), digest_size=12)
    for part in parts:
        total.update(f"\0{part}".encode("utf-8", "surrogatepass"))
    g.tag = tag = total.hexdigest()
    if request.method in ("GET", "HEAD") and (had := request.headers.get("If-None-Match")):
        for given in had.split(","):
            name, _, encoding = given.strip().removeprefix("W/").strip('"').partition(".")
            if name == tag and encoding in _WRITTEN:
                g.encoding = encoding
                raise Unchanged


def depends_on_address(graph: Graph, *parts: object) -> None:
    """Say that the answer depends on the whole address and on what the client likes to read.

    Raises:
        Unchanged: the client has it.
    """
    accept = request.headers.get("Accept", "")
    depends_on(graph, request.url_root, request.full_path, accept, *parts)


def volatile() -> None:
    """Say that the same request may have another answer a moment later."""
    g.tag = None
    g.volatile = True


def mark(response: Response, graph: Graph) -> None:
    """Add the tag, and how long the answer may be kept."""
    tag = g.get("tag") if response.status_code in (200, 304) else None
    if tag is None or request.method not in ("GET", "HEAD"):
        response.headers.setdefault("Cache-Control", "no-store")
        return
    encoding = g.get("encoding") or response.headers.get("Content-Encoding")
    response.headers["ETag"] = f'"{tag}.{encoding}"' if encoding else f'"{tag}"'
    response.headers["Cache-Control"] = _kept(graph)


def _kept(graph: Graph) -> str:
    """Return for how long others may keep the answer: not beyond midnight, where days end."""
    limit = graph.settings.limits.fresh_seconds
    if not limit:
        return "no-cache"  # keep it, and ask each time whether it still holds
    zone = ZoneInfo(graph.settings.time_zone)
    now = datetime.now(zone)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), zone)
    return f"public, max-age={max(0, min(limit, int(midnight.timestamp() - now.timestamp())))}"


@cache
def _program() -> str:
    """Return a digest of what writes answers: another program may write another page."""
    here = Path(__file__).parents[1]
    total = blake2b(digest_size=12)
    for path in sorted(path for room in _WRITERS for path in (here / room).rglob("*.*")):
        if path.suffix in (".py", ".html"):
            total.update(path.read_bytes())
    return total.hexdigest()
