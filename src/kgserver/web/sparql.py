"""The SPARQL 1.1 Protocol, query operation, and the service description.

Reads alone: updates and federation are refused by the guard. What is sent was complete before
its first byte: a status is never wrong.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from kgserver.answers.graph import Graph
from kgserver.engine.question import HEADER, Question
from kgserver.errors import ParameterError, TooLarge
from kgserver.formats import GRAPHS, SOLUTIONS
from kgserver.near import quoted
from kgserver.web.context import Context
from kgserver.web.description import service_description
from kgserver.web.freshness import depends_on, depends_on_address, volatile
from kgserver.web.protocol import format_asked, read_values, timeout_asked
from kgserver.web.request import one_of, only, reader_language
from kgserver.web.sent import data
from kgserver.web.sparql_page import answer_page, empty_page
from kgserver.web.wanted import (
    HTML,
    SPREADSHEET,
    Wanted,
    answer_formats,
    content_type,
    format_of,
    graph_type,
)

blueprint = Blueprint("sparql", __name__)


def body_limit(graph: Graph) -> int:
    """Return how large a request may be: a query whose every byte is escaped, and a little more."""
    return 3 * graph.settings.limits.query_kib * 1024 + 4096


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response | str:
    """Answer a query; without one, describe the service."""
    graph = Context.graph()
    values = read_values()
    if "query" not in values:
        if request.method == "POST":
            raise ParameterError("No `query` is given", where="query", hint="Send one `query`")
        return _welcome(graph, format_asked(values))
    text = only(values, "query")
    limit = graph.settings.limits.query_kib
    if len(text.encode("utf-8", "surrogatepass")) > limit * 1024:
        raise TooLarge(f"The query is larger than {limit} KiB", hint="Send a shorter query")
    g.query = text
    inspection = graph.inspect(text)
    g.dataset = dataset = graph.dataset(
        inspection,
        at=[day for day in values.get("at", ()) if day],  # a form sends its empty fields too
        default_graph_uri=values.get("default-graph-uri", ()),
        named_graph_uri=values.get("named-graph-uri", ()),
    )
    named = format_asked(values)
    wanted = answer_formats(named)
    question = Question(
        text,
        dataset,
        format_of(wanted.solutions, SOLUTIONS),
        format_of(wanted.graphs, GRAPHS),
        timeout_asked(one_of(values, "timeout")),
        base=_address(),
        chosen_by="format" if named else HEADER,
        cut=_cut(graph, wanted, one_of(values, "truncate")),
        volatile=inspection.volatile,
    )
    _see_what_the_client_has(graph, question, wanted)
    answer = graph.ask(question)
    if wanted.page:
        return answer_page(graph, text, one_of(values, "at") or "", answer, _language(graph))
    media_type = str(wanted.graphs if answer.kind == "graph" else wanted.solutions)
    return data(answer, media_type, _language(graph) if media_type == SPREADSHEET else "")


def _see_what_the_client_has(graph: Graph, question: Question, wanted: Wanted) -> None:
    """End here if the client has the answer.

    Raises:
        Unchanged: it has.
    """
    if question.volatile:
        volatile()
    elif wanted.page:  # names stand in it in the reader's language, and it says which day it is
        depends_on_address(graph, _language(graph), question.dataset, graph.clock())
    else:
        seen = question.dataset
        named = "" if seen.named == graph.manifest.files else seen.named
        language = _language(graph) if wanted.solutions == SPREADSHEET else ""
        asked = (question.text, question.base, question.cut, seen.default, seen.overlapping, named)
        depends_on(graph, wanted, language, *asked)


def _address() -> str:
    """Return the address of the endpoint, which relative IRIs of a query are relative to."""
    return f"{request.scheme}://{request.host}{request.script_root}{request.path}"


def _language(graph: Graph) -> str:
    return reader_language(request, graph.settings.languages)


def _cut(graph: Graph, wanted: Wanted, truncate: str | None) -> int | None:
    """Return after how many rows the answer is cut off, if the client would rather have that.

    Raises:
        ParameterError: `truncate` is neither yes nor no.
    """
    if truncate not in (None, "yes", "no"):
        raise ParameterError(
            f"`truncate` is {quoted(truncate)}", where="truncate", hint="Give yes or no"
        )
    limits = graph.settings.limits
    if wanted.page:
        return min(limits.page_rows, limits.result_rows)
    return limits.result_rows if truncate == "yes" else None


def _welcome(graph: Graph, asked: str | None) -> Response | str:
    """Return the page with the empty form, or the service description (section 4)."""
    media_type = graph_type(asked, page="last")
    depends_on_address(graph, Context.of_request().language, graph.clock())
    if media_type == HTML:
        return empty_page()
    body = service_description(graph, _address(), format_of(media_type, GRAPHS) or "ttl")
    return Response(body, content_type=content_type(media_type))
