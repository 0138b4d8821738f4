"""What the files of a graph say of their names: what is declared, what is described, and how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from kgserver.check.source import SourceTriple
from kgserver.terms import DCT, OA, OWL, PREFIXES, RDF, RDFS, SH, SKOS

__all__ = ["Said"]

_TYPE = RDF + "type"
# What a page can call a thing by; a passage is called by its words.
_LABELS = {RDFS + "label", SKOS + "prefLabel", DCT + "title", OA + "exact"}


class Said:
    """Names and what is said of them.

    Args:
        triples: Those of `ontology/`, `shapes/` and `data/`.
    """

    def __init__(self, triples: Iterable[SourceTriple]) -> None:
        self.triples = list(triples)
        self.declared: dict[str, SourceTriple] = {}
        """What ontology/ or shapes/ gives a type of OWL, with the triple that does."""
        self.shapes: set[str] = set()
        """What shapes/ calls a shape, or gives a property of SHACL."""
        self.described: defaultdict[str, set[str]] = defaultdict(set)
        """Whether a thing has a `type`, a `label`, or another `fact`; shapes/ does not count."""
        self.prefixes = {**PREFIXES, **_shacl_prefixes(self.triples)}
        """What the SPARQL texts of shapes may use."""
        self._ontologies: set[str] = set()
        for source in self.triples:
            if isinstance(source.triple.subject, NamedNode):
                self._learn(source, source.triple.subject.value)

    def terms(self, space: str) -> dict[str, SourceTriple]:
        """Return the terms that the ontology declares in a namespace, with their declarations."""
        return {
            term: source
            for term, source in self.declared.items()
            if term.startswith(space) and term not in self._ontologies
        }

    def _learn(self, source: SourceTriple, subject: str) -> None:
        path, value = source.triple.predicate.value, source.triple.object
        iri = value.value if isinstance(value, NamedNode) else ""
        if source.part == "shapes":
            if path.startswith(SH) or (path == _TYPE and iri.startswith(SH)):
                self.shapes.add(subject)
            elif path == _TYPE:  # what the rules need to speak of themselves
                self.declared.setdefault(subject, source)
        elif path == _TYPE:
            self.described[subject].add("type")
            if source.part == "ontology":
                self.declared.setdefault(subject, source)
            if iri == OWL + "Ontology":
                self._ontologies.add(subject)
        else:
            self.described[subject].add("label" if path in _LABELS else "fact")


def _shacl_prefixes(triples: Iterable[SourceTriple]) -> dict[str, str]:
    """Return the prefixes that shapes declare for their SPARQL texts (SHACL, section 5.2.1)."""
    found: dict[str, defaultdict[tuple[str, object], str]] = {
        SH + "prefix": defaultdict(str),
        SH + "namespace": defaultdict(str),
    }
    for source in triples:
        path, value = source.triple.predicate.value, source.triple.object
        if path in found and isinstance(value, Literal):
            found[path][source.file, source.triple.subject] = value.value
    prefixes, namespaces = found.values()
    return {prefix: namespaces[node] for node, prefix in prefixes.items() if namespaces[node]}
