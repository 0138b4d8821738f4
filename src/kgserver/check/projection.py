"""What OWL reasoners see of a graph: its projection.

Reasoners refuse literals outside the OWL 2 datatype map (`xsd:date` is one) and gain nothing from
annotations. All OWL gates therefore judge one projection, and it says what it left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    Triple,
)

from kgserver.reasoning.lists import Term
from kgserver.terms import OWL, RDF, RDFS, TYPE, XSD

NUMBERS: Final = (
    *("decimal", "integer", "nonNegativeInteger", "nonPositiveInteger", "positiveInteger"),
    *("negativeInteger", "long", "int", "short", "byte", "unsignedLong", "unsignedInt"),
    *("unsignedShort", "unsignedByte", "double", "float"),
)
TEXTS: Final = (
    *("string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "anyURI"),
    *("boolean", "hexBinary", "base64Binary", "dateTime", "dateTimeStamp"),
)
DATATYPES: Final = frozenset(
    {RDF + "langString", RDF + "PlainLiteral", RDF + "XMLLiteral", OWL + "real", OWL + "rational"}
    | {XSD + name for name in NUMBERS + TEXTS}
)
"""The OWL 2 datatype map (OWL 2 Structural Specification, section 4), and `rdf:langString`,
the name that RDF 1.1 gives to the part of `rdf:PlainLiteral` that has a language."""

ANNOTATIONS: Final = frozenset(
    {NamedNode(RDFS + name) for name in ("label", "comment", "seeAlso", "isDefinedBy")}
    | {NamedNode(OWL + name) for name in ("deprecated", "versionInfo")}
)
"""Annotation properties that need no declaration (section 5.5)."""

HEADER: Final = frozenset(
    {TYPE}
    | {NamedNode(OWL + name) for name in ("imports", "versionIRI", "priorVersion")}
    | {NamedNode(OWL + name) for name in ("backwardCompatibleWith", "incompatibleWith")}
)
REIFYING: Final = frozenset(
    {TYPE} | {NamedNode(OWL + "annotated" + name) for name in ("Source", "Property", "Target")}
)


@dataclass(frozen=True, order=True)
class Dropped:
    """Triples that the reasoners do not see: why, of which predicate, how many."""

    reason: str
    predicate: str
    count: int


@dataclass(frozen=True)
class Projection:
    """The triples that the reasoners see, and what was left out for them."""

    triples: tuple[Triple, ...]
    dropped: tuple[Dropped, ...]


def project(triples: Iterable[Triple]) -> Projection:
    """Return what an OWL 2 DL reasoner can read of `triples`, each triple once.

    Left out are literals outside the OWL 2 datatype map, annotations by declared annotation
    properties, and ontology headers, of which a graph merged from several files has too many.
    What is wrong stays in: an undeclared property, a range outside the map, a malformed literal.
    """
    unique = tuple(dict.fromkeys(triples))
    typed = _instances(unique)
    annotations = ANNOTATIONS | typed[NamedNode(OWL + "AnnotationProperty")]
    headers = typed[NamedNode(OWL + "Ontology")]
    reified = typed[NamedNode(OWL + "Axiom")] | typed[NamedNode(OWL + "Annotation")]

    def reason(triple: Triple) -> str | None:
        subject, predicate, value = triple
        if isinstance(value, Literal) and value.datatype.value not in DATATYPES:
            return "literal outside the OWL 2 datatype map"
        if subject in headers and predicate in HEADER:
            return "header of an ontology file"
        if predicate in annotations or (subject in reified and predicate in REIFYING):
            return "annotation"
        return None

    return without(unique, reason)


def without(triples: Sequence[Triple], reason: Callable[[Triple], str | None]) -> Projection:
    """Leave out each triple for which `reason` gives one, and count those."""
    kept: list[Triple] = []
    dropped: Counter[tuple[str, str]] = Counter()
    for triple in triples:
        if why := reason(triple):
            dropped[why, triple.predicate.value] += 1
        else:
            kept.append(triple)
    return Projection(tuple(kept), tuple(sorted(Dropped(*of, n) for of, n in dropped.items())))


def _instances(triples: Iterable[Triple]) -> defaultdict[Term, set[Term]]:
    """Map each class to what is asserted to be of it."""
    typed: defaultdict[Term, set[Term]] = defaultdict(set)
    for subject, predicate, value in triples:
        if predicate == TYPE:
            typed[value].add(subject)
    return typed


def canonical(triples: Iterable[Triple]) -> bytes:
    """Return the triples as N-Triples that are the same for every order and blank-node labels.

    Source: RDF Dataset Canonicalization 1.0; only triples with blank nodes need it.
    """
    lines: list[Triple] = []
    tangled = Dataset()
    for triple in triples:
        if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
            tangled.add(Quad(*triple))
        else:
            lines.append(triple)
    tangled.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    lines += (quad.triple for quad in tangled)
    return "".join(sorted(f"{triple} .\n" for triple in lines)).encode()
