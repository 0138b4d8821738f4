"""Pages for readers: start, things, the query library, errors. No JavaScript is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from pyoxigraph import NamedNode

from kgserver import formats
from kgserver.engine.question import Dataset, Question
from kgserver.errors import KgError, NotFound, ParameterError
from kgserver.graph import Cell, Graph, Table
from kgserver.library import NamedQuery, Parameter
from kgserver.terms import RDFS
from kgserver.things import describe
from kgserver.web import problems
from kgserver.web.context import Context
from kgserver.web.request import iri_path, one, reader_language
from kgserver.web.sparql import HTML, content_type

blueprint = Blueprint("pages", __name__)
ENVELOPE = "application/json"
OPTIONS_LIMIT = 500
EXAMPLE = "SELECT * { ?body <https://w3id.org/prok/ns#accountableTo> ?authority }"


@blueprint.get("/")
def home() -> str:
    """The start page: what this is, a first answer, the questions by topic."""
    graph, language, dataset = _asked()
    first = next(iter(graph.library), None)
    answer = None
    if first:
        answer = graph.select(_bound(first, {}, language), graph.dataset_of(first, dataset.at))
    return render_template(
        "home.html",
        topics=_topics(graph),
        first=first,
        answer=answer,
        address=request.url_root,
        example=EXAMPLE,
    )


@blueprint.get("/queries")
def queries() -> str:
    """The library of named questions."""
    graph, _, _ = _asked()
    return render_template("queries.html", topics=_topics(graph))


@blueprint.get("/queries/<topic>/<name>")
def query(topic: str, name: str) -> Response | str:
    """One question: its form, its answer, itself; as a page or as data."""
    graph, language, view = _asked()
    named = graph.library.get(f"{topic}/{name}")
    dataset = graph.dataset_of(named, view.at)
    g.dataset = dataset
    given = {name: value for name in request.args if (value := one(request, name)) is not None}
    values = {n: v for n, v in given.items() if n not in ("at", "format")}
    if odd := sorted(values.keys() - named.params.keys() - {"lang"}):
        known = ", ".join([*named.params, "at", "format", "lang"])
        raise ParameterError(
            f"There is no parameter `{odd[0]}`", where=odd[0], hint=f"Known: {known}"
        )
    text = _bound(named, values, language)
    media_type = _row_type(one(request, "format"))
    if media_type in (HTML, ENVELOPE):
        result = graph.select(text, dataset)
        if media_type == ENVELOPE:
            return _envelope(graph, named, values, dataset, result)
        return _query_page(graph, named, values, text, dataset, result)
    found = formats.by_media_type(media_type, formats.SOLUTIONS)
    assert found is not None
    answer = graph.ask(Question(text, dataset, found.name, None))
    return Response(answer.body, content_type=content_type(media_type))


@blueprint.get("/id/<path:_>")
@blueprint.get("/ns/<_>")
def thing(_: str) -> Response | str:
    """One thing, in the language and on the day that the reader asks; as a page or as RDF."""
    graph, language, view = _asked()
    iri = _iri(graph, iri_path(request, request.script_root + "/"))
    media_type = _graph_type(one(request, "format"))
    if media_type != HTML:
        return _rdf(graph, iri, view, media_type)
    found = describe(graph, iri, view, language)
    if found is None:
        raise _unknown(iri)
    return render_template("thing.html", t=found, day=_day(graph, view))


@blueprint.get("/graph/<path:_>")
@blueprint.get("/ns")
def file_graph(_: str = "") -> Response:
    """One file of the graph, as RDF: what Protégé or a crawler reads."""
    graph = Context.graph()
    path = iri_path(request, request.script_root + "/")
    iri = graph.settings.base + ("graph/ontology/prok" if path == "ns" else path)
    if iri not in graph.manifest.files:
        raise NotFound("There is no such graph", where=iri, hint="`/sparql` lists them all")
    media_type = formats.negotiate(request.headers.get("Accept"), formats.offers(formats.GRAPHS))
    return _construct(graph, Dataset(default=(iri,)), media_type)


@blueprint.get("/at/<day>")
def view_of(day: str) -> Response:
    """The law of a day, as RDF."""
    graph = Context.graph()
    dataset = graph.at(day)
    g.dataset = dataset
    media_type = formats.negotiate(request.headers.get("Accept"), formats.offers(formats.GRAPHS))
    return _construct(graph, dataset, media_type)


@blueprint.get("/errors")
def errors() -> str:
    """Every kind of error, with its status and meaning."""
    kinds = [(kind, problems.STATUS[kind]) for kind in problems.kinds()]
    return render_template("errors.html", kinds=kinds)


def problem_page(error: KgError) -> Response:
    """Return the error as a page."""
    status = problems.STATUS[type(error)]
    page = render_template("problem.html", error=error, status=status)
    return problems.mark(error, Response(page, status, content_type="text/html; charset=utf-8"))


def _asked() -> tuple[Graph, str, Dataset]:
    """Return the graph, the reader's language, and the view of the day asked about."""
    graph = Context.graph()
    language = reader_language(request, graph.settings.languages)
    dataset = graph.at(one(request, "at"))
    g.dataset = dataset
    return graph, language, dataset


def _day(graph: Graph, view: Dataset) -> str:
    return graph.clock().isoformat() if view.at in (None, "all") else str(view.at)


