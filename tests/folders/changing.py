"""A small folder in which each kind of change happens, on four days."""

from __future__ import annotations

from folders.made import BASE, HEAD

__all__ = ["BASE", "CHANGING"]

ONTOLOGY = """
prok:TimeBounded a owl:Class ;
    owl:disjointUnionOf ( prok:LegalAssertion prok:ProvisionVersion prok:TreatyParticipation
                          prok:Displacement prok:Tenure ) .
prok:Accountability a owl:Class ; rdfs:subClassOf prok:LegalAssertion ;
    rdfs:label "accountability"@en , "подотчётность"@ru , "есеп беру"@kk .
prok:TermRule a owl:Class ; rdfs:subClassOf prok:LegalAssertion .
prok:Exception a owl:Class ; rdfs:subClassOf prok:LegalAssertion .
prok:Rank a owl:Class ; rdfs:subClassOf prok:LegalAssertion .
prok:accountableBody rdfs:subPropertyOf prok:concerns ; owl:inverseOf prok:hasAccountability .
prok:termBody rdfs:subPropertyOf prok:concerns .
prok:termYears rdfs:label "years"@en , "лет"@ru , "жыл"@kk .
prok:measure rdfs:label "measure"@en .
prok:accountableTo rdfs:subPropertyOf prok:under ; rdfs:label "answers to"@en ;
    owl:propertyChainAxiom ( prok:hasAccountability prok:master ) .
prok:under rdfs:label "is under"@en .
"""

