"""Namespaces, the prefix table and the order of languages.

The only place where Python spells an IRI. `PROK` is the vocabulary of legal graphs (time,
evidence, assertions); which bodies, powers and treaties exist is the folder's matter alone.
"""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCT: Final = "http://purl.org/dc/terms/"
SH: Final = "http://www.w3.org/ns/shacl#"
ELI: Final = "http://data.europa.eu/eli/ontology#"
OA: Final = "http://www.w3.org/ns/oa#"
ORG: Final = "http://www.w3.org/ns/org#"
PROV: Final = "http://www.w3.org/ns/prov#"
SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
CS: Final = "http://purl.org/vocab/changeset/schema#"
FORMATS: Final = "http://www.w3.org/ns/formats/"

PROK: Final = "https://w3id.org/prok/ns#"

LANGUAGES: Final = ("en", "ru", "kk")
"""The order in which a label is looked for when the reader's own language has none."""

PREFIXES: Final[dict[str, str]] = {
    "dct": DCT,
    "eli": ELI,
    "id": "https://w3id.org/prok/id/",
    "oa": OA,
    "org": ORG,
    "owl": OWL,
    "prok": PROK,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "sh": SH,
    "skos": SKOS,
    "xsd": XSD,
}
"""The prefixes that pages and exports write; in data files they have no other meaning."""

TYPE: Final = NamedNode(RDF + "type")


def prok(name: str) -> NamedNode:
    """Return the term `name` of the vocabulary of legal graphs."""
    return NamedNode(PROK + name)


def shorten(iri: str) -> str:
    """Return `prefix:local` for an IRI that a prefix covers, else the IRI.

    >>> shorten("https://w3id.org/prok/ns#accountableTo")
    'prok:accountableTo'
    >>> shorten("https://example.org/x")
    'https://example.org/x'
    """
    best = ""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(namespace) > len(PREFIXES.get(best, "")):
            best = prefix
    return f"{best}:{iri[len(PREFIXES[best]) :]}" if best else iri
