"""The SPARQL 1.1 Protocol, query operation, and the service description.

Reads alone: updates and federation are refused by the guard. What is sent was complete before
its first byte: a status is never wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, g, render_template, request

from kgserver import formats
from kgserver.engine.question import Answer, Question
from kgserver.errors import NotAcceptable, ParameterError, TooLarge, UnsupportedMediaType
from kgserver.graph import Graph, table
from kgserver.web.context import Context
from kgserver.web.description import service_description

blueprint = Blueprint("sparql", __name__)

HTML = "text/html"
_OWN = (formats.SOLUTIONS[0].media_type, formats.GRAPHS[0].media_type)
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
READ = {"query", "format", "lang", "timeout", "version", "at"} | {
    "default-graph-uri",
    "named-graph-uri",
}
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
        return _welcome(graph)
    text = _only(values, "query")
    limit = graph.settings.limits.query_kib
    if len(text.encode()) > limit * 1024:
        raise TooLarge(f"The query is larger than {limit} KiB", hint="Send a shorter query")
    inspection = graph.inspect(text)
    dataset = graph.dataset(
        inspection,
        at=values.get("at", ()),
        default_graph_uri=values.get("default-graph-uri", ()),
        named_graph_uri=values.get("named-graph-uri", ()),
    )
    g.dataset = dataset
    wanted = _wanted(_one(values, "format"))
    answer = graph.ask(
        Question(
            text,
            dataset,
            _name(wanted.solutions, formats.SOLUTIONS),
            _name(wanted.graphs, formats.GRAPHS),
            _timeout(_one(values, "timeout")),
        )
    )
    return _page(text, answer) if wanted.page else _data(wanted, answer)


def _values() -> dict[str, list[str]]:
    """Return the parameters of the request, wherever the protocol lets them stand.

    Raises:
        ParameterError: unknown names, or the query both in the address and in the body.
        UnsupportedMediaType: the body is neither a form nor a query in UTF-8.
    """
    values = {name: request.args.getlist(name) for name in request.args}
    if request.method == "POST":
        if request.headers.get("Content-Encoding"):
            raise UnsupportedMediaType(
                "Encoded bodies are not read", hint="Send the query as it is"
            )
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if charset not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(f"The body is in {charset}", hint="Send UTF-8")
        if request.mimetype == DIRECT:
            values.setdefault("query", []).append(_utf8(request.get_data()))
        elif request.mimetype == FORM:
            for name in request.form:
                values.setdefault(name, []).extend(request.form.getlist(name))
        else:
            raise UnsupportedMediaType(
                f"A body of type `{request.mimetype or 'none'}` is not read",
                where="Content-Type",
                hint=f"Send {FORM} with `query`, or {DIRECT}",
            )
    _refuse_unknown(values)
    return values


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
    if odd := sorted(values.keys() - READ):
        raise ParameterError(
            f"There is no parameter `{odd[0]}`",
            where=odd[0],
            hint=f"Known: {', '.join(sorted(READ))}",
        )


def _only(values: dict[str, list[str]], name: str) -> str:
    if len(values[name]) != 1:
        raise ParameterError(
            f"`{name}` is given {len(values[name])} times", where=name, hint="Give it once"
        )
    return values[name][0]


def _one(values: dict[str, list[str]], name: str) -> str | None:
    return _only(values, name) if name in values else None


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


@dataclass(frozen=True)
class Wanted:
    """How the client wants the answer: as a page, or rows and graphs in these media types."""

    page: bool
    solutions: str | None
    graphs: str | None


def _wanted(asked: str | None) -> Wanted:
    """Return what `format=` says, else what Accept says (RFC 9110, section 12.5.1).

    Raises:
        NotAcceptable: neither rows nor graphs can be written as the client wants them.
    """
    if asked == "html":
        return Wanted(True, *_OWN)
    if asked is not None:
        named = formats.by_name(asked, (*formats.SOLUTIONS, *formats.GRAPHS))
        return Wanted(
            False,
            named.media_type if named in formats.SOLUTIONS else None,
            named.media_type if named in formats.GRAPHS else None,
        )
    accept = request.headers.get("Accept")
    offered = (*formats.offers(formats.SOLUTIONS), *formats.offers(formats.GRAPHS), HTML)
    if formats.negotiate(accept, offered) == HTML:
        return Wanted(True, *_OWN)
    return Wanted(False, _liked(accept, formats.SOLUTIONS), _liked(accept, formats.GRAPHS))


def _liked(accept: str | None, among: Sequence[formats.Format]) -> str | None:
    try:
        return formats.negotiate(accept, formats.offers(among))
    except NotAcceptable:
        return None


def _name(media_type: str | None, among: Sequence[formats.Format]) -> str | None:
    found = formats.by_media_type(media_type, among) if media_type else None
    return found.name if found else None


def _data(wanted: Wanted, answer: Answer) -> Response:
    media_type = wanted.graphs if answer.kind == "graph" else wanted.solutions
    return Response(answer.body, content_type=content_type(str(media_type)))


def content_type(media_type: str) -> str:
    """Return the Content-Type of a media type; texts say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _page(text: str, answer: Answer) -> str:
    verdict = None if answer.kind != "ask" else str(b"true" in answer.body).lower()
    return render_template(
        "sparql.html",
        text=text,
        at=request.args.get("at", ""),
        verdict=verdict,
        result=table(answer.body) if answer.kind == "select" else None,
        turtle=answer.body.decode() if answer.kind == "graph" else None,
    )


def _welcome(graph: Graph) -> Response | str:
    """Return the page with the empty form, or the service description (section 4)."""
    media_type = formats.negotiate(
        request.headers.get("Accept"), (*formats.offers(formats.GRAPHS), HTML)
    )
    if media_type == HTML:
        return render_template("sparql.html", text=EXAMPLE, at="", verdict=None, result=None)
    name = _name(media_type, formats.GRAPHS) or "ttl"
    body = service_description(graph, request.base_url, name)
    return Response(body, content_type=content_type(media_type))
