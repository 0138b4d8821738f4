"""An application that does nothing, served as the project serves its own.

    python -m bench.http.floor PORT

`/?bytes=1000` is answered with so many bytes by Flask, and `/bare?bytes=1000` without it: what a
request costs before anyone has asked anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, cast

from flask import Flask, Response, request

from bench.http.client import RESULTS
from bench.http.sites import HOST
from kgserver.answers.graph import Graph
from kgserver.files.config import FolderSettings, Settings
from kgserver.web.serving import Listener

BARE: Final = "/bare"
app = Flask(__name__)
_with_flask = app.wsgi_app


@cache
def body(size: int) -> bytes:
    """Return so many bytes."""
    return b"." * size


@app.get("/")
def answered() -> Response:
    """Answer with what is there already."""
    return Response(body(int(request.args["bytes"])), content_type=RESULTS)


def _bare_or_not(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != BARE:
        return _with_flask(environ, start)
    found = body(int(environ["QUERY_STRING"].removeprefix("bytes=")))
    start("200 OK", [("Content-Type", RESULTS), ("Content-Length", str(len(found)))])
    return [found]


if __name__ == "__main__":
    app.wsgi_app = _bare_or_not  # type: ignore[assignment, method-assign]
    # The listener looks at the limits of a graph, and at nothing else of it.
    limits = cast(Graph, SimpleNamespace(settings=FolderSettings("urn:floor:")))
    Listener(app, limits, Settings(host=HOST, port=int(sys.argv[1]))).run(drain_s=0)
