"""The query library over HTTP: the list, and each question with its form and its answer."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from io import StringIO
from itertools import groupby

from flask import Blueprint, Response, render_template, request

from kgserver import formats
from kgserver.answers.graph import Cell, Graph, Table
from kgserver.answers.unknown import Unknown, unknown_values
from kgserver.answers.windows import windows_at
from kgserver.engine.question import Dataset, Question
from kgserver.errors import ParameterError
from kgserver.formats import SOLUTIONS
from kgserver.library import NamedQuery, ParamType
from kgserver.web.asked import asked, day_of
from kgserver.web.context import Context
from kgserver.web.document import groups, headings, parts
from kgserver.web.form import fields, filled, values_shown
from kgserver.web.freshness import volatile
from kgserver.web.request import one
from kgserver.web.sent import data, truncated
from kgserver.web.shown import Shown
from kgserver.web.wanted import ENVELOPE, HTML, content_type, format_of, row_type

blueprint = Blueprint("questions", __name__)

_CSV = "text/csv"


@blueprint.get("/queries")
def listed() -> Response | str:
    """The library of named questions, as a page, as JSON or as CSV."""
    graph, language, _ = asked()
    name = one(request, "format")
    own = {"html": HTML, "json": ENVELOPE, "csv": _CSV}
    if name is not None and name not in own:
        raise ParameterError(f"No format `{name}`", where="format", hint="html, json or csv")
    offered = (ENVELOPE, _CSV, HTML)
    wanted = own[name] if name else formats.negotiate(request.headers.get("Accept"), offered)
    if wanted == HTML:
        return render_template("queries.html", topics=by_topic(graph.library))
    if wanted == _CSV:
        return Response(_list_csv(graph.library, language), content_type=content_type(_CSV))
    return _json({"queries": [_told(query) for query in graph.library]})


@blueprint.get("/queries/<topic>/<name>")
def answered(topic: str, name: str) -> Response | str:
    """One question: its form, its answer, itself; as a page or as data."""
    named = Context.graph().library.get(f"{topic}/{name}")
    graph, language, view = asked(named)
    dataset = graph.dataset_of(named, view.at)
    if named.volatile:
        volatile()
    day = day_of(graph, view)
    values = filled(named, _values(named), language, day)
    text = named.bind(values)
    media_type = row_type(one(request, "format"))
    if media_type not in (HTML, ENVELOPE):
        name = format_of(media_type, SOLUTIONS) or SOLUTIONS[0].name
        answer = graph.ask(Question(text, dataset, name, None, volatile=named.volatile))
        return data(answer, media_type, language)
    shown_rows = graph.settings.limits.page_rows if media_type == HTML else None
    result = graph.select(text, dataset, cut=shown_rows, volatile=named.volatile)
    empty = result.verdict is None and not result.rows
    unknown = unknown_values(graph, named, values) if empty else []
    if media_type == ENVELOPE:
        return _envelope(graph, named, values, dataset, result, unknown)
    shown = values_shown(named, values)
    document = named.document
    cells = [cell for _, cell in shown] + (headings(document) if document else [])
    page = render_template(
        "query.html",
        query=named,
        fields=fields(graph, named, values, language, {found.parameter for found in unknown}),
        values=shown,
        unknown=unknown,
        text=text,
        result=Shown.of(graph, result, language, cells),
        groups=groups(document, result.rows) if document else [],
        parts=parts(graph, named, values, view.at, language),
        day=_day_taken(named, values) or day,
    )
    response = Response(page)
    if result.cut:
        truncated(response, rows=len(result.rows))
    return response


def by_topic(library: Iterable[NamedQuery]) -> list[tuple[str, list[NamedQuery]]]:
    """Return the queries of each topic."""
    return [(topic, list(found)) for topic, found in groupby(library, lambda q: q.topic)]


def _values(named: NamedQuery) -> dict[str, str]:
    """Return the parameters of the query that the address gives.

    Raises:
        ParameterError: one is there twice, or the query has no such parameter.
    """
    values = {name: one(request, name) for name in request.args}
    others = ("at", "format", "lang")
    for name in values:
        if name not in named.params and name not in others:
            known = ", ".join(dict.fromkeys([*named.params, *others]))
            raise ParameterError(
                f"There is no parameter `{name}`", where=name, hint=f"Known: {known}"
            )
    return {name: value for name, value in values.items() if value and name in named.params}


def _envelope(
    graph: Graph,
    named: NamedQuery,
    values: Mapping[str, str],
    dataset: Dataset,
    result: Table,
    unknown: Iterable[Unknown],
) -> Response:
    """Return the answer with what it is an answer to: query, parameters, day, revision.

    `windows` are the events that took effect on a day not known exactly, near the day asked;
    `notes` says what an answer without rows may be due to.
    """
    checked = graph.manifest.checked_until
    return _json(
        {
            "query": named.full_name,
            "question": dict(named.question),
            "parameters": {n: values.get(n, p.default.value) for n, p in named.params.items()},
            "at": _day_taken(named, values) or dataset.at,
            "state": dataset.state,
            "checked_until": checked.isoformat() if checked else None,
            "revision": graph.manifest.revision,
            "windows": [window.to_table() for window in windows_at(graph, dataset)],
            "notes": [str(found) for found in unknown],
            "columns": list(result.columns),
            "rows": [{name: _term(row[name]) for name in row} for row in result.rows],
        }
    )


def _day_taken(named: NamedQuery, values: Mapping[str, str]) -> str | None:
    """Return the day that a query of the record takes as a parameter."""
    return next((values[n] for n, p in named.params.items() if p.type is ParamType.DAY), None)


def _term(cell: Cell) -> dict[str, str]:
    told = {
        "type": cell.kind,
        "value": cell.value,
        "lang": cell.language,
        "datatype": cell.datatype,
    }
    return {key: value for key, value in told.items() if value is not None}


def _told(query: NamedQuery) -> dict[str, object]:
    return {
        "query": query.full_name,
        "topic": query.topic,
        "title": dict(query.title),
        "question": dict(query.question),
        "asks": str(query.asks),
        "parts": list(query.document.parts) if query.document else [],
        "parameters": {
            name: {
                "type": str(parameter.type),
                "label": dict(parameter.label),
                "example": parameter.default.value,
            }
            for name, parameter in query.params.items()
        },
        "columns": list(query.columns),
    }


def _list_csv(library: Iterable[NamedQuery], language: str) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["query", "question", "parameters"])
    for query in library:
        writer.writerow([query.full_name, query.question[language], " ".join(query.params)])
    return out.getvalue()


def _json(body: object) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), content_type=ENVELOPE)
