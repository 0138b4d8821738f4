"""Names: each one used is declared, each thing referred to is described.

Rules: `UndeclaredTerm`, `UndeclaredExternalTerm`, `DanglingReference`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kgserver.check.declared import Said
from kgserver.check.finding import Finding, Severity
from kgserver.check.phrases import (
    DANGLING,
    DECLARE,
    DESCRIBE,
    NO_SPACE,
    NO_TERM,
    UNDECLARED,
    meant,
    say,
)
from kgserver.check.source import Locator, SourceTriple
from kgserver.check.wellknown import WELL_KNOWN, is_well_known
from kgserver.lexis import Places, names
from kgserver.near import nearest
from kgserver.terms import OWL, PREFIXES, PROK, RDF, RDFS, SH, shorten

__all__ = ["Judge", "Spaces", "Use"]

_DIGITS = re.compile(r"\d+")
_TYPE = RDF + "type"
# Properties whose objects are classes, properties or datatypes.
_OF_TERMS = {
    _TYPE,
    *(RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range")),
    *(OWL + name for name in ("equivalentClass", "equivalentProperty", "disjointWith")),
    *(OWL + name for name in ("inverseOf", "propertyDisjointWith", "complementOf")),
    *(OWL + name for name in ("onProperty", "onClass", "onDatatype", "onDataRange")),
    *(OWL + name for name in ("someValuesFrom", "allValuesFrom")),
    *(SH + name for name in ("path", "inversePath", "class", "datatype", "targetClass")),
    *(SH + name for name in ("targetSubjectsOf", "targetObjectsOf", "equals", "disjoint")),
    *(SH + name for name in ("lessThan", "lessThanOrEquals")),
}
_SPARQL = {SH + name for name in ("select", "ask", "construct")}


@dataclass(frozen=True)
class Spaces:
    """Whose the namespaces are."""

    own: str = PROK
    """That of the ontology: its names must be declared there."""
    things: str = PREFIXES["id"]
    """That of the data: what is referred to must be described."""
    others: frozenset[str] = frozenset(PREFIXES.values())
    """Those of other vocabularies that the graph uses; their terms must be declared too."""


@dataclass(frozen=True)
class Use:
    """A name in one place."""

    iri: str
    file: str
    line: int
    column: int | None = None
    is_term: bool = False
    """It stands where a class, a property or a datatype must stand."""
    is_subject: bool = False


class Judge:
    """Finds the names that files use, and judges them by what the files say."""

    def __init__(self, said: Said, spaces: Spaces, locator: Locator) -> None:
        self.said, self.spaces, self.locator = said, spaces, locator

    def uses(self, source: SourceTriple) -> Iterator[Use]:
        """Yield the names of a triple, those inside a SPARQL text of a shape too."""
        triple, file, line = source.triple, source.file, source.line
        path, value = triple.predicate.value, triple.object
        if isinstance(triple.subject, NamedNode):
            yield Use(triple.subject.value, file, line, is_subject=True)
        yield Use(path, file, line, is_term=True)
        if isinstance(value, NamedNode):
            yield Use(value.value, file, line, is_term=path in _OF_TERMS)
        elif isinstance(value, Literal):
            yield Use(value.datatype.value, file, line, is_term=True)
            if path in _SPARQL:
                for name in names(value.value, self.said.prefixes):
                    if name.iri is not None:
                        yield Use(name.iri, file, line, is_term=name.prefix is not None)

    def query_uses(self, file: str, text: str) -> Iterator[Use]:
        """Yield the names of a query; what a prefix shortens is taken for a term."""
        places = Places(text)
        for name in names(text):
            if name.iri is not None:
                line, column = places.at(name.start)
                yield Use(name.iri, file, line, column, is_term=name.prefix is not None)

    def judge(self, uses: Iterable[Use]) -> Iterator[Finding]:
        """Yield a finding for each faulty name of a line, once."""
        seen: set[tuple[str, str, int, int | None]] = set()
        for use in uses:
            key = (use.iri, use.file, use.line, use.column)
            if use.iri.endswith(("#", "/")):  # a namespace, and no name of it
                continue
            fault = self._fault(use)
            if fault and key not in seen:
                seen.add(key)
                yield self._finding(use, *fault)

    def _fault(self, use: Use) -> tuple[str, dict[str, str], dict[str, str]] | None:
        """Return the rule that a use breaks, with message and cure."""
        iri, spaces = use.iri, self.spaces
        if iri.startswith(spaces.own):
            is_shape = use.file.startswith("shapes/") and iri in self.said.shapes
            return None if iri in self.said.declared or is_shape else self._undeclared(iri)
        if iri.startswith(spaces.things):
            return None if use.is_subject else self._dangling(iri)
        if use.is_subject or iri in self.said.declared:
            return None
        space = _space(iri)
        if space in WELL_KNOWN:
            return None if is_well_known(space, iri[len(space) :]) else _no_such(iri, space)
        return self._external(iri, space) if use.is_term else None

    def _undeclared(self, iri: str) -> tuple[str, dict[str, str], dict[str, str]]:
        space = self.spaces.own
        known = [term[len(space) :] for term in self.said.declared if term.startswith(space)]
        near = nearest(iri[len(space) :], known)
        cure = meant(near and shorten(space + near), DECLARE)
        return "UndeclaredTerm", say(UNDECLARED, term=shorten(iri)), cure

    def _external(self, iri: str, space: str) -> tuple[str, dict[str, str], dict[str, str]]:
        rule = "UndeclaredExternalTerm"
        known = {*self.spaces.others, self.spaces.own, *map(_space, self.said.declared)}
        if space not in known:
            near = nearest(space, known, cutoff=0.9)
            return rule, say(NO_SPACE, term=iri, space=space), meant(near, DECLARE)
        names_ = [term[len(space) :] for term in self.said.declared if _space(term) == space]
        near = nearest(iri[len(space) :], names_)
        cure = meant(near and shorten(space + near), DECLARE)
        return rule, say(UNDECLARED, term=shorten(iri)), cure

    def _dangling(self, iri: str) -> tuple[str, dict[str, str], dict[str, str]] | None:
        facts = self.said.described.get(iri, set())
        near = None
        if not facts:
            lacks = "nothing"
            near = nearest(iri, self._alike(iri), cutoff=0.9)
        elif "type" not in facts:
            lacks = "type"
        elif "label" not in facts:
            lacks = "label"
        else:
            return None
        message = say(DANGLING[lacks], term=shorten(iri))
        return "DanglingReference", message, meant(near and shorten(near), DESCRIBE)

    def _alike(self, iri: str) -> list[str]:
        """Return what is described and of the same kind; another number is not a misspelling."""
        kind = iri[: iri.find("/", len(self.spaces.things)) + 1] or self.spaces.things
        shape = _DIGITS.sub("", iri)
        things = (thing for thing in self.said.described if thing.startswith(kind))
        level = iri.count("/")
        return [t for t in things if t.count("/") == level and _DIGITS.sub("", t) != shape]

    def _finding(
        self, use: Use, rule: str, message: dict[str, str], cure: dict[str, str]
    ) -> Finding:
        line, column = use.line, use.column
        if column is None:
            line, column = self.locator.find(use.file, line, use.iri)
        return Finding(rule, Severity.VIOLATION, message, use.file, line, column, cure, use.iri)


def _no_such(iri: str, space: str) -> tuple[str, dict[str, str], dict[str, str]]:
    near = nearest(iri[len(space) :], WELL_KNOWN[space])
    cure = meant(near and shorten(space + near), DECLARE)
    return "UndeclaredExternalTerm", say(NO_TERM, term=shorten(iri), space=space), cure


def _space(iri: str) -> str:
    """Return the namespace of an IRI: up to its last `#` or `/`."""
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
