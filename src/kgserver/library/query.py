"""One named query: a file that runs as it stands in any SPARQL tool, and what its head says.

Each parameter has one line `VALUES ?name { example }`, and that line is what `bind` fills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NoReturn

from pyoxigraph import QuerySolutions, Store

from kgserver.engine.guard import is_volatile
from kgserver.errors import LibraryError, ParameterError
from kgserver.lexis import Places, mask, names
from kgserver.library.document import Document
from kgserver.library.head import Asks, read_head
from kgserver.library.parameters import Declaration, Parameter, ParamType, Term, written
from kgserver.near import did_you_mean, nearest, quoted

__all__ = ["Form", "NamedQuery", "read_query"]

_FORM = re.compile(r"(?<![\w:?$.\-])(SELECT|ASK|CONSTRUCT|DESCRIBE)(?![\w:.\-])", re.IGNORECASE)
_ORDER = re.compile(r"(?<![\w:?$.\-])ORDER\s+BY(?![\w:.\-])", re.IGNORECASE)
_SERVICE = re.compile(r"(?<![\w:?$.\-])SERVICE(?![\w:.\-])", re.IGNORECASE)
_SLOT = re.compile(
    r"^[ \t]*VALUES[ \t]+[?$](?P<name>\w+)[ \t]*\{(?P<example>[^{}\n]*)\}[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_SYNTAX = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_SENTENCE = re.compile(r"(?:of|,) ([A-Z][a-z]+(?: [^\s,]+){2,})")


class Form(StrEnum):
    """The form of a query (SPARQL 1.1, section 16)."""

    SELECT = "select"
    ASK = "ask"
    CONSTRUCT = "construct"
    DESCRIBE = "describe"


@dataclass(frozen=True)
class Slot:
    """Where in the text the example of a parameter stands, braces not included."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class NamedQuery:
    """A query of the library; texts for readers have one entry per language of the graph."""

    topic: str
    name: str
    path: str
    """The file, from the folder of the graph, with slashes."""
    text: str
    """The whole file, as it stands."""
    form: Form
    title: Mapping[str, str]
    question: Mapping[str, str]
    description: Mapping[str, str]
    asks: Asks
    params: Mapping[str, Parameter]
    columns: tuple[str, ...]
    """The variables of a SELECT in their order; empty for the other forms."""
    slots: tuple[Slot, ...] = field(repr=False)
    document: Document | None = None
    """How the answer is read as a document, where it is one."""

    @cached_property
    def volatile(self) -> bool:
        """Whether the same question can have another answer a moment later."""
        return is_volatile(self.text)

    @property
    def full_name(self) -> str:
        """The name with its topic: `accountability/to-whom`."""
        return f"{self.topic}/{self.name}"

    @property
    def of_a_day(self) -> bool:
        """Whether the query, though it asks the record, takes the day asked as a parameter."""
        return any(parameter.type is ParamType.DAY for parameter in self.params.values())

    def on(self, day: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return the values with the day asked for each parameter that takes it and has none."""
        days = {name: day for name, p in self.params.items() if p.type is ParamType.DAY}
        return {**days, **values}

    def bind(self, values: Mapping[str, str]) -> str:
        """Return the query's text with each given parameter's VALUES line filled.

        A parameter without a value keeps its example. Values are read as terms of the
        parameter's type and go in by one pass, so no value can change the query.

        Raises:
            ParameterError: a value is not of its parameter's type, or the query has no such
                parameter; `where` is the parameter.
        """
        for name in values:
            if name not in self.params:
                raise ParameterError(
                    f"`{self.full_name}` has no parameter {quoted(name)}",
                    where=name,
                    hint=did_you_mean(name, self.params),
                )
        terms = {name: self.params[name].read(text) for name, text in values.items()}
        pieces, done = [], 0
        for slot in self.slots:
            if slot.name in terms:
                pieces += [self.text[done : slot.start], f" {written(terms[slot.name])} "]
                done = slot.end
        return "".join([*pieces, self.text[done:]])


def read_query(
    text: str, *, topic: str, name: str, path: str, languages: tuple[str, ...]
) -> NamedQuery:
    """Return the query that a file's text holds.

    Raises:
        LibraryError: the head or the query is not well-formed; `where` is file:line.
    """
    return _Reader(text, topic, name, path, languages).query()


class _Reader:
    """Checks a file part by part; the masked text shows keywords only where they are keywords."""

    def __init__(self, text: str, topic: str, name: str, path: str, languages: tuple[str, ...]):
        self.text, self.topic, self.name, self.path = text, topic, name, path
        self.languages = languages
        self.masked = mask(text)
        self.places = Places(text)

    def query(self) -> NamedQuery:
        head = read_head(self.text, self.path, self.languages)
        start = _FORM.search(self.masked)
        if start is None:
            self.fail(len(self.text), "The file holds no query", "Write a SELECT below the head")
        self.check_names()
        form, columns = Form(start[1].lower()), self.projection()
        if form is Form.SELECT:
            self.check_columns(start.start(), head.columns, columns)
        elif head.columns is not None:
            self.fail(
                start.start(), f"A query of form {start[1]} has no columns", "Remove `columns`"
            )
        slots = [Slot(s["name"], *s.span("example")) for s in _SLOT.finditer(self.masked)]
        prologue = self.text[: start.start()]
        params = {d.name: self.parameter(d, slots, prologue) for d in head.params.values()}
        return NamedQuery(
            topic=self.topic,
            name=self.name,
            path=self.path,
            text=self.text,
            form=form,
            title=head.title,
            question=head.question,
            description=head.description,
            asks=head.asks,
            params=params,
            columns=columns,
            slots=tuple(slot for slot in slots if slot.name in params),
            document=self.document(head.document, columns),
        )

    def document(self, document: Document | None, columns: tuple[str, ...]) -> Document | None:
        if document is None:
            return None
        named = [c for sentence in document.row.values() for c in sentence.columns]
        for column in [*named, *([document.group] if document.group else [])]:
            if column not in columns:
                cure = did_you_mean(column, columns)
                self.fail("1", f"The document names a column `{column}` that is not there", cure)
        return document

    def check_names(self) -> None:
        """Find undeclared prefixes, which the parser reports in words that help nobody."""
        declared = set(re.findall(r"(?im)\bPREFIX\s+([^\s:]*):", self.masked))
        for used in names(self.text):
            if used.iri is None:
                near = nearest(used.prefix or "", declared)
                cure = f"Did you mean `{near}:`?" if near else "Declare it with a PREFIX line"
                self.fail(used.start, f"Prefix `{used.prefix}:` is not declared", cure)
        if service := _SERVICE.search(self.masked):
            cure = "Ask this graph only: bring what you need into data/"
            self.fail(service.start(), "SERVICE in a named query", cure)

    def projection(self) -> tuple[str, ...]:
        """Return the variables of a SELECT; the parser names them when it runs on no data."""
        try:
            result = Store().query(self.text)
        except SyntaxError as error:
            found = _SYNTAX.search(str(error))
            place, reason = (f"{found[1]}:{found[2]}", found[3]) if found else ("1", str(error))
            self.fail(place, f"Not SPARQL 1.1: {_readable(reason)}", "Mend the query")
        except (OSError, RuntimeError, ValueError) as error:
            self.fail("1", f"The engine cannot run it: {error}", "Use what SPARQL 1.1 defines")
        if isinstance(result, QuerySolutions):
            return tuple(variable.value for variable in result.variables)
        return ()

    def check_columns(
        self, start: int, stated: tuple[str, ...] | None, columns: tuple[str, ...]
    ) -> None:
        if stated != columns:
            said = f"[{', '.join(stated)}]" if stated else "nothing"
            right = f"Write `columns: [{', '.join(columns)}]`, or mend the SELECT"
            self.fail(start, f"`columns` says {said}, the SELECT gives other columns", right)
        if not any(self.is_outermost(order.start()) for order in _ORDER.finditer(self.masked)):
            cure = "Order by columns that tell all rows apart: an answer has one order"
            self.fail(start, "The SELECT has no ORDER BY", cure)

    def is_outermost(self, offset: int) -> bool:
        return self.masked.count("{", 0, offset) == self.masked.count("}", 0, offset)

    def parameter(self, declared: Declaration, slots: list[Slot], prologue: str) -> Parameter:
        line = f"VALUES ?{declared.name} {{ example }}"
        mine = [slot for slot in slots if slot.name == declared.name]
        if not mine:
            others = {slot.name for slot in slots}
            near = nearest(declared.name, others)
            cure = f"Did you mean `?{near}`?" if near else f"Write `{line}` on a line of its own"
            self.fail(str(declared.line), f"Parameter `{declared.name}` has no VALUES line", cure)
        if len(mine) > 1:
            self.fail(mine[1].start, f"A second VALUES line of `{declared.name}`", "Keep one")
        terms = list(self.examples(mine[0], prologue))
        if len(terms) != 1:
            message = f"`{declared.name}` has {len(terms)} examples"
            self.fail(mine[0].start, message, f"Write one: `{line}`")
        (term,) = terms
        if not declared.fits(term):
            message = f"{quoted(str(term))} is no value of `{declared.name}` ({declared.type})"
            self.fail(mine[0].start, message, "Give an example of that type and among its choices")
        return Parameter(**vars(declared), default=term)

    def examples(self, slot: Slot, prologue: str) -> Iterator[Term]:
        """Yield the terms of a VALUES line, read with the prefixes of the file."""
        example = self.text[slot.start : slot.end]
        text = f"{prologue}\nSELECT ?example WHERE {{ VALUES ?example {{ {example} }} }}"
        result = Store().query(text)
        assert isinstance(result, QuerySolutions)
        for row in result:
            yield row["example"]

    def fail(self, place: int | str, message: str, cure: str) -> NoReturn:
        """Raise for an offset, or for a place that is already told as line:column."""
        where = place if isinstance(place, str) else ":".join(map(str, self.places.at(place)))
        raise LibraryError(
            message[0].upper() + message[1:], where=f"{self.path}:{where}", hint=cure
        )


def _readable(reason: str) -> str:
    """Return the one sentence among the tokens that the parser says it expected, or the tokens."""
    sentence = _SENTENCE.search(reason)
    return sentence[1] if sentence else quoted(reason, 160)[1:-1]
