"""The vocabulary check: a clean folder has no finding, each fault has its rule, place and cure."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kgserver.check.finding import Finding, Severity, words
from kgserver.check.names import Spaces
from kgserver.check.source import Locator, SourceTriple
from kgserver.check.vocabulary import check_vocabulary
from kgserver.check.wellknown import WELL_KNOWN
from kgserver.files.turtle import parse_turtle
from kgserver.terms import OWL, PREFIXES, PROK, RDF, RDFS, SH, SKOS, XSD

HEAD = "".join(
    f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n"
    for prefix in ("dct", "owl", "prok", "rdf", "rdfs", "sh", "skos", "xsd")
)
LINES = HEAD.count("\n")
WORDS = """rdfs:label "x"@en , "икс"@ru , "икс"@kk ;
    skos:definition "An x, «икс»."@en , "Это икс."@ru , "Бұл икс."@kk ."""

ONTOLOGY = f"""\
prok: a owl:Ontology ; dct:title "x"@en .
dct:title a owl:AnnotationProperty .
prok:Body a owl:Class ;
    {WORDS}
prok:Court a owl:Class ;
    rdfs:subClassOf prok:Body ;
    {WORDS}
prok:answersTo a owl:ObjectProperty ;
    owl:propertyChainAxiom ( [ owl:inverseOf prok:holder ] prok:master ) ;
    {WORDS}
prok:holder a owl:ObjectProperty ;
    {WORDS}
prok:master a owl:ObjectProperty ;
    {WORDS}
prok:highest a owl:NamedIndividual , prok:Rank ;
    {WORDS}
prok:Rank a owl:Class ;
    {WORDS}
"""
SHAPES = """\
prok: sh:declare [ sh:prefix "prok" ; sh:namespace "https://w3id.org/prok/ns#"^^xsd:anyURI ] .
prok:BodyHasName a sh:NodeShape ;
    sh:targetClass prok:Body ;
    sh:property prok:BodyName ;
    sh:sparql [ sh:select "SELECT $this WHERE { $this prok:holder ?x }" ] .
prok:BodyName sh:path rdfs:label ; sh:severity sh:Warning ; sh:datatype rdf:langString .
"""
DATA = """\
<https://w3id.org/prok/id/body/senate>
    a prok:Body ;
    rdfs:label "Сенат"@ru ;
    prok:master
        <https://w3id.org/prok/id/body/parliament> .