LAW = """
:act-1 a prok:Act ; rdfs:label "First act"@en , "Первый акт"@ru ;
    prok:checkedUntil "2020-12-31"^^xsd:date .
:act-2 a prok:Act ; rdfs:label "Second act"@en .
:art-1 eli:is_part_of :act-1 . :art-2 eli:is_part_of :act-1 . :art-9 eli:is_part_of :act-2 .
:v1 a prok:ProvisionVersion ; eli:is_member_of :art-1 ; rdfs:label "Art. 1 of 2000"@en .
:v2 a prok:ProvisionVersion ; eli:is_member_of :art-1 ; rdfs:label "Art. 1 of 2005"@en .
:v3 a prok:ProvisionVersion ; eli:is_member_of :art-9 ; rdfs:label "Art. 9 of 2010"@en .
:w a prok:ProvisionVersion ; eli:is_member_of :art-8 ; rdfs:label "Art. 8"@en .
:art-8 eli:is_part_of :lasting-act .
:e1 a prok:ChangeEvent ; rdfs:label "adoption"@en ; prok:madeBy :act-1 ;
    prok:takesEffectOn "2000-01-01"^^xsd:date ; prok:beginsVersion :v1 , :w .
:e2 a prok:ChangeEvent ; rdfs:label "amendment"@en ; prok:takesEffectOn "2005-01-01"^^xsd:date ;
    prok:earliest "2004-06-01"^^xsd:date ; prok:latest "2005-03-31"^^xsd:date ;
    prok:endsVersion :v1 ; prok:beginsVersion :v2 .
:e3 a prok:ChangeEvent ; rdfs:label "new act"@en ; prok:takesEffectOn "2010-01-01"^^xsd:date ;
    prok:madeBy :act-2 ; prok:endsAct :act-1 ; prok:beginsVersion :v3 .

:office rdfs:label "office"@en , "ведомство"@ru , "ведомство (kk)"@kk .
:agency rdfs:label "agency"@en . :president rdfs:label "President"@en , "Президент"@ru .

# Continued, through two links.
:same-1 a prok:Accountability ; prok:groundedIn :v1 ; prok:accountableBody :office ;
    prok:master :president ; rdfs:label "accountable, 2000"@en .
:same-2 a prok:Accountability ; prok:groundedIn :v2 ; prok:accountableBody :office ;
    prok:master :president ; rdfs:label "accountable, 2005"@en ; prok:continues :same-1 .
:same-3 a prok:Accountability ; prok:groundedIn :v3 ; prok:accountableBody :office ;
    prok:master :president ; rdfs:label "accountable, 2010"@en , "подотчётна, 2010"@ru ;
    prok:content "The office answers to the President."@en ; prok:continues :same-2 ;
    prok:evidenceStatus prok:officialText .

# Succeeded, with another number and other measures.
:term-1 a prok:TermRule ; prok:groundedIn :v1 ; prok:termBody :office ; prok:termYears 5 ;
    prok:measure :arrest , :search ; rdfs:label "five years"@en .
:term-3 a prok:TermRule ; prok:groundedIn :v3 ; prok:termBody :office ; prok:termYears 6 ;
    prok:measure :search , :custody ; rdfs:label "six years"@en ; prok:maximum 1 ;
    prok:succeeds :term-1 ; prok:successionKind prok:replaced .

# Its exception, which names nobody and points to what was replaced.
:exception-1 a prok:Exception ; prok:groundedIn :v1 ; prok:exceptionTo :term-1 .
:exception-3 a prok:Exception ; prok:groundedIn :v3 ; prok:exceptionTo :term-3 ;
    prok:succeeds :exception-1 ; prok:successionKind prok:narrowed .

# Ended: at once, and after it had lived on for five years.
:gone a prok:Accountability ; prok:groundedIn :v1 ; prok:accountableBody :office ;
    prok:master :parliament ; rdfs:label "accountable to Parliament"@en .
:rank-1 a prok:Rank ; prok:groundedIn :v1 ; rdfs:label "treaties first, 2000"@en .
:rank-2 a prok:Rank ; prok:groundedIn :v2 ; rdfs:label "treaties first, 2005"@en ;
    prok:continues :rank-1 .

# Begun.
:fresh a prok:Accountability ; prok:groundedIn :v3 ; prok:accountableBody :office ;
    prok:master :court ; rdfs:label "accountable to the court"@en .

# Untouched, and again on a new ground.
:lasting a prok:Accountability ; prok:groundedIn :w ; prok:accountableBody :agency ;
    prok:master :president ; rdfs:label "the agency is accountable"@en .
:also a prok:Accountability ; prok:groundedIn :v3 ; prok:accountableBody :agency ;
    prok:master :president ; prok:continues :lasting ; rdfs:label "again"@en .

# Displaced, and displaced no longer.
:old-term a prok:TermRule ; prok:groundedIn :w ; prok:termBody :agency ; prok:termYears 4 ;
    rdfs:label "four years"@en .
:move a prok:Displacement ; prok:displaces :old-term ; prok:displacedBy :v3 ;
    prok:displacedProperty "https://w3id.org/prok/ns#termYears"^^xsd:anyURI ;
    prok:displacementReading prok:editorsReading ; rdfs:label "four years displaced"@en .
:freed a prok:Accountability ; prok:groundedIn :w ; prok:accountableBody :agency ;
    prok:master :council ; rdfs:label "accountable to the council"@en .
:back a prok:Displacement ; prok:displaces :freed ; prok:displacedBy :v1 ;
    rdfs:label "council displaced"@en .

# Things with their own dates, and a treaty.
:tenure a prok:Tenure ; prok:heldOffice :office ; prok:validFrom "2007-06-01"^^xsd:date ;
    rdfs:label "tenure"@en .
:treaty rdfs:label "treaty"@en .
:action a prok:TreatyAction ; prok:actionOn :treaty ; prok:byParty :agency ;
    prok:actionKind prok:entryIntoForce ; prok:takesEffectOn "2007-06-01"^^xsd:date ;
    rdfs:label "entry into force"@en .
:danger rdfs:label "<script>alert(1)</script>"@en .
:danger-rule a prok:Accountability ; prok:groundedIn :v3 ; prok:accountableBody :danger ;
    prok:master :president ; rdfs:label "<img src=x onerror=alert(1)>"@en ;
    prok:content "\\u001b[2J <b>bold</b>"@en .
"""

CHANGING = {
    "kg.toml": f'base = "{BASE}"\ntime_zone = "Asia/Almaty"\n',
    "ontology/law.ttl": HEAD + ONTOLOGY,
    "data/law.ttl": HEAD + LAW,
}
"""Law of 2000, amended in 2005 (perhaps a little earlier or later), replaced in 2010."""
