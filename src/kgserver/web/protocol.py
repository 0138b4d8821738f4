"""The parameters of a request to the endpoint, wherever the SPARQL 1.1 Protocol lets them stand.

Source: SPARQL 1.1 Protocol, section 2.1.
"""

from __future__ import annotations

from flask import request

from kgserver.errors import ParameterError, UnsupportedMediaType
from kgserver.near import quoted
from kgserver.web.request import Values, form_values, refuse_unknown

__all__ = ["format_asked", "read_values", "timeout_asked"]

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
FORMAT = ("format", "output", "results")
"""Names by which clients ask for a format beside the Accept header. SPARQLWrapper sends them all,
some twice in two spellings: the first one counts."""
PARAMETERS = frozenset(
    {
        *("query", "at", "default-graph-uri", "named-graph-uri"),
        *("timeout", "truncate", "lang", "version", *FORMAT),
    }
)
"""`version` is a name of SPARQL 1.2; what it says of the query changes nothing here."""


def read_values() -> Values:
    """Return the parameters of the request, wherever the protocol lets them stand.

    Raises:
        ParameterError: unknown names, or bytes that are not UTF-8.
        UnsupportedMediaType: the body is neither a form nor a query in UTF-8.
    """
    values = form_values(request.query_string, "address")
    if request.method == "POST":
        _check_body()
        if request.mimetype == DIRECT:
            values.setdefault("query", []).append(_utf8(request.get_data()))
        else:
            for name, given in form_values(request.get_data(), "body").items():
                values.setdefault(name, []).extend(given)
    if "update" in values:
        raise ParameterError(
            "This endpoint does not take updates", where="update", hint="Change the files instead"
        )
    refuse_unknown(values, PARAMETERS)
    return values


def _check_body() -> None:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("Encoded bodies are not read", hint="Send the query as it is")
    if request.mimetype not in (FORM, DIRECT):
        raise UnsupportedMediaType(
            f"A body of type `{request.mimetype or 'none'}` is not read",
            where="Content-Type",
            hint=f"Send {FORM} with `query`, or {DIRECT}",
        )
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(f"The body is in {charset}", hint="Send UTF-8")


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsupportedMediaType("The body is not UTF-8", hint="Send UTF-8") from None


def format_asked(values: Values) -> str | None:
    """Return the name of the format asked for, by whichever name the client knows."""
    return next((value for name in FORMAT for value in values.get(name, ()) if value), None)


def timeout_asked(text: str | None) -> float | None:
    """Return the seconds that the client would wait at most; None: as long as the server does.

    Raises:
        ParameterError: that is no number of seconds.
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise ParameterError(
            f"{quoted(text)} is no number of seconds", where="timeout", hint="Give 2.5"
        )
    return seconds
