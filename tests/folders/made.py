"""Makes folders for tests: a small one by hand, and a large one by rule."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from kgserver.terms import DCT, ELI, OWL, PROK, RDFS, SKOS, XSD

BASE = "https://example.org/law/"
HEAD = f"""@prefix : <{BASE}id/> .
@prefix prok: <{PROK}> .
@prefix dct: <{DCT}> .
@prefix eli: <{ELI}> .
@prefix owl: <{OWL}> .
@prefix rdfs: <{RDFS}> .
@prefix skos: <{SKOS}> .
@prefix xsd: <{XSD}> .
"""

ONTOLOGY = """
prok:TimeBounded a owl:Class ;
    owl:disjointUnionOf (
        prok:LegalAssertion prok:ProvisionVersion prok:TreatyParticipation prok:Displacement ) .
prok:Accountability a owl:Class ; rdfs:subClassOf prok:LegalAssertion .
prok:Body a owl:Class ; rdfs:subClassOf prok:Agent .
prok:accountableBody a owl:ObjectProperty ;
    rdfs:domain prok:Accountability ; rdfs:range prok:Body ; owl:inverseOf prok:hasAccountability .
prok:master a owl:ObjectProperty ; rdfs:range prok:Agent .
prok:accountableTo a owl:ObjectProperty ; rdfs:subPropertyOf prok:under ;
    owl:propertyChainAxiom ( prok:hasAccountability prok:master ) .
prok:partOf a owl:ObjectProperty , owl:TransitiveProperty .
prok:groundedIn a owl:ObjectProperty ; owl:inverseOf prok:grounds .
"""

SMALL = {
    "kg.toml": f'base = "{BASE}"\ntime_zone = "Asia/Almaty"\n',
    "ontology/law.ttl": HEAD + ONTOLOGY,
    "data/acts/constitution.ttl": HEAD
    + """
:act a prok:Act ; prok:checkedUntil "2026-11-22"^^xsd:date .
:art-83 a prok:Provision ; eli:is_part_of :act .
:art-83-v1 a prok:ProvisionVersion ; eli:is_member_of :art-83 .
:art-83-v2 a prok:ProvisionVersion ; eli:is_member_of :art-83 .
:adoption a prok:ChangeEvent ; prok:beginsVersion :art-83-v1 ;
    prok:takesEffectOn "1995-08-30"^^xsd:date .
:amendment a prok:ChangeEvent ; prok:endsVersion :art-83-v1 ; prok:beginsVersion :art-83-v2 ;
    prok:takesEffectOn "2017-03-14"^^xsd:date .
:repeal a prok:ChangeEvent ; prok:endsAct :act ; prok:takesEffectOn "2026-07-01"^^xsd:date .
:rule-1 a prok:Accountability ; prok:groundedIn :art-83-v1 ;
    prok:accountableBody :office ; prok:master :president .
:rule-2 a prok:Accountability ; prok:groundedIn :art-83-v2 ;
    prok:accountableBody :office ; prok:master :parliament .
""",
    "data/bodies.ttl": HEAD
    + """
:office a prok:Body ; prok:partOf :system ; rdfs:label "office"@en , "ведомство"@ru .
:system prok:partOf :state .
:other-act a prok:Act ; prok:checkedUntil "2026-10-01"^^xsd:date .
""",
    "shapes/body.ttl": HEAD + ":Shape a :NodeShape .\n",
    "queries/who.rq": "SELECT ?who WHERE { ?who a ?kind } ORDER BY ?who\n",
}


def write_folder(place: Path, files: dict[str, str]) -> Path:
    """Write a folder from its texts by name, and return it."""
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")
    return place


def large(assertions: int = 900, days: int = 60) -> dict[str, str]:
    """Return a folder with many provisions, each replaced some time, in `days` states.

    Each assertion has twelve triples; each provision, version and event its own.
    """
    files = dict(SMALL)
    first = date(1996, 1, 1)
    step = 11_300 // days  # the last change lies at the end of 2026
    changes = [first + timedelta(days=step * n) for n in range(days - 4)]
    per_file = 100
    for start in range(0, assertions, per_file):
        parts = [HEAD]
        for n in range(start, min(start + per_file, assertions)):
            begin, end = changes[(n * 7) % 20], changes[20 + (n * 11) % (len(changes) - 20)]
            parts.append(
                f"""
:p{n} a prok:Provision ; eli:is_part_of :act{n % 40} ; rdfs:label "Article {n}"@en ,
    "Статья {n}"@ru , "{n}-бап"@kk .
:v{n} a prok:ProvisionVersion ; eli:is_member_of :p{n} .
:b{n} a prok:ChangeEvent ; prok:beginsVersion :v{n} ; prok:takesEffectOn "{begin}"^^xsd:date .
:e{n} a prok:ChangeEvent ; prok:endsVersion :v{n} ; prok:takesEffectOn "{end}"^^xsd:date .
:a{n} a prok:Accountability ; prok:groundedIn :v{n} ;
    prok:accountableBody :body{n % 60} ; prok:master :body{60 + n % 9} ;
    rdfs:label "Assertion {n}"@en , "Утверждение {n}"@ru , "Тұжырым {n}"@kk ;
    dct:description "In our own words, what article {n} says of the body."@en ;
    prok:evidenceStatus prok:officialText ; prok:attestedBy :passage{n} .
:passage{n} a prok:Passage ; prok:locator "par. {n}"@en .
"""
            )
        files[f"data/acts/act-{start}.ttl"] = "".join(parts)
    return files
