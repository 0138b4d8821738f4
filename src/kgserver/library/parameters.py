"""Parameters of named queries: texts from outside become RDF terms, terms become SPARQL.

A value never enters a query as text: it is read as a term of the parameter's type first, and the
term is written in the one form that every SPARQL engine reads alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pyoxigraph import Literal, NamedNode

from kgserver.errors import ParameterError
from kgserver.near import did_you_mean, quoted
from kgserver.terms import PREFIXES, XSD

__all__ = ["Declaration", "ParamType", "Parameter", "Term", "written"]

Term = NamedNode | Literal

_DATE = NamedNode(XSD + "date")
_INTEGER = NamedNode(XSD + "integer")
_LARGEST = 2**63 - 1  # what the engine computes with; beyond it an integer compares as nothing
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")


class ParamType(StrEnum):
    """What a parameter may hold."""

    IRI = "iri"
    STRING = "string"
    DATE = "date"
    INTEGER = "integer"
    LANG = "lang"
    DAY = "day"
    """A date; the day that the question is asked of, unless another is given."""


@dataclass(frozen=True)
class Declaration:
    """A parameter as the head of a query declares it."""

    name: str
    type: ParamType
    label: Mapping[str, str]
    description: Mapping[str, str]
    languages: tuple[str, ...]
    """The languages of the graph: the values of a parameter of type `lang`."""
    line: int
    """Where the head of the query declares it."""
    choices: tuple[str, ...] = ()
    """The only values it takes; empty if it takes any."""
    choices_from: tuple[str, Term] | None = None
    """Where values worth offering come from; others are taken too.

    `class` and a class: its instances. `of` and a property: what has it as a value.
    """

    def read(self, text: str) -> Term:
        """Return the term that a text stands for.

        IRIs are absolute (`scheme://…` or `urn:…`) or start with a prefix of `terms.PREFIXES`;
        dates are real days written YYYY-MM-DD; integers have 64 bits.

        Raises:
            ParameterError: the text is not of the parameter's type, or none of its choices.
        """
        try:
            term = _READERS[self.type](text)
        except ValueError as error:
            raise self._refusal(text, str(error)) from None
        if self.type is ParamType.LANG and text not in self.languages:
            raise self._refusal(text, f"Give one of {', '.join(self.languages)}")
        if self.choices and term not in [_READERS[self.type](choice) for choice in self.choices]:
            raise self._refusal(text, did_you_mean(text, self.choices), "is not one of its choices")
        return term

    def fits(self, term: object) -> bool:
        """Tell whether a term written in a query could have come from `read`."""
        if self.type is ParamType.IRI:
            text = term.value if isinstance(term, NamedNode) else ""
        elif isinstance(term, Literal) and not term.language:
            text = term.value
        else:
            return False
        try:
            return self.read(text) == term
        except ParameterError:
            return False

    def _refusal(self, text: str, hint: str, fault: str = "") -> ParameterError:
        fault = fault or f"is no {_NAMES[self.type]}"
        return ParameterError(f"{quoted(text)} {fault}", where=self.name, hint=hint)


@dataclass(frozen=True)
class Parameter(Declaration):
    """A parameter with the example that stands in the query, taken when no value is given."""

    default: Term = field(kw_only=True)


def written(term: Term) -> str:
    """Return a term as SPARQL that every engine reads alike.

    Some engines replace code point escapes before they look at anything else (SPARQL 1.1,
    section 19.2), some after; some take as many hexadecimal digits as follow. So an escaped
    backslash is never followed by a bare `u`, and each escape has all its eight digits.
    """

    def plain(escape: re.Match[str]) -> str:
        backslash, letter, digits = escape.groups()
        if backslash:
            return rf"\\\U{ord(letter):08X}" if letter else backslash
        return rf"\U0000{digits}" if digits else escape[0]

    return _ESCAPE.sub(plain, str(term)) if isinstance(term, Literal) else str(term)


_ESCAPE = re.compile(r"(\\\\)([uU]?)|\\u([0-9A-Fa-f]{4})|\\")


def _iri(text: str) -> NamedNode:
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise ValueError("Give an absolute IRI or a prefixed name")
    rest = text[scheme.end() :]
    if scheme[1] in PREFIXES and not rest.startswith("//"):
        text = PREFIXES[scheme[1]] + rest
    elif not rest.startswith("//") and scheme[1].lower() != "urn":
        raise ValueError(f"No prefix `{scheme[1]}:`. {did_you_mean(scheme[1], PREFIXES)}")
    try:
        return NamedNode(text)
    except ValueError as error:  # UnicodeEncodeError, of a lone surrogate, is a ValueError too
        raise ValueError(
            'An IRI holds no blanks, none of <>"{}|^`\\ and no % that is not an escape.'
        ) from error


def _string(text: str) -> Literal:
    if "\0" in text:
        raise ValueError("A string holds no NUL")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("A string holds no lone surrogates")
    return Literal(text)


def _date(text: str) -> Literal:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("Write a date as YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("The calendar has no such day") from None
    return Literal(text, datatype=_DATE)


def _integer(text: str) -> Literal:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
        raise ValueError("Write an integer in decimal digits")
    if abs(int(text)) > _LARGEST:
        raise ValueError(f"Give an integer from {-_LARGEST} to {_LARGEST}")
    return Literal(str(int(text)), datatype=_INTEGER)


_READERS: dict[ParamType, Callable[[str], Term]] = {
    ParamType.IRI: _iri,
    ParamType.STRING: _string,
    ParamType.DATE: _date,
    ParamType.INTEGER: _integer,
    ParamType.LANG: _string,
    ParamType.DAY: _date,
}
_NAMES = {
    ParamType.IRI: "IRI",
    ParamType.STRING: "text",
    ParamType.DATE: "date",
    ParamType.INTEGER: "integer",
    ParamType.LANG: "language of this graph",
    ParamType.DAY: "date",
}
