"""The OWL 2 DL profile, checked without Java.

pyowl-core reads the graph and refuses triples that make no axiom; pyHermiT then checks the
conditions of the profile (OWL 2 Structural Specification, sections 3 and 11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import pyowl_core.model as owl
from pyhermit.datatypes import compile_literal_semantic_payload
from pyhermit.exceptions import InvalidLiteralError, PyHermiTError
from pyhermit.profile import ProfileIssue, ProfileSeverity, validate_owl2_dl_view
from pyowl_core import (
    DocumentFormat,
    LoadOptions,
    OntologyView,
    ParseError,
    PyOWLCoreError,
    load_snapshot,
)
from pyoxigraph import Literal, NamedNode, Triple

from kgserver.check.projection import canonical
from kgserver.errors import EngineFailure
from kgserver.terms import OWL, RDF, RDFS, TYPE, XSD, shorten

RESERVED: Final = (OWL, RDF, RDFS, XSD)
TEXTUAL: Final = frozenset(NamedNode(iri) for iri in (XSD + "string", RDF + "langString"))
DOCUMENT: Final = "urn:x-kgserver:graph"
APART: Final = frozenset(
    NamedNode(OWL + name) for name in ("disjointWith", "propertyDisjointWith", "differentFrom")
)
PLAIN: Final = {
    "non-simple-property": "a property that a chain or transitivity entails may not be functional, "
    "asymmetric, irreflexive, disjoint with another, or counted",
    "ria-dependency-cycle": "no order of the properties fits these chains: one needs another",
    "anonymous-graph-cycle": "individuals without an IRI may not be linked in a circle",
    "anonymous-parallel-edge": "two individuals without an IRI may be linked by one statement only",
}
"""Plain words where the checker's own take its source for known."""


@dataclass(frozen=True, order=True)
class Problem:
    """One breach of the profile: the rule's name, what is wrong, and the IRIs it is about."""

    rule: str
    message: str
    about: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message


def check_profile(triples: Iterable[Triple]) -> list[Problem]:
    """Return how a projected graph breaks the OWL 2 DL profile; an empty list is good news.

    Give it ontology and data at once: no state can break what the whole keeps.

    Raises:
        EngineFailure: the checker gave up, for a reason other than the profile.
    """
    whole = tuple(triples)
    # Judge the small graph first; only a graph with problems is worth the time to list them all.
    found = _problems(_condensed(whole)) and _problems(whole)
    return sorted(found + [_own_opposite(one) for one in whole if _is_own_opposite(one)])


def _condensed(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """Leave out assertions that differ from a kept one in nothing but individuals or texts.

    The profile has conditions on classes, properties, literals and anonymous individuals, and
    none on named ones or on what a string says, so the verdict stays the same; thousands of
    assertions become dozens.
    """
    return tuple({_shape(triple): triple for triple in triples}.values())


def _shape(triple: Triple) -> object:
    """Return what the profile may look at in a triple."""
    subject, predicate, value = triple
    if _ordinary(subject) and (_ordinary(predicate) or predicate == TYPE):
        if isinstance(value, Literal) and value.datatype in TEXTUAL:
            return predicate, value.datatype  # any text is a value of theirs
        if isinstance(value, Literal) or (predicate == TYPE and _ordinary(value)):
            return predicate, value
        if _ordinary(value):
            return predicate
    return triple


def _ordinary(node: object) -> bool:
    return isinstance(node, NamedNode) and not node.value.startswith(RESERVED)


def _is_own_opposite(triple: Triple) -> bool:
    """Tell whether something is said to differ from itself; the checker lets it pass."""
    return triple.predicate in APART and triple.subject == triple.object


def _own_opposite(triple: Triple) -> Problem:
    about = str(triple.subject).strip("<>")
    verb = shorten(triple.predicate.value)
    return Problem("own-opposite", f"`{shorten(about)}` is {verb} itself; name two", (about,))


def _problems(triples: Iterable[Triple]) -> list[Problem]:
    try:
        view = load_snapshot(
            canonical(triples),
            document_iri=DOCUMENT,
            options=LoadOptions(format=DocumentFormat.TURTLE),
        )
        issues = validate_owl2_dl_view(view).issues
        found = {
            problem
            for issue in issues
            if issue.severity is ProfileSeverity.ERROR
            for problem in _explained(issue, view)
        }
    except ParseError as error:
        found = set(_unread(error))
    except (PyOWLCoreError, PyHermiTError) as error:
        raise EngineFailure(f"the OWL 2 DL profile could not be checked: {error}") from error
    return sorted(found)


def _unread(error: ParseError) -> Iterator[Problem]:
    """Yield a problem for each triple that is no part of any axiom."""
    report = getattr(error, "rdf_mapping_report", None)
    if report is None or not report.unconsumed:
        yield Problem(error.code or "parse", str(error))
        return
    for triple in report.unconsumed:
        subject, predicate = triple.subject.strip("<>"), triple.predicate
        value = triple.object.strip("<>")
        yield Problem(
            "no-axiom",
            f"`{shorten(subject)} {shorten(predicate)} {shorten(value)}` makes no OWL axiom: "
            f"declare {shorten(predicate)}, of the kind that this value needs",
            tuple(iri for iri in (predicate, subject) if not iri.startswith("_:")),
        )


def _explained(issue: ProfileIssue, view: OntologyView) -> Iterator[Problem]:
    """Yield the issue with the terms it is about, which the checker often leaves out."""
    rule = issue.rule_id.removeprefix("OWL2DL_").replace("_", "-").lower()
    if rule == "invalid-literal":
        yield from (Problem(rule, *of) for of in _malformed(view))
        return
    about = tuple(re.findall(r"https?://\S+", issue.message))
    message = re.sub(r"https?://\S+", lambda iri: shorten(iri[0]), PLAIN.get(rule, issue.message))
    if not about and issue.provenance_sha256:
        about = _terms(view, issue.provenance_sha256)
        message += f" ({issue.constructor}: {', '.join(map(shorten, about))})"
    yield Problem(rule, message, about)


def _terms(view: OntologyView, digest: str) -> tuple[str, ...]:
    """Return the named terms of the axiom with that digest."""
    for axiom in view.iter_axioms():
        if sha256(axiom.canonical_bytes()).hexdigest() == digest:
            named = (node.iri.value for node in owl.walk(axiom) if isinstance(node, owl.Entity))
            return tuple(dict.fromkeys(named))
    return ()


def _malformed(view: OntologyView) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a message and the terms for each axiom with a literal that its datatype refuses."""
    for axiom in view.iter_axioms():
        nodes = tuple(owl.walk(axiom))
        for node in nodes:
            if isinstance(node, owl.Literal):
                try:
                    compile_literal_semantic_payload(node)
                except InvalidLiteralError:
                    terms = (one.iri.value for one in nodes if isinstance(one, owl.Entity))
                    about = tuple(
                        iri for iri in dict.fromkeys(terms) if not iri.startswith(RESERVED)
                    )
                    datatype = shorten(node.datatype.iri.value)
                    yield f'"{node.lexical_form}" is not of datatype {datatype}', about
