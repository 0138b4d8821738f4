"""The application: what is served now, behind Flask.

`create_app(Served(graph))` needs a graph that is open; it starts no process and reads no file of
the folder. Reads only: nothing here writes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from kgserver import errors
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.engine.question import Dataset
from kgserver.files.config import Limits, Settings
from kgserver.near import quoted
from kgserver.web import (
    changes,
    freshness,
    graph_store,
    operations,
    pages,
    problems,
    questions,
    resources,
    sparql,
    sparql_page,
)
from kgserver.web.budget import Accounts, Client
from kgserver.web.compression import LEAST, chosen, compress
from kgserver.web.context import Context
from kgserver.web.front import Front, keep
from kgserver.web.proxy import behind_proxies
from kgserver.web.record import Record, hashed, json_lines

LOG = logging.getLogger("kgserver.web")
CORS_AGE_S: Final = 86_400
_ADDRESS: Final = 32 << 10
"""Bytes of parameters that a page takes; only a query is longer."""
_PREFLIGHT: Final = (
    ("Access-Control-Allow-Headers", "Accept, Accept-Language, Content-Type, If-None-Match"),
    ("Access-Control-Max-Age", str(CORS_AGE_S)),
)


def create_app(served: Served, settings: Settings | None = None) -> Flask:
    """Return the WSGI application that answers for what is served."""
    settings = settings or Settings()
    limits = served.graph.settings.limits
    app = Flask("kgserver.web")
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = sparql.body_limit(served.graph)
    app.extensions["served"] = served
    record = Record(served, json_lines if settings.log == "json" else None)
    app.extensions["record"] = record
    app.extensions["accounts"] = _accounts(limits, settings.fair_use)
    for part in (sparql, graph_store, pages, questions, changes, resources, operations):
        app.register_blueprint(part.blueprint)
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_end)
    app.register_error_handler(errors.KgError, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)
    app.context_processor(_words)
    front = Front(app.wsgi_app, served, record, limits.cache_mib << 20)
    app.wsgi_app = behind_proxies(  # type: ignore[assignment,method-assign]
        front, settings.trusted_proxies, settings.public_url
    )
    return app


def _accounts(limits: Limits, fair_use: str) -> Accounts | None:
    if fair_use == "off":
        return None
    per_minute = limits.client_seconds_per_minute
    return Accounts(limits.client_seconds, per_minute, loopback=fair_use == "on")


def _words() -> dict[str, Any]:
    return dict(Context.of_request().words())


def _begin() -> None:
    """Take the graph that this request asks to its end, and open the account of who asks."""
    g.begun = time.perf_counter()
    served: Served = current_app.extensions["served"]
    g.held = served.take()
    accounts: Accounts | None = current_app.extensions["accounts"]
    gone: Callable[[], bool] = request.environ.get("waitress.client_disconnected", bool)
    name = accounts.name(request.remote_addr or "") if accounts else None
    g.client = Client(gone, accounts, name)
    g.graph = g.held.asked_by(g.client)
    if request.endpoint != "sparql.endpoint" and len(request.query_string) > _ADDRESS:
        raise errors.TooLarge(
            f"The address has more than {_ADDRESS:,} bytes behind the path", hint="Send less"
        )


def _end(_: BaseException | None) -> None:
    if "held" in g:
        served: Served = current_app.extensions["served"]
        served.give_back(g.held)


def _finish(response: Response) -> Response:
    graph = Context.graph()
    _compress(response)
    freshness.mark(response, graph)
    # Last, for each look at a header goes through all before it.
    _add_headers(response, graph)
    _note(response)
    return response


def _add_headers(response: Response, graph: Graph) -> None:
    add = response.headers.add
    if request.method == "OPTIONS":
        add("Access-Control-Allow-Methods", response.headers.get("Allow", "GET, HEAD, OPTIONS"))
        for name, value in _PREFLIGHT:
            add(name, value)
    add("KG-Revision", graph.manifest.revision)
    if graph.manifest.checked_until:
        add("KG-Checked-Until", graph.manifest.checked_until.isoformat())
    dataset: Dataset | None = g.get("dataset")
    if dataset and dataset.at:
        add("KG-At", dataset.at)
        if dataset.state:
            add("KG-State", dataset.state)


def _compress(response: Response) -> None:
    """Compress what is in memory; what is in a file has been compressed if it can be."""
    headers = response.headers
    if response.direct_passthrough or response.status_code == 304 or "Content-Encoding" in headers:
        return
    if (response.content_length or 0) < LEAST:
        return
    encoding = chosen(request.accept_encodings, response.mimetype or "")
    if encoding:
        response.set_data(compress(response.get_data(), encoding))
        headers["Content-Encoding"] = encoding


def _note(response: Response) -> None:
    record: Record = current_app.extensions["record"]
    fine = "not-modified" if response.status_code == 304 else "ok"
    line: dict[str, object] = {
        "method": request.method[:20],
        "status": response.status_code,
        "bytes": response.content_length,
        "evaluation_ms": round(g.client.seconds * 1000, 1),
        "revision": g.held.manifest.revision,
    }
    if "dataset" in g and g.dataset.at:
        line["at"] = g.dataset.at
    if "query" in g:
        line["query"] = hashed(g.query)
    route = request.endpoint or "none"
    record.note(route, g.get("outcome", fine), time.perf_counter() - g.begun, line)
    if g.get("tag"):
        keep(request.environ, response, route, line)


def _problem(error: errors.KgError) -> BaseResponse:
    if problems.wants_page():
        asked = request.endpoint == "sparql.endpoint"
        return sparql_page.problem_page(error) if asked else pages.problem_page(error)
    return problems.problem(error, Context.graph().settings.base + "errors")


def _http_error(error: HTTPException) -> BaseResponse:
    """Say in our words what the routing found."""
    if isinstance(error, NotFound):
        return _problem(
            errors.NotFound("There is nothing here", where=request.path, hint="Begin at `/`")
        )
    if isinstance(error, RequestEntityTooLarge):
        kib = Context.graph().settings.limits.query_kib
        return _problem(
            errors.TooLarge(
                f"The request is larger than {kib} KiB", hint="Send a shorter query, or several"
            )
        )
    if isinstance(error, MethodNotAllowed):
        return _not_allowed(error)
    status = error.code or 500
    if status < 400:
        return error.get_response()  # a redirect, or "not modified", is no fault
    return problems.plain(status, "http", error.name, "See the manual for what is answered here")


def _not_allowed(error: MethodNotAllowed) -> BaseResponse:
    allowed = ", ".join(sorted(error.valid_methods or ()))
    response = problems.plain(
        405,
        "method-not-allowed",
        f"{quoted(request.method, 20)} is not answered here",
        f"Use one of {allowed}",
    )
    response.headers["Allow"] = allowed
    return response


def _fault(error: Exception) -> BaseResponse:
    """Log a fault of ours and show nothing of it."""
    LOG.exception("fault at %s %r", request.method, request.path, exc_info=error)
    return problems.plain(
        500, "internal", "The server made a mistake", "It has been logged; please try again"
    )
