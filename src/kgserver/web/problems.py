"""Errors over HTTP: one status for each kind, the same words everywhere (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from flask import Response, g, request

from kgserver import errors
from kgserver.errors import KgError

STATUS: dict[type[KgError], int] = {
    errors.FolderError: 500,
    errors.SettingError: 500,
    errors.DataSyntaxError: 500,
    errors.VocabularyError: 500,
    errors.LibraryError: 500,
    errors.EngineFailure: 500,
    errors.PortInUse: 500,
    errors.DateError: 400,
    errors.ParameterError: 400,
    errors.QuerySyntaxError: 400,
    errors.QueryTooComplex: 400,
    errors.UnknownGraph: 400,
    errors.QueryRefused: 403,
    errors.QueryNotFound: 404,
    errors.NotFound: 404,
    errors.NotAcceptable: 406,
    errors.TooLarge: 413,
    errors.OverBudget: 429,
    errors.Abandoned: 499,
    errors.UnsupportedMediaType: 415,
    errors.QueryFailed: 500,
    errors.ResultTooLarge: 500,
    errors.RemoteError: 502,
    errors.QueryTimeout: 503,
    errors.Busy: 503,
}
"""Each kind of error and its status. A timeout carries no Retry-After: trying again would only
repeat the load (SPARQL 1.1 Protocol, section 2.1.7, leaves the choice of 5xx)."""

RETRY_AFTER_S = 2


def kinds() -> Iterator[type[KgError]]:
    """Yield every kind of error, in the order of the statuses."""
    yield from sorted(STATUS, key=lambda kind: (STATUS[kind], kind.code))


def problem(error: KgError, type_base: str) -> Response:
    """Return the error as `application/problem+json`."""
    title = (type(error).__doc__ or "").strip().split("\n")[0]
    body = {"type": f"{type_base}#{error.code}", "title": title, "code": error.code}
    places = {"detail": error.message, "where": error.where, "hint": error.hint}
    return mark(error, _response(STATUS[type(error)], body | places))


def plain(status: int, code: str, title: str, hint: str) -> Response:
    """Return a problem that is no error of the graph: a wrong method, a fault of ours."""
    g.outcome = code
    return _response(status, {"type": "about:blank", "title": title, "code": code, "hint": hint})


def _response(status: int, body: Mapping[str, str | None]) -> Response:
    said = {key: value for key, value in body.items() if value is not None} | {"status": status}
    return Response(
        json.dumps(said, ensure_ascii=False),
        status,
        content_type="application/problem+json; charset=utf-8",
    )


def mark(error: KgError, response: Response) -> Response:
    """Add what goes with the error: headers, and the word by which figures count it."""
    g.outcome = error.code
    if isinstance(error, errors.Busy):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, errors.OverBudget):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def wants_page() -> bool:
    """Tell whether the client would rather read a page than data: a browser, in short."""
    accept = request.accept_mimetypes
    return accept["text/html"] > accept["application/problem+json"]
