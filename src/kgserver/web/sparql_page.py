"""The page of the endpoint: a form, and under it an answer or what is wrong with the query."""

from __future__ import annotations

from flask import Response, render_template, request

from kgserver.answers.graph import Graph, table
from kgserver.answers.spelling import undeclared
from kgserver.engine.question import Answer
from kgserver.errors import KgError, TooLarge
from kgserver.web import problems
from kgserver.web.sent import truncated
from kgserver.web.shown import Shown

__all__ = ["answer_page", "empty_page", "problem_page"]

EXAMPLE = (
    "SELECT ?body ?authority\nWHERE { ?body <https://w3id.org/prok/ns#accountableTo> ?authority }"
)
_DATA = {"select": "json csv spreadsheet tsv xml", "ask": "json xml", "graph": "ttl nt jsonld rdf"}
"""The formats in which an answer of a kind can be read as data."""


def empty_page() -> str:
    """Return the form with an example."""
    return render_template("sparql.html", text=EXAMPLE, at=request.args.get("at", ""))


def answer_page(graph: Graph, text: str, at: str, answer: Answer, language: str) -> Response:
    """Return the form and the answer, or as much of it as fits on a page."""
    rows = table(answer) if answer.kind != "graph" else None
    most = graph.settings.limits.page_rows
    lines = answer.whole().decode().removesuffix("\n").split("\n") if rows is None else []
    page = render_template(
        "sparql.html",
        text=text,
        at=at,
        faults=undeclared(graph, text),
        verdict=rows.verdict if rows else None,
        result=Shown.of(graph, rows, language) if rows else None,
        turtle="\n".join(lines[:most]) if rows is None else None,
        cut=most if len(lines) > most else None,
        formats=_DATA[answer.kind].split() if request.method == "GET" else (),
    )
    response = Response(page)
    if rows and rows.cut:
        truncated(response, rows=len(rows.rows))
    elif len(lines) > most:
        truncated(response, lines=most)
    return response


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