def _topics(graph: Graph) -> list[tuple[str, list[NamedQuery]]]:
    return [(topic, list(found)) for topic, found in groupby(graph.library, lambda q: q.topic)]


def _bound(named: NamedQuery, values: dict[str, str], language: str) -> str:
    wanted = dict(values)
    if "lang" in named.params:
        wanted.setdefault("lang", language)
    else:
        wanted.pop("lang", None)
    return named.bind(wanted)


def _row_type(asked: str | None) -> str:
    """Return the media type of a named query's rows; `json` by name is our envelope."""
    if asked == "html":
        return HTML
    if asked == "json":
        return ENVELOPE
    if asked is not None:
        return formats.by_name(asked, formats.SOLUTIONS).media_type
    offered = (ENVELOPE, *formats.offers(formats.SOLUTIONS), HTML)
    return formats.negotiate(request.headers.get("Accept"), offered)


def _graph_type(asked: str | None) -> str:
    if asked is not None:
        return HTML if asked == "html" else formats.by_name(asked, formats.GRAPHS).media_type
    return formats.negotiate(request.headers.get("Accept"), (HTML, *formats.offers(formats.GRAPHS)))


def _envelope(
    graph: Graph, named: NamedQuery, values: dict[str, str], dataset: Dataset, result: Table
) -> Response:
    """Return the answer with what it is an answer to: query, parameters, day, revision."""
    body = {
        "query": named.full_name,
        "question": dict(named.question),
        "parameters": {n: values.get(n, p.default.value) for n, p in named.params.items()},
        "at": dataset.at,
        "state": dataset.state,
        "checked_until": checked.isoformat() if (checked := graph.manifest.checked_until) else None,
        "revision": graph.manifest.revision,
        "columns": list(result.columns),
        "rows": [{name: _term(row[name]) for name in row} for row in result.rows],
    }
    return Response(json.dumps(body, ensure_ascii=False), content_type=ENVELOPE)


def _term(cell: Cell) -> dict[str, str]:
    told = {
        "type": cell.kind,
        "value": cell.value,
        "lang": cell.language,
        "datatype": cell.datatype,
    }
    return {key: value for key, value in told.items() if value is not None}


@dataclass(frozen=True)
class Field:
    """One field of a query's form."""

    name: str
    label: Any
    value: str
    options: list[tuple[str, str]]


def _query_page(
    graph: Graph,
    named: NamedQuery,
    values: dict[str, str],
    text: str,
    dataset: Dataset,
    result: Table,
) -> str:
    language = reader_language(request, graph.settings.languages)
    fields = [
        Field(n, p.label, values.get(n, p.default.value), _options(graph, p, language))
        for n, p in named.params.items()
        if n != "lang"
    ]
    kept = [(n, request.args[n]) for n in ("at", "lang") if n in request.args]
    return render_template(
        "query.html",
        query=named,
        fields=fields,
        kept_for_form=kept,
        text=text,
        result=result,
        day=_day(graph, dataset),
    )


def _options(graph: Graph, parameter: Parameter, language: str) -> list[tuple[str, str]]:
    """Return the values worth offering, with their names, in the order of the names."""
    if parameter.choices:
        return [(choice, choice) for choice in parameter.choices]
    if parameter.choices_class is None:
        return []
    text = (
        f"SELECT DISTINCT ?x ?label WHERE {{ ?x a {parameter.choices_class} ; <{RDFS}label> ?label . "
        f'FILTER(LANG(?label) = "{language}") }} ORDER BY ?label LIMIT {OPTIONS_LIMIT}'
    )
    rows = graph.select(text, graph.at("all")).rows
    return [(row["x"].value, row["label"].value) for row in rows]


def _iri(graph: Graph, path: str) -> str:
    """Return the IRI that a path of ours stands for.

    Raises:
        NotFound: the path is no part of an IRI.
    """
    base = graph.settings.base
    iri = base + ("ns#" + path.removeprefix("ns/") if path.startswith("ns/") else path)
    try:
        return NamedNode(iri).value
    except ValueError:
        raise NotFound("That is no IRI", where=path) from None


def _rdf(graph: Graph, iri: str, view: Dataset, media_type: str) -> Response:
    """Return what the record and the view of the day say of a thing, as RDF."""
    record = graph.at("all")
    text = (
        f"CONSTRUCT {{ <{iri}> ?p ?o . ?s ?q <{iri}> }} WHERE {{ {{ <{iri}> ?p ?o }} UNION "
        f"{{ ?s ?q <{iri}> }} UNION {{ GRAPH ?g {{ <{iri}> ?p ?o }} }} }}"
    )
    dataset = Dataset(default=record.default, named=view.default)
    probe = graph.select(f"SELECT ?p {{ <{iri}> ?p ?o }} LIMIT 1", record)
    if not probe.rows:
        raise _unknown(iri)
    return _construct(graph, dataset, media_type, text)


def _construct(
    graph: Graph, dataset: Dataset, media_type: str, text: str = "CONSTRUCT WHERE { ?s ?p ?o }"
) -> Response:
    found = formats.by_media_type(media_type, formats.GRAPHS)
    assert found is not None
    answer = graph.ask(Question(text, dataset, None, found.name))
    return Response(answer.body, content_type=content_type(media_type))


def _unknown(iri: str) -> NotFound:
    return NotFound(
        "Nothing is known of this IRI", where=iri, hint="Search the library at /queries"
    )