<https://w3id.org/prok/id/body/parliament> a prok:Court ; rdfs:label "Парламент"@ru .
"""
QUERY = """\
PREFIX prok: <https://w3id.org/prok/ns#>
SELECT ?to WHERE {
  VALUES ?body { <https://w3id.org/prok/id/body/senate> }
  ?body a prok:Body ; prok:answersTo ?to .  # prok:Nothing
  ?to a prok:Rank .
  FILTER(?to != "prok:None")
}
"""
FOLDER = {
    "ontology/prok.ttl": HEAD + ONTOLOGY,
    "shapes/body.ttl": HEAD + SHAPES,
    "data/bodies/senate.ttl": HEAD + DATA,
    "queries/bodies/masters.rq": QUERY,
}


def check(folder: dict[str, str], **options: Iterable[str]) -> list[Finding]:
    """Check a folder given as file names and texts."""
    turtle = {file: text for file, text in folder.items() if file.endswith(".ttl")}
    triples = [
        SourceTriple(file, located.line, located.triple)
        for file, text in turtle.items()
        for located in parse_turtle(text.encode(), file).triples
    ]
    queries = {file: text for file, text in folder.items() if file.endswith(".rq")}
    return check_vocabulary(triples, queries, texts=turtle, **options)  # type: ignore[arg-type]


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """Return the clean folder with one change."""
    assert old in FOLDER[file]
    return {**FOLDER, file: FOLDER[file].replace(old, new)}


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Return rule, place from below the prefixes, and cure in English."""
    rows = []
    for finding in findings:
        shift = LINES if finding.file and finding.file.endswith(".ttl") else 0
        place = f"{(finding.line or 0) - shift}:{finding.column}"
        rows.append((finding.rule, place, words(finding.cure, "en")))
    return rows


O, S, D, Q = FOLDER
DECLARE = "Declare it in ontology/, or mend the spelling"
DESCRIBE = "Give it a type and a label in data/, or mend the spelling"
PARLIAMENT = "<https://w3id.org/prok/id/body/parliament>"

FAULTS = [
    # A name of ours: as predicate, class, object, subject, in SPARQL of a shape, in a query.
    (D, "prok:master", "prok:mastr", "UndeclaredTerm", "4:5", "Did you mean `prok:master`?"),
    (D, "a prok:Court", "a prok:court", "UndeclaredTerm", "6:46", "Did you mean `prok:Court`?"),
    (D, "prok:Body", "prok:BodyHasName", "UndeclaredTerm", "2:7", DECLARE),
    (O, "( [", "( prok:zzz [", "UndeclaredTerm", "11:30", DECLARE),
    (O, "Property .", "Property . prok:loose rdfs:comment 1 .", "UndeclaredTerm", "2:38", DECLARE),
    (S, "prok:BodyName ;", "prok:BodiName ;", "UndeclaredTerm", "4:17", DECLARE),
    (S, "$this prok:holder", "$this prok:hodler", "UndeclaredTerm", "5:None", ""),
    (Q, "prok:answersTo", "prok:answerTo", "UndeclaredTerm", "4:23", ""),
    # A name of another vocabulary.
    (D, "rdfs:label \"С", "rdfs:labl \"С", "UndeclaredExternalTerm", "3:5", "Did you mean `rdfs:label`?"),
    (S, "sh:Warning", "sh:Warnin", "UndeclaredExternalTerm", "6:48", "Did you mean `sh:Warning`?"),
    (S, "rdf:langString", "xsd:dat", "UndeclaredExternalTerm", "6:73", "Did you mean `xsd:date`?"),
    (O, "dct:title \"", "dct:titel \"", "UndeclaredExternalTerm", "1:24", "Did you mean `dct:title`?"),
    (D, "\"Сенат\"@ru", "'a'^^dct:x", "UndeclaredExternalTerm", "3:21", DECLARE),
    (D, "a prok:Court", "a <http://x/Y>", "UndeclaredExternalTerm", "6:46", DECLARE),
    (D, "a prok:Court", "a <http://purl.org/dc/term/Y>", "UndeclaredExternalTerm", "6:46", ""),
    (Q, "?body a", "?body <http://www.w3.org/2001/XMLSchema#dta>", "UndeclaredExternalTerm", "4:9", ""),
    # A thing that nothing describes, or not enough.
    (D, f"        {PARLIAMENT}", f"        {PARLIAMENT[:-2]}>", "DanglingReference", "5:9", ""),
    (D, f"        {PARLIAMENT}", "        <https://w3id.org/prok/id/x>", "DanglingReference", "5:9", DESCRIBE),
    (D, "a prok:Court ;", "", "DanglingReference", "5:9", DESCRIBE),
    (D, "; rdfs:label \"Парламент\"@ru", "", "DanglingReference", "5:9", DESCRIBE),
    (Q, "body/senate>", "body/sanate>", "DanglingReference", "3:18", "Did you mean `id:body/senate`?"),
]  # fmt: skip


def test_a_clean_folder_has_no_finding() -> None:
    """Declared terms, shapes by name, chains, comments and strings are all well."""
    assert check(FOLDER) == []


@pytest.mark.parametrize(("file", "old", "new", "rule", "place", "cure"), FAULTS)
def test_a_faulty_name_is_found(
    file: str, old: str, new: str, rule: str, place: str, cure: str
) -> None:
    """Rule, file, line, column and cure; each is a violation and named in three languages."""
    findings = [found for found in check(changed(file, old, new)) if found.rule == rule]

    assert [(found[0], found[1]) for found in told(findings)] == [(rule, place)]
    (finding,) = findings
    assert finding.file == file
    assert finding.severity is Severity.VIOLATION
    assert not cure or words(finding.cure, "en") == cure
    assert isinstance(finding.message, dict)
    assert len(set(finding.message.values())) == len({"en", "ru", "kk"}) == len(finding.message)


def test_another_number_is_no_misspelling() -> None:
    """Article 8 is not meant where article 9 is referred to and not described."""
    data = FOLDER[D].replace("body/senate", "act/a/art-8").replace("body/parliament", "act/a/art-9")
    data = data[: data.index("<https://w3id.org/prok/id/act/a/art-9> a")]
    query = FOLDER[Q].replace("body/senate", "act/a/art-8")

    assert told(check({**FOLDER, D: data, Q: query})) == [("DanglingReference", "5:9", DESCRIBE)]


def test_a_name_is_reported_once_a_line() -> None:
    """Twice on one line is one finding, on two lines two."""
    data = FOLDER[D] + "<urn:a> prok:x prok:x .\n<urn:a> prok:x 1 .\n"

    assert [place for _, place, _ in told(check({**FOLDER, D: data}))] == ["7:9", "8:9"]


def test_shapes_name_only_shapes() -> None:
    """A shape's name declares no term for data or queries, nor does any other subject there."""
    shapes = FOLDER[S] + "prok:Loose rdfs:label 'x' .\n"
    query = FOLDER[Q].replace("prok:Rank", "prok:Rank, prok:BodyName")

    found = told(check({**FOLDER, S: shapes, Q: query}))
    assert [(rule, place) for rule, place, _ in found] == [
        ("UndeclaredTerm", "5:20"),
        ("UndeclaredTerm", "7:1"),
    ]


WORDINGS = [
    ('"икс"@ru , "икс"@kk', '"икс"@ru', "TermLabel", "Add it with `rdfs:label`", "no label in: kk"),
    (
        '"икс"@kk ',
        '"икс"@kz ',
        "TermLabel",
        "Other tags stand there: kz. Write kk",
        "no label in: kk",
    ),
    ('"икс"@kk ', '"икс"@kk , "игрек"@kk ', "TermLabel", "Keep one", "more than one label in: kk"),
    (
        '"Это икс."@ru',
        '"Это икс."',
        "TermDefinition",
        "Other tags stand there: —. Write ru",
        "in: ru",
    ),
    (', "Бұл икс."@kk', "", "TermDefinition", "Add it with `skos:definition`", "definition in: kk"),
    ('"Бұл икс."@kk', '"Бұл икс."@kk, "Икс."@kk', "TermDefinition", "Keep one", "more than one"),
]
FORMS = [
    ('"икс"@ru', '"икс "@ru', "begins or ends"),
    ('"икс"@ru', '"два  икса"@ru', "two blanks"),
    ('"икс"@ru', '"""два\nикса"""@ru', "line break"),
    ('"икс"@kk', '"iks"@kk', "no Cyrillic"),
    ('"икс"@kk', '"бiр"@kk', "mixes Latin and Cyrillic letters: бiр"),
    ('"x"@en', '"xс"@en', "outside «»"),
    ("«икс»", "икс", "outside «»"),
]


@pytest.mark.parametrize(("old", "new", "rule", "cure", "message"), WORDINGS)
def test_each_term_has_one_label_and_definition_in_each_language(
    old: str, new: str, rule: str, cure: str, message: str
) -> None:
    """Missing, doubled and wrongly tagged texts are found where the term is declared."""
    ontology = FOLDER[O]
    start = ontology.index("prok:Rank a")
    ontology = ontology[:start] + ontology[start:].replace(old, new)
    assert ontology != FOLDER[O]

    findings = check({**FOLDER, O: ontology})

    line = ONTOLOGY[: ONTOLOGY.index("prok:Rank a")].count("\n") + 1
    assert told(findings) == [(rule, f"{line}:1", cure)]
    assert message in words(findings[0].message, "en")
    assert findings[0].focus == PROK + "Rank"


@pytest.mark.parametrize(("old", "new", "message"), FORMS)
def test_texts_are_in_the_alphabet_of_their_language(old: str, new: str, message: str) -> None:
    """Stray blanks, wrong and mixed alphabets are warnings on the text's own line."""
    ontology = FOLDER[O]
    start = ontology.index("prok:Rank a")
    ontology = ontology[:start] + ontology[start:].replace(old, new, 1)
    assert ontology != FOLDER[O]

    (finding,) = check({**FOLDER, O: ontology})

    assert (finding.rule, finding.severity, finding.file) == ("TextForm", Severity.WARNING, O)
    assert message in words(finding.message, "en")
    line = ontology.splitlines()[(finding.line or 0) - 1]
    assert new.splitlines()[-1] in line


def test_a_concept_may_be_named_by_its_preferred_label() -> None:
    """skos:prefLabel is a label; beside an rdfs:label it must say the same."""
    preferred = FOLDER[O].replace("rdfs:label", "skos:prefLabel")
    both = FOLDER[O].replace("rdfs:label", 'skos:prefLabel "y"@en ; rdfs:label')

    assert check({**FOLDER, O: preferred}) == []
    assert {finding.rule for finding in check({**FOLDER, O: both})} == {"TermLabel"}


def test_the_languages_are_those_of_the_graph() -> None:
    """A graph in one language asks for that one."""
    ontology = FOLDER[O].replace(', "икс"@ru , "икс"@kk', "").replace(', "Бұл икс."@kk', "")
    ontology = ontology.replace(', "Это икс."@ru', "")
    folder = {**FOLDER, O: ontology}

    assert {finding.rule for finding in check(folder)} == {"TermLabel", "TermDefinition"}
    assert check(folder, languages=["en"]) == []


USES = [
    ("?to a prok:Rank .", "", ["Rank"]),
    ("prok:answersTo", "prok:master", ["answersTo", "holder"]),
    ("?body a prok:Body", "?body a prok:Court", ["Body"]),
    ("?body a prok:Body ; ", "?body ", ["Body", "Court"]),
]


@pytest.mark.parametrize(("old", "new", "unused"), USES)
def test_a_term_serves_a_query_or_is_unused(old: str, new: str, unused: list[str]) -> None:
    """Chains, inverses in chains and subclasses serve; superclasses do not by themselves."""
    findings = check(changed(Q, old, new))

    assert sorted((finding.focus or "").removeprefix(PROK) for finding in findings) == unused
    assert {(finding.rule, finding.severity) for finding in findings} == {
        ("UnusedTerm", Severity.WARNING)
    }


@pytest.mark.parametrize(
    "axiom",
    [
        "prok:Extra rdfs:subClassOf prok:Body .",
        "prok:Body owl:equivalentClass prok:Extra .",
        "prok:Extra owl:equivalentClass prok:Body .",
        "prok:Body owl:equivalentClass [ a owl:Class ; owl:unionOf ( prok:Court prok:Extra ) ] .",
        "prok:Body owl:disjointUnionOf ( prok:Extra prok:Court ) .",
        "[ a owl:Class ; owl:intersectionOf ( prok:Extra prok:Court ) ] rdfs:subClassOf prok:Body .",
        "prok:Extra owl:deprecated true .",
    ],
)
def test_what_a_used_term_follows_from_is_used(axiom: str) -> None:
    """Whichever way the ontology says it; and a deprecated term may go unused."""
    extra = f"prok:Extra a owl:Class ; {WORDS}\n"

    plain = check({**FOLDER, O: f"{FOLDER[O]}{extra}"})
    assert [finding.rule for finding in plain] == ["UnusedTerm"]
    assert check({**FOLDER, O: f"{FOLDER[O]}{extra}{axiom}\n"}) == []


def test_use_elsewhere_counts_if_told() -> None:
    """The program itself may need a term that no query names."""
    folder = changed(Q, "?to a prok:Rank .", "")

    assert check(folder, also_used=[PROK + "Rank"]) == []


def test_without_queries_no_term_is_unused() -> None:
    """A folder of ontology and data alone is not a folder of faults."""
    assert check({O: FOLDER[O], D: FOLDER[D]}) == []


def test_other_namespaces_can_be_ours() -> None:
    """The check knows no graph: its namespaces are given."""

    def moved(text: str) -> str:
        return text.replace(PROK, "urn:v#").replace("https://w3id.org/prok/id/", "urn:t/")

    def run(folder: dict[str, str]) -> list[Finding]:
        return check(
            {file: moved(text) for file, text in folder.items()},
            spaces=Spaces(own="urn:v#", things="urn:t/"),  # type: ignore[arg-type]
        )

    assert run(FOLDER) == []
    assert [found.rule for found in run(changed(D, "prok:master", "prok:x"))] == ["UndeclaredTerm"]


def test_a_file_without_text_has_lines_and_no_columns() -> None:
    """The caller need not keep the texts."""
    triple = Triple(BlankNode(), NamedNode(PROK + "x"), Literal("y"))

    (finding,) = check_vocabulary([SourceTriple("data/a.ttl", 7, triple)], {})
    assert (finding.file, finding.line, finding.column) == ("data/a.ttl", 7, None)


def test_places_are_on_the_line_or_before_it() -> None:
    """The first on the line; else the last before it; else the line alone."""
    locator = Locator({"a.ttl": "<urn:a> <urn:p> <urn:b> ;\n  <urn:q>\n  1, <urn:b>, <urn:b> .\n"})

    assert locator.find("a.ttl", 3, "urn:b") == (3, 6)
    assert locator.find("a.ttl", 2, "urn:b") == (1, 17)
    assert locator.find("a.ttl", 3, "urn:q") == (2, 3)
    assert locator.find("a.ttl", 1, "urn:q") == (1, None)
    assert locator.find("a.ttl", 3, "urn:z") == (3, None)


@pytest.mark.parametrize(
    ("namespace", "theirs"),
    [
        (RDF, rdflib.RDF),
        (RDFS, rdflib.RDFS),
        (OWL, rdflib.OWL),
        (SKOS, rdflib.SKOS),
        (SH, rdflib.SH),
        (XSD, rdflib.XSD),
    ],
)
def test_well_known_names_are_those_that_rdflib_knows(namespace: str, theirs: object) -> None:
    """Another library's tables have each name; of RDFS, OWL and SKOS we lack none of theirs."""
    known = {str(name).removeprefix(namespace) for name in dir(theirs)}
    keywords = {"and", "class", "in", "not", "or"} if namespace == SH else set()

    assert WELL_KNOWN[namespace] - known == keywords
    if namespace in (RDFS, OWL, SKOS):
        assert known == WELL_KNOWN[namespace]
