"""Pages of their own: the start, the list of errors, and an error as a page."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from kgserver.errors import KgError
from kgserver.web import problems
from kgserver.web.asked import asked, day_of
from kgserver.web.form import filled, values_shown
from kgserver.web.freshness import volatile
from kgserver.web.questions import by_topic
from kgserver.web.shown import Shown

blueprint = Blueprint("pages", __name__)

EXAMPLE = "SELECT * { ?body <https://w3id.org/prok/ns#accountableTo> ?authority }"


@blueprint.get("/")
def home() -> str:
    """The start page: what this is, a first answer, the questions by topic."""
    graph, language, dataset = asked()
    name = graph.settings.first_question
    first = graph.library.get(name) if name else None
    answer, values = None, []
    if first:
        text = first.bind(filled(first, {}, language, day_of(graph, dataset)))
        values = values_shown(first, {})
        if first.volatile:
            volatile()
        rows = graph.select(
            text,
            graph.dataset_of(first, dataset.at),
            cut=graph.settings.limits.page_rows,
            volatile=first.volatile,
        )
        answer = Shown.of(graph, rows, language, [cell for _, cell in values])
    return render_template(
        "home.html",
        topics=by_topic(graph.library),
        first=first,
        result=answer,
        values=values,
        address=request.url_root,
        example=EXAMPLE,
    )


@blueprint.get("/errors")
def errors() -> str:
    """Every kind of error, with its status and meaning."""
    asked()
    kinds = [(kind, problems.STATUS[kind]) for kind in problems.kinds()]
    return render_template("errors.html", kinds=kinds)


def problem_page(error: KgError) -> Response:
    """Return the error as a page."""
    status = problems.STATUS[type(error)]
    page = render_template("problem.html", error=error, status=status)
    return problems.mark(error, Response(page, status, content_type="text/html; charset=utf-8"))
