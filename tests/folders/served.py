"""The small folder of `made` with names, queries and odd IRIs: what the server's tests ask."""

from __future__ import annotations

from folders.made import BASE, HEAD, SMALL

__all__ = ["BASE", "SERVED"]

NAMES = """
:president rdfs:label "President"@en , "Президент"@ru , "Президент"@kk .
:parliament rdfs:label "Parliament"@en , "Парламент"@ru , "Парламент"@kk .
:system rdfs:label "system"@en , "система"@ru , "жүйе"@kk .
:art-83-v1 rdfs:label "Art. 83, version of 1995"@en , "ст. 83, редакция 1995 года"@ru ,
    "83-бап, 1995 жылғы редакция"@kk .
:art-83-v2 rdfs:label "Art. 83, version of 2017"@en , "ст. 83, редакция 2017 года"@ru ,
    "83-бап, 2017 жылғы редакция"@kk .
:rule-1 rdfs:label "rule of 1995"@en , "правило 1995 года"@ru , "1995 жылғы қағида"@kk ;
    prok:content "The office answers to the President."@en .
:rule-2 rdfs:label "rule of 2017"@en , "правило 2017 года"@ru , "2017 жылғы қағида"@kk .

:act-of-2025 a prok:Act ; prok:checkedUntil "2026-11-22"^^xsd:date .
:art-1 a prok:Provision ; eli:is_part_of :act-of-2025 .
:art-1-v1 a prok:ProvisionVersion ; eli:is_member_of :art-1 .
:adoption-of-2025 a prok:ChangeEvent ; prok:beginsVersion :art-1-v1 ;
    prok:takesEffectOn "2025-01-01"^^xsd:date .
:rule-3 a prok:Accountability ; prok:groundedIn :art-1-v1 ;
    rdfs:label "rule of 2025"@en , "правило 2025 года"@ru , "2025 жылғы қағида"@kk ;
    prok:accountableBody :office ; prok:master :president .
:rule-4 a prok:Accountability ; prok:groundedIn :unread ;
    rdfs:label "rule of unknown age"@en , "правило без начала"@ru , "басы белгісіз қағида"@kk ;
    prok:beginningUnknown true ; prok:accountableBody :other ; prok:master :president .
"""

ODD = f"""
<{BASE}id/орган/прокуратура> rdfs:label "Cyrillic"@en , "Кириллица"@ru .
<{BASE}id/a%2Fb> rdfs:label "escaped slash"@en .
<{BASE}id/a/b> rdfs:label "plain slash"@en .
<{BASE}id/it's> rdfs:label "quote"@en .
<{BASE}id/two%20words> rdfs:label "blank"@en .
<{BASE}id/danger> rdfs:label "<script>alert(1)</script>"@en ;
    rdfs:seeAlso <javascript:alert(1)> , <data:text/html,x> , <https://example.net/x> .
"""

HEADED = """\
#+ title: {{en: {en}, ru: {ru}, kk: {kk}}}
#+ question: {{en: "{en}?", ru: "{ru}?", kk: "{kk}?"}}
#+ description: {{en: "About {en}.", ru: "О том: {ru}.", kk: "{kk} туралы."}}
#+ asks: {asks}
"""
LABEL = "label: {en: X, ru: Икс, kk: Икс}, description: {en: X, ru: Икс, kk: Икс}"
MASTERS = (
    HEADED.format(en="Masters", ru="Начальники", kk="Басшылар", asks="view")
    + f"""\
#+ params:
#+   body: {{type: iri, choices-class: prok:Body, {LABEL}}}
#+   since: {{type: date, {LABEL}}}
#+   most: {{type: integer, {LABEL}}}
#+   lang: {{type: lang, {LABEL}}}
#+ columns: [master, masterLabel, rule]
PREFIX id: <{BASE}id/>
PREFIX prok: <https://w3id.org/prok/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?master ?masterLabel ?rule {{
  VALUES ?body {{ id:office }}
  VALUES ?since {{ "1990-01-01"^^xsd:date }}
  VALUES ?most {{ 10 }}
  VALUES ?lang {{ "en" }}
  ?rule prok:accountableBody ?body ; prok:master ?master ; prok:validFrom ?from .
  ?master rdfs:label ?masterLabel .
  FILTER(LANG(?masterLabel) = ?lang && ?from >= ?since && ?most > 0)
}}
ORDER BY ?masterLabel ?rule
"""
)
HISTORY = (
    HEADED.format(en="History", ru="История", kk="Тарих", asks="record")
    + """\
#+ columns: [rule, from]
PREFIX prok: <https://w3id.org/prok/ns#>
SELECT ?rule ?from { ?rule a prok:Accountability ; prok:validFrom ?from } ORDER BY ?from ?rule
"""
)

SERVED = {
    **{name: text for name, text in SMALL.items() if not name.startswith("queries/")},
    "kg.toml": SMALL["kg.toml"]
    + 'title = { en = "Small law", ru = "Малое право", kk = "Шағын құқық" }\n'
    + 'first_question = "bodies/masters"\n',
    "ontology/own.ttl": f"""{HEAD}@prefix own: <{BASE}ns#> .
own:Duty a owl:Class ; rdfs:label "duty"@en , "обязанность"@ru , "міндет"@kk ;
    skos:definition "What must be done."@en .
""",
    "data/names.ttl": HEAD + NAMES,
    "data/odd.ttl": HEAD + ODD,
    "queries/bodies/masters.rq": MASTERS,
    "queries/bodies/history.rq": HISTORY,
}
"""Office: accountable to the President 1995–2017, to Parliament 2017–2026, again from 2025."""
