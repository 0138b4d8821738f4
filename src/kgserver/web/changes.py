"""What changed between two days: as a page, as JSON, as RDF.

An answer on two days is on no one day, so it has no `KG-At` and no `KG-State`; the days stand in
the answer itself.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template, request

from kgserver.answers.changes import (
    TODAY,
    Changes,
    change_days,
    changes_data,
    changes_rdf,
    known_thing,
    read_period,
    sayer,
)
from kgserver.answers.changes import changes as find_changes
from kgserver.answers.graph import Graph
from kgserver.errors import ParameterError
from kgserver.formats import GRAPHS
from kgserver.near import did_you_mean
from kgserver.web.context import Context
from kgserver.web.freshness import depends_on_address
from kgserver.web.request import one, reader_language
from kgserver.web.wanted import ENVELOPE, HTML, changes_type, content_type, format_of

blueprint = Blueprint("changes", __name__)

_PARAMETERS = ("from", "to", "about", "lang", "format", "at")


@blueprint.get("/changes")
def changed() -> Response | str:
    """What changed between `from` and `to`; without `from`, a page to choose the days on."""
    graph = Context.graph()
    for name in request.args:
        if name not in _PARAMETERS:
            hint = did_you_mean(name, _PARAMETERS)
            raise ParameterError(f"There is no parameter `{name}`", where=name, hint=hint)
    language = reader_language(request, graph.settings.languages)
    media_type = changes_type(one(request, "format"))
    depends_on_address(graph, language, graph.clock())
    first, last = one(request, "from"), one(request, "to")
    if first is None and media_type == HTML and last is None:
        return _choice(graph, language)
    if first is None:
        raise ParameterError(
            "`from` is missing", where="from", hint="Give two days: from=2016-01-01&to=2017-01-01"
        )
    period = read_period(graph, first, last or TODAY, names=("from", "to"))
    about = one(request, "about")
    subject = known_thing(graph, about, "about") if about else None
    told = find_changes(graph, period, language, subject)
    return _written(graph, told, media_type)


def _written(graph: Graph, told: Changes, media_type: str) -> Response | str:
    if media_type == HTML:
        say = sayer(told.labels.language)
        days = {"first": told.period.first, "last": told.period.last}
        return render_template("changes.html", told=told, say=say, named=told.labels.of, **days)
    if media_type == ENVELOPE:
        text = json.dumps(changes_data(told, graph.manifest.revision), ensure_ascii=False)
        return Response(text, content_type=ENVELOPE)
    name = format_of(media_type, GRAPHS) or GRAPHS[0].name
    body = changes_rdf(told, graph.settings.base, name)
    return Response(body, content_type=content_type(media_type))


def _choice(graph: Graph, language: str) -> str:
    """Return the page on which two days are chosen: the law's own calendar."""
    days, labels = change_days(graph, language)
    today = graph.clock().isoformat()
    passed = [day for day in days if day.day <= today and day.eve]
    eve = passed[0].eve if passed else None
    asked = Context.of_request().words()["day_shown"]  # a page of another day leads here
    return render_template(
        "changes.html",
        told=None,
        say=sayer(language),
        named=labels.of,
        calendar=days,
        first=asked if asked < today else eve or today,
        last=today,
    )
