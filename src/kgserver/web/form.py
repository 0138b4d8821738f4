"""The form of a named query: its fields, the choices they offer, the values that were asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal

from kgserver.answers.graph import Cell, Graph
from kgserver.library import NamedQuery, Parameter, ParamType
from kgserver.library.parameters import Term
from kgserver.terms import RDFS, shorten

__all__ = ["Field", "asked_for", "fields", "filled", "values_shown"]

OPTIONS_LIMIT = 500
"""Things that one field of a form offers."""


def filled(named: NamedQuery, values: Mapping[str, str], language: str, day: str) -> dict[str, str]:
    """Return the parameters of a query; labels come in the reader's language.

    Args:
        day: The day asked, for a parameter that takes it.
    """
    spoken = {"lang": language} if "lang" in named.params else {}
    return named.on(day, {**spoken, **values})


def asked_for(named: NamedQuery) -> list[Parameter]:
    """Return the parameters that the form asks for: the page has language and day already."""
    return [
        parameter
        for name, parameter in named.params.items()
        if name != "lang" and parameter.type is not ParamType.DAY
    ]


@dataclass(frozen=True)
class Field:
    """One field of a query's form."""

    name: str
    label: str
    description: str
    value: str
    options: list[tuple[str, str]]


def fields(
    graph: Graph,
    named: NamedQuery,
    values: Mapping[str, str],
    language: str,
    unknown: Collection[str] = (),
) -> list[Field]:
    """Return the fields of a query's form, filled with what was asked.

    Args:
        unknown: Parameters with values that the graph does not know: no choices.
    """
    return [_field(graph, p, values, language, unknown) for p in asked_for(named)]


def values_shown(named: NamedQuery, values: Mapping[str, str]) -> list[tuple[Parameter, Cell]]:
    """Return each parameter that the form asks for, with the value that was asked."""
    return [(parameter, _cell(_term(parameter, values))) for parameter in asked_for(named)]


def _cell(term: Term) -> Cell:
    if isinstance(term, Literal):
        return Cell("literal", term.value, datatype=term.datatype.value)
    return Cell("uri", term.value)


def _term(parameter: Parameter, values: Mapping[str, str]) -> Term:
    given = values.get(parameter.name)
    return parameter.default if given is None else parameter.read(given)


def _field(
    graph: Graph,
    parameter: Parameter,
    values: Mapping[str, str],
    language: str,
    unknown: Collection[str],
) -> Field:
    value = _term(parameter, values).value
    options = _options(graph, parameter, language)
    if options and parameter.name in unknown:
        options.insert(0, ("", ""))  # nothing is chosen: the browser asks for a choice
        value = ""
    elif options and value not in [option for option, _ in options]:
        # The form must not ask another thing than was asked.
        options.insert(0, (value, shorten(value)))
    return Field(
        parameter.name,
        parameter.label[language],
        parameter.description[language],
        value,
        options,
    )


def _options(graph: Graph, parameter: Parameter, language: str) -> list[tuple[str, str]]:
    """Return the values worth offering, with their names, in the order of the names."""
    if parameter.choices:
        return [(choice, choice) for choice in parameter.choices]
    if parameter.choices_from is None:
        return []
    way, term = parameter.choices_from
    is_worth = f"?x a {term}" if way == "class" else f"?any {term} ?x"
    rows = graph.select(
        f"SELECT DISTINCT ?x ?label {{ {is_worth} . ?x <{RDFS}label> ?label "
        f'FILTER(LANG(?label) = "{language}") }} ORDER BY ?label ?x LIMIT {OPTIONS_LIMIT}',
        graph.at("all"),
    ).rows
    return [(row["x"].value, row["label"].value) for row in rows]
