"""The SPARQL 1.1 Protocol, query operation, and the service description.

Reads alone: updates and federation are refused by the guard. What is sent was complete before
its first byte: a status is never wrong.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request

from kgserver.answers.graph import Graph, table
from kgserver.answers.spelling import undeclared
from kgserver.engine.question import HEADER, Answer, Question
from kgserver.errors import KgError, ParameterError, TooLarge, UnsupportedMediaType
from kgserver.formats import GRAPHS, SOLUTIONS
from kgserver.web import problems
from kgserver.web.context import Context
from kgserver.web.description import service_description
from kgserver.web.request import form_values
from kgserver.web.shown import Shown
from kgserver.web.wanted import HTML, Wanted, answer_formats, content_type, format_of, graph_type

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
FORMAT = ("format", "output", "results")
"""Names by which clients ask for a format beside the Accept header. SPARQLWrapper sends them all,
some twice in two spellings: the first one counts."""
PARAMETERS = frozenset(
    {"query", "lang", "timeout", "version", "at", "default-graph-uri", "named-graph-uri", *FORMAT}
)
"""`version` is a name of SPARQL 1.2; what it says of the query changes nothing here."""
EXAMPLE = (
    "SELECT ?body ?authority\nWHERE { ?body <https://w3id.org/prok/ns#accountableTo> ?authority }"
)


def body_limit(graph: Graph) -> int:
    """Return how large a request may be: a query whose every byte is escaped, and a little more."""
    return 3 * graph.settings.limits.query_kib * 1024 + 4096


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response | str:
    """Answer a query; without one, describe the service."""
    graph = Context.graph()
    values = _values()
    if "query" not in values:
        if request.method == "POST":
            raise ParameterError("No `query` is given", where="query", hint="Send one `query`")
        return _welcome(graph, _format(values))
    text = _only(values, "query")
    limit = graph.settings.limits.query_kib
    if len(text.encode("utf-8", "surrogatepass")) > limit * 1024:
        raise TooLarge(f"The query is larger than {limit} KiB", hint="Send a shorter query")
    inspection = graph.inspect(text)
    g.dataset = dataset = graph.dataset(
        inspection,
        at=[day for day in values.get("at", ()) if day],  # a form sends its empty fields too
        default_graph_uri=values.get("default-graph-uri", ()),
        named_graph_uri=values.get("named-graph-uri", ()),
    )
    named = _format(values)
    wanted = answer_formats(named)
    answer = graph.ask(
        Question(
            text,
            dataset,
            format_of(wanted.solutions, SOLUTIONS),
            format_of(wanted.graphs, GRAPHS),
            _timeout(_one(values, "timeout")),
            base=request.base_url,
            chosen_by="format" if named else HEADER,
        )
    )
    if wanted.page:
        return _page(graph, text, _one(values, "at") or "", answer)
    return _data(wanted, answer)


def _values() -> dict[str, list[str]]:
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
    _refuse_unknown(values)
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


def _refuse_unknown(values: dict[str, list[str]]) -> None:
    if "update" in values:
        raise ParameterError(
            "This endpoint does not take updates", where="update", hint="Change the files instead"
        )
    if odd := sorted(values.keys() - PARAMETERS):
        raise ParameterError(
            f"There is no parameter `{odd[0]}`",
            where=odd[0],
            hint=f"Known: {', '.join(sorted(PARAMETERS))}",
        )


def _only(values: dict[str, list[str]], name: str) -> str:
    if len(values[name]) != 1:
        raise ParameterError(
            f"`{name}` is given {len(values[name])} times", where=name, hint="Give it once"
        )
    return values[name][0]


def _one(values: dict[str, list[str]], name: str) -> str | None:
    return (_only(values, name) or None) if name in values else None


def _format(values: dict[str, list[str]]) -> str | None:
    """Return the name of the format asked for, by whichever name the client knows."""
    return next((value for name in FORMAT for value in values.get(name, ()) if value), None)


def _timeout(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise ParameterError(f"`{text}` is no number of seconds", where="timeout", hint="Give 2.5")
    return seconds


def _data(wanted: Wanted, answer: Answer) -> Response:
    media_type = wanted.graphs if answer.kind == "graph" else wanted.solutions
    return Response(answer.body, content_type=content_type(str(media_type)))


def _page(graph: Graph, text: str, at: str, answer: Answer) -> str:
    rows = table(answer.body) if answer.kind != "graph" else None
    return render_template(
        "sparql.html",
        text=text,
        at=at,
        faults=undeclared(graph, text),
        verdict=rows.verdict if rows else None,
        result=Shown.of(graph, rows, Context.of_request().language) if rows else None,
        turtle=answer.body.decode() if answer.kind == "graph" else None,
    )


def problem_page(error: KgError) -> Response:
    """Return the page with the error above the form as it was sent, to be mended there."""
    # What was too large to read is not read for this either.
    sent = request.args if isinstance(error, TooLarge) else request.values
    status = problems.STATUS[type(error)]
    page = render_template(
        "sparql.html",
        text=sent.get("query", ""),
        at=sent.get("at", ""),
        format=sent.get("format"),
        error=error,
        status=status,
    )
    return problems.mark(error, Response(page, status, content_type="text/html; charset=utf-8"))


def _welcome(graph: Graph, asked: str | None) -> Response | str:
    """Return the page with the empty form, or the service description (section 4)."""
    media_type = graph_type(asked, page="last")
    if media_type == HTML:
        return render_template("sparql.html", text=EXAMPLE, at=request.args.get("at", ""))
    body = service_description(graph, request.base_url, format_of(media_type, GRAPHS) or "ttl")
    return Response(body, content_type=content_type(media_type))
