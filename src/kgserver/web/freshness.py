"""Whether the client has the answer already: entity tags, and for how long an answer holds.

A tag is made of what the answer depends on: the program, the revision, and what was asked for.
So it is known before anything is evaluated, and who sends it back is told "not modified" at once.

Source: RFC 9110, sections 8.8.3 and 13.1.2; RFC 9111, section 5.2.2.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pyoxigraph
from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from kgserver.answers.graph import Graph
from kgserver.files.config import FolderSettings

__all__ = ["Unchanged", "depends_on", "depends_on_address", "holding", "mark", "volatile"]

_WRITTEN: Final = ("gzip", "br", "zstd")
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
    if graph.settings.limits.fresh_seconds:
        g.until = _midnight(graph.settings.time_zone)
    if request.method in ("GET", "HEAD") and (had := request.headers.get("If-None-Match")):
        for given in had.split(","):
            name, point, encoding = given.strip().removeprefix("W/").strip('"').partition(".")
            if name == tag and (_is_read(encoding) if point else True):
                g.encoding = encoding
                raise Unchanged


def depends_on_address(graph: Graph, *parts: object) -> None:
    """Say that the answer depends on the whole address and on what the client likes to read.

    Raises:
        Unchanged: the client has it.
    """
    # As it was sent: `a%2Fb` is another thing than `a/b`, though the path is the same when decoded.
    sent = request.environ.get("REQUEST_URI", "")
    accept = request.headers.get("Accept", "")
    depends_on(graph, request.url_root, request.path, request.query_string, sent, accept, *parts)


def volatile() -> None:
    """Say that the same request may have another answer a moment later."""
    g.tag = None


def mark(response: Response, graph: Graph) -> None:
    """Add the tag, and how long the answer may be kept."""
    tag = g.get("tag") if response.status_code in (200, 304) else None
    if tag is None or request.method not in ("GET", "HEAD"):
        response.headers.setdefault("Cache-Control", "no-store")
        return
    encoding = g.get("encoding") or response.headers.get("Content-Encoding")
    response.headers["ETag"] = f'"{tag}.{encoding}"' if encoding else f'"{tag}"'
    response.headers["Cache-Control"] = holding(graph.settings, g.get("until"))


def holding(settings: FolderSettings, until: float | None = None) -> str:
    """Return for how long others may keep an answer from now on, as Cache-Control says it.

    Args:
        until: When the day ends that it is an answer of; None: the next midnight there.
    """
    limit = settings.limits.fresh_seconds
    if not limit:
        return "no-cache"  # keep it, and ask each time whether it still holds
    left = (until or _midnight(settings.time_zone)) - datetime.now(UTC).timestamp()
    return f"public, max-age={max(0, min(limit, int(left)))}"


def _is_read(encoding: str) -> bool:
    """Whether the client can read what was compressed so: a cache may hold it for others."""
    return encoding in _WRITTEN and request.accept_encodings.quality(encoding) > 0


def _midnight(time_zone: str) -> float:
    """Return when the day ends on which a request came; its answer may come later."""
    zone = ZoneInfo(time_zone)
    tomorrow = datetime.now(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).timestamp()


@cache
def _program() -> str:
    """Return a digest of what writes answers: another program may write another page."""
    here = Path(__file__).parents[1]
    total = blake2b(pyoxigraph.__version__.encode(), digest_size=12)
    for path in sorted(here.rglob("*.*")):
        if path.suffix in (".py", ".html"):
            total.update(path.read_bytes())
    return total.hexdigest()
