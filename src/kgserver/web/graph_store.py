"""The SPARQL 1.1 Graph Store HTTP Protocol, as far as it reads: a whole graph by its IRI.

`/data?graph=<IRI>` names the graph inside the address (section 4.2), `/data?default` is the
default graph: the law of today, with `at=` of another day. A graph of ours can be read at its own
IRI as well (section 4.1): those of the files and those of the days are resources here.
Nothing is written: PUT, POST, DELETE and PATCH are not allowed.

Source: SPARQL 1.1 Graph Store HTTP Protocol, sections 4, 5.2 and 5.6.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, g, request
from pyoxigraph import NamedNode

from kgserver.answers.graph import Graph
from kgserver.engine.question import Dataset
from kgserver.errors import DateError, NotFound, ParameterError, UnknownGraph
from kgserver.near import quoted
from kgserver.web.constructed import constructed
from kgserver.web.context import Context
from kgserver.web.request import form_values, only, refuse_unknown

blueprint = Blueprint("graph_store", __name__)

PARAMETERS = frozenset({"graph", "default", "at", "format", "lang"})
"""`lang` is that of the page by which a browser is told of a fault."""


@blueprint.get("/data")
def stored() -> Response:
    """The graph that the address names, as RDF."""
    graph = Context.graph()
    g.dataset = dataset = _asked(graph, _values())
    return constructed(graph, dataset)


def _values() -> dict[str, str]:
    """Return the parameters of the request by name.

    Raises:
        ParameterError: one is unknown or there twice, or its bytes are not UTF-8.
    """
    values = form_values(request.query_string, "address")
    refuse_unknown(values, PARAMETERS)
    return {name: only(values, name) for name in values}


def _asked(graph: Graph, values: Mapping[str, str]) -> Dataset:
    """Return the dataset whose default graph is the one that is asked for.

    Raises:
        ParameterError: the address names no graph or two, or a day beside a graph's IRI.
        DateError: the day is none, or before the first legal state.
        NotFound: there is no such graph.
    """
    if ("graph" in values) == ("default" in values):
        raise ParameterError(
            "Both `graph` and `default` are given"
            if "graph" in values
            else "Neither `graph` nor `default` is given",
            where="address",
            hint="Ask `/data?graph=<IRI>` for a named graph, or `/data?default`",
        )
    day = values.get("at")
    if "graph" in values:
        if day:
            raise ParameterError(
                "`at` goes with `default`; a named graph is of no other day",
                where="at",
                hint=f"The law of a day is a graph of its own, {graph.settings.base}at/YYYY-MM-DD",
            )
        return _named(graph, values["graph"])
    if values["default"]:
        raise ParameterError(
            "`default` takes no value", where="default", hint="A day is named by `at`"
        )
    return graph.at(day)


def _named(graph: Graph, iri: str) -> Dataset:
    """Return the dataset of a file, of the law of a day or of the record, by its IRI.

    Raises:
        ParameterError: that is no absolute IRI (section 4.2).
        NotFound: there is no such graph (section 5.2): no such file, or no law of that day.
    """
    try:
        NamedNode(iri)
    except ValueError:
        raise ParameterError(
            f"{quoted(iri, 200)} is no absolute IRI", where="graph", hint="Give it whole: https://…"
        ) from None
    try:
        return graph.dataset(None, default_graph_uri=(iri,))
    except (DateError, UnknownGraph) as error:
        raise NotFound(error.message, where="graph", hint=error.hint) from None
