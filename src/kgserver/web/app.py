"""The application: one graph behind Flask.

`create_app(graph)` needs a graph that is open; it starts no process and reads no file of the
folder. Reads only: nothing here writes.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from kgserver import errors
from kgserver.answers.graph import Graph
from kgserver.engine.question import Dataset
from kgserver.web import changes, pages, problems, questions, resources, sparql
from kgserver.web.context import Context

LOG = logging.getLogger("kgserver.web")
CORS_AGE_S = 86_400
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXPOSED = "KG-At, KG-State, KG-Checked-Until, KG-Revision"


def create_app(graph: Graph) -> Flask:
    """Return the WSGI application that answers for the graph."""
    app = Flask("kgserver.web")
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = sparql.body_limit(graph)
    app.extensions["graph"] = graph
    for part in (sparql, pages, questions, changes, resources):
        app.register_blueprint(part.blueprint)
    app.after_request(_headers)
    app.register_error_handler(errors.KgError, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)
    app.context_processor(_words)
    return app


def _words() -> dict[str, Any]:
    return dict(Context.of_request().words())


def _headers(response: Response) -> Response:
    graph: Graph = Context.graph()
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
        headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type"
        headers["Access-Control-Max-Age"] = str(CORS_AGE_S)
    response.vary.update(["Accept", "Accept-Language"])
    headers["KG-Revision"] = graph.manifest.revision
    if graph.manifest.checked_until:
        headers["KG-Checked-Until"] = graph.manifest.checked_until.isoformat()
    dataset: Dataset | None = g.get("dataset")
    if dataset and dataset.at:
        headers["KG-At"] = dataset.at
        if dataset.state:
            headers["KG-State"] = dataset.state
    return response


def _problem(error: errors.KgError) -> BaseResponse:
    if problems.STATUS[type(error)] >= 500:
        LOG.error("%s %r: %s", request.method, request.path, error.code)
    if problems.wants_page():
        asked = request.endpoint == "sparql.endpoint"
        return sparql.problem_page(error) if asked else pages.problem_page(error)
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
        return error.get_response()  # a redirect is no fault
    return problems.plain(status, "http", error.name, "See the manual for what is answered here")


def _not_allowed(error: MethodNotAllowed) -> BaseResponse:
    allowed = ", ".join(sorted(error.valid_methods or ()))
    response = problems.plain(
        405, "method-not-allowed", f"{request.method} is not answered here", f"Use one of {allowed}"
    )
    response.headers["Allow"] = allowed
    return response


def _fault(error: Exception) -> BaseResponse:
    """Log a fault of ours and show nothing of it."""
    LOG.exception("fault at %s %r", request.method, request.path, exc_info=error)
    return problems.plain(
        500, "internal", "The server made a mistake", "It has been logged; please try again"
    )
