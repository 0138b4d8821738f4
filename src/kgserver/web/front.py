"""The door: what was answered before is given again without a look at the question.

Here every answer gets the headers that all carry, too.

A revision never changes and a day lasts until midnight, so the same request gets the same answer
until then. Answers that say how long they hold (those with a tag of ours) are kept as they went
out, pages too; what can differ from moment to moment has no tag, and long answers are not kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cachetools import LRUCache
from flask import Response

from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.web.freshness import holding
from kgserver.web.record import Record

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Front", "keep"]

_MEDIUM: Final = 1 << 20
"""Bytes of an answer that is kept; to make and to send a longer one costs more than to keep it."""
_BESIDE: Final = 4_096
"""Bytes that a kept answer takes beside its body and its key."""
_LONG: Final = 32 << 10
"""Characters of a request that is not worth remembering: whoever sends it can send others."""
_KEEP: Final = "kgserver.keep"
_DECIDES: Final = (
    *("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "REQUEST_URI", "QUERY_STRING"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE"),
)
"""What of a request an answer can depend on."""

CSP: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS: Final = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", CSP),
    ("Referrer-Policy", "same-origin"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, KG-At, KG-State, KG-Checked-Until, KG-Revision, KG-Rows, KG-Truncated, Retry-After",
    ),
    ("Vary", "Accept, Accept-Encoding, Accept-Language"),
]
"""Headers that every answer carries."""

Key = tuple[object, ...]


@dataclass(frozen=True)
class _Kept:
    """An answer as it went out; `line` is what the log says of it, `size` the room it takes."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    tag: str
    route: str
    line: Mapping[str, object]
    size: int


class Front:
    """A WSGI application in front of another, that answers what was answered before.

    Args:
        max_bytes: Size of all answers that are kept; what was asked longest ago goes first.
    """

    def __init__(
        self, app: WSGIApplication, served: Served, record: Record, max_bytes: int
    ) -> None:
        self._app = app
        self._served = served
        self._record = record
        self._kept: LRUCache[Key, _Kept] = LRUCache(max_bytes, getsizeof=_size)
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or have the application behind answer."""
        begun = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, headers + ALWAYS, *error)

        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return self._app(environ, start)
        graph = self._served.graph
        asked = tuple(environ.get(name, "") for name in _DECIDES)
        if (length := sum(map(len, asked))) > _LONG:
            return self._app(environ, start)
        key = (graph.manifest.revision, graph.clock(), *asked)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            if method == "GET":
                environ[_KEEP] = (self, key, length)
            return self._app(environ, start)
        return self._again(kept, graph, environ, start, begun)

    def put(self, key: Key, kept: _Kept) -> None:
        """Keep an answer."""
        with self._lock:
            if kept.size < self._kept.maxsize:
                self._kept[key] = kept

    def _again(
        self,
        kept: _Kept,
        graph: Graph,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        begun: float,
    ) -> list[bytes]:
        had = environ.get("HTTP_IF_NONE_MATCH", "").split(",")
        unchanged = kept.tag in (name.strip().removeprefix("W/") for name in had)
        method = environ["REQUEST_METHOD"]
        status = 304 if unchanged else 200
        headers = [
            (name, holding(graph.settings) if name == "Cache-Control" else value)
            for name, value in kept.headers
            if not (unchanged and name.startswith("Content-"))
        ]
        start_response("304 NOT MODIFIED" if unchanged else "200 OK", headers)
        line = {**kept.line, "method": method, "status": status, "evaluation_ms": 0.0}
        outcome = "not-modified" if unchanged else "ok"
        self._record.note(kept.route, outcome, time.perf_counter() - begun, line)
        return [] if unchanged or method == "HEAD" else [kept.body]


def keep(
    environ: WSGIEnvironment, response: Response, route: str, line: Mapping[str, object]
) -> None:
    """Keep an answer that is about to go out, if the front is there and wants it."""
    if _KEEP not in environ or response.status_code != 200 or response.direct_passthrough:
        return
    front, key, length = environ[_KEEP]
    # Another revision may have taken the place of the one that the key names.
    if (response.content_length or 0) <= _MEDIUM and key[0] == response.headers["KG-Revision"]:
        body = response.get_data()
        headers = tuple(response.headers.to_wsgi_list())
        size = len(body) + 4 * length + _BESIDE  # a letter takes up to four bytes
        front.put(key, _Kept(headers, body, response.headers["ETag"], route, line, size))


def _size(kept: _Kept) -> int:
    return kept.size
