"""Which terms the queries need: those they name, and those from which the named ones follow.

Rule: `UnusedTerm`. If no question needs a term, leave it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import BlankNode, NamedNode

from kgserver.check.finding import Finding, Severity
from kgserver.check.phrases import say
from kgserver.check.source import Locator, SourceTriple
from kgserver.terms import OWL, RDF, RDFS, shorten

__all__ = ["check_usage", "serving"]

_KINDS = {
    RDFS + "Class",
    RDF + "Property",
    OWL + "Class",
    OWL + "ObjectProperty",
    OWL + "DatatypeProperty",
    OWL + "AnnotationProperty",
}
# Where the object (or what it is built of) entails the subject, and the other way round.
_FROM_OBJECT = {
    OWL + "propertyChainAxiom",
    OWL + "equivalentClass",
    OWL + "equivalentProperty",
    OWL + "inverseOf",
    OWL + "disjointUnionOf",
    OWL + "unionOf",
    OWL + "intersectionOf",
    OWL + "oneOf",
}
_FROM_SUBJECT = {
    RDFS + "subClassOf",
    RDFS + "subPropertyOf",
    OWL + "equivalentClass",
    OWL + "equivalentProperty",
    OWL + "inverseOf",
}
_UNUSED = {
    "en": "No query uses `{term}`, nor anything that follows from it.",
    "ru": "Ни один запрос не использует `{term}` и ничего, что из него следует.",
    "kk": "`{term}` терминін де, одан туындайтынды да ешбір сұрау қолданбайды.",
}
_CURE = {
    "en": "Ask something that needs it, or leave it out",
    "ru": "Задайте вопрос, которому он нужен, или уберите его",
    "kk": "Оны қажет ететін сұрақ қойыңыз немесе алып тастаңыз",
}


def check_usage(
    terms: Mapping[str, SourceTriple],
    triples: Iterable[SourceTriple],
    used: Iterable[str],
    locator: Locator,
) -> Iterator[Finding]:
    """Yield classes and properties that serve no query; deprecated ones may.

    Args:
        terms: Each term with the triple that declares it.
        triples: Those of the ontology.
        used: The terms that queries name, or that are needed for another reason.
    """
    ontology = list(triples)
    wanted: set[str] = set()
    deprecated: set[str] = set()
    for source in ontology:
        subject, path, value = source.triple.subject, source.triple.predicate, source.triple.object
        if isinstance(subject, NamedNode):
            if path.value == OWL + "deprecated":
                deprecated.add(subject.value)
            elif path.value == RDF + "type" and getattr(value, "value", "") in _KINDS:
                wanted.add(subject.value)
    served = serving(ontology, used)
    for term, declared in terms.items():
        if term in wanted and term not in served and term not in deprecated:
            line, column = locator.find(declared.file, declared.line, term)
            yield Finding(
                "UnusedTerm",
                Severity.WARNING,
                say(_UNUSED, term=shorten(term)),
                declared.file,
                line,
                column,
                _CURE,
                term,
            )


def serving(ontology: Iterable[SourceTriple], used: Iterable[str]) -> set[str]:
    """Return the used terms and all from which they follow.

    A term follows from its subclasses and subproperties, its inverse, what it is equivalent to,
    the members of its chains, and the parts of its class expressions.
    """
    parts = _Parts(ontology)
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for file, subject, path, value in parts.axioms:
        if path in _FROM_OBJECT and isinstance(subject, NamedNode):
            sources[subject.value] |= parts.names(file, value)
        if path in _FROM_SUBJECT and isinstance(value, NamedNode):
            sources[value.value] |= parts.names(file, subject)
    served: set[str] = set()
    open_ = set(used)
    while open_:
        term = open_.pop()
        served.add(term)
        open_ |= sources.get(term, set()) - served
    return served


class _Parts:
    """The axioms of an ontology, and the blank nodes of which its expressions are built."""

    def __init__(self, ontology: Iterable[SourceTriple]) -> None:
        self.axioms: list[tuple[str, object, str, object]] = []
        self._blank: defaultdict[tuple[str, str], list[object]] = defaultdict(list)
        for source in ontology:
            triple = source.triple
            path = triple.predicate.value
            self.axioms.append((source.file, triple.subject, path, triple.object))
            # An inverse in a chain is a blank node too; its type says nothing of what it is of.
            if isinstance(triple.subject, BlankNode) and path != RDF + "type":
                self._blank[source.file, triple.subject.value].append(triple.object)

    def names(self, file: str, node: object) -> set[str]:
        """Return a node's IRI, or those that a blank node leads to through blank nodes."""
        found: set[str] = set()
        seen: set[str] = set()
        open_ = [node]
        while open_:
            node = open_.pop()
            if isinstance(node, NamedNode):
                found.add(node.value)
            elif isinstance(node, BlankNode) and node.value not in seen:
                seen.add(node.value)
                open_ += self._blank[file, node.value]
        return found
