"""What an IRI of the graph leads to: things, terms, files and the law of a day; page or RDF."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, g, render_template, request
from pyoxigraph import NamedNode

from kgserver.answers.graph import Graph
from kgserver.answers.lookalike import mixed_words
from kgserver.answers.things import describe
from kgserver.engine.question import Dataset
from kgserver.errors import NotFound
from kgserver.web.asked import asked, day_of
from kgserver.web.constructed import constructed
from kgserver.web.context import Context
from kgserver.web.freshness import depends_on
from kgserver.web.request import iri_path, one
from kgserver.web.wanted import HTML, graph_type

blueprint = Blueprint("resources", __name__)


@blueprint.get("/id/<path:_>")
@blueprint.get("/ns/<path:_>")
def thing(_: str) -> Response | str:
    """One thing, in the language and on the day that the reader asks; as a page or as RDF.

    A thing that has ended is still there: its page says until when it held.
    """
    graph, language, view = asked()
    iri = _iri(graph, iri_path(request))
    media_type = graph_type(one(request, "format"), page="first")
    if media_type != HTML:
        return _rdf(graph, iri, view, media_type)
    found = describe(graph, iri, view, language)
    if found is None:
        raise _unknown(iri)
    return render_template(
        "thing.html", t=found, day=day_of(graph, view), mixed=mixed_words(found.iri)
    )


@blueprint.get("/ns")
def vocabulary() -> Response:
    """The vocabulary that the folder defines, as RDF: what an editor of ontologies opens."""
    graph = Context.graph()
    if not graph.ontology:
        raise NotFound("This graph defines no vocabulary", where="ns")
    return constructed(
        graph,
        Dataset(named=graph.ontology),
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?file { ?s ?p ?o } }",
    )


@blueprint.get("/graph/<path:_>")
def file_graph(_: str) -> Response:
    """What one file of the folder asserts, as RDF."""
    graph = Context.graph()
    # The name of a file is escaped in its IRI, unlike other letters beyond ASCII here.
    iri = graph.settings.base + quote(iri_path(request), safe="/%")
    if iri not in graph.manifest.files:
        raise NotFound("There is no such graph", where=iri, hint="The data at /sparql list them")
    return constructed(graph, Dataset(default=(iri,)))


@blueprint.get("/at/<day>")
def view_of(day: str) -> Response:
    """The law of a day, as RDF."""
    graph = Context.graph()
    g.dataset = graph.at(day)
    return constructed(graph, g.dataset)


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
        raise NotFound("That is no IRI", where=path, hint="Begin at `/`") from None


def _rdf(graph: Graph, iri: str, view: Dataset, media_type: str) -> Response:
    """Return what the record and the view of the day say of a thing, as RDF."""
    record = graph.at("all")
    text = (
        f"CONSTRUCT {{ <{iri}> ?p ?o . ?s ?q <{iri}> }} WHERE {{ {{ <{iri}> ?p ?o }} UNION "
        f"{{ ?s ?q <{iri}> }} UNION {{ GRAPH ?g {{ <{iri}> ?p ?o }} }} }}"
    )
    dataset = Dataset(default=record.default, named=view.default)
    depends_on(graph, media_type, dataset, text)
    if not graph.select(f"SELECT ?p {{ <{iri}> ?p ?o }} LIMIT 1", record).rows:
        raise _unknown(iri)
    return constructed(graph, dataset, text, media_type)


def _unknown(iri: str) -> NotFound:
    return NotFound("Nothing is known of this IRI", where=iri, hint="See the questions at /queries")
