"""Each rule of shapes/ reports its bad cases, and those alone; both SHACL engines agree on it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kgserver.check.engines import ENGINES, Result, validator
from kgserver.check.finding import Severity
from kgserver.check.placing import Located, finding, place
from kgserver.check.shapes import CHECKED_ON, RULES, On, ShapeChecker
from kgserver.check.source import SourceTriple
from kgserver.check.targets import TARGETS, has_shape, reaches
from kgserver.check.wellformed import blamed, faults
from kgserver.errors import EngineFailure
from kgserver.files.turtle import parse_turtle, read_turtle
from kgserver.terms import LANGUAGES, RDF, SH, SKOS, TYPE

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "cases" / "shapes"
FILES = sorted(CASES.glob("*/*.ttl"))
WAYS: tuple[On, ...] = ("record", "state")
# Of the ontology a case needs what classes and chains there are, not its words.
NEEDED = ("#subClassOf", "#propertyChainAxiom", "/preferredNamespaceUri")
WORDS = ("#label", "#definition", "#content")


def read(path: Path) -> list[Triple]:
    return [at.triple for at in read_turtle(path, path.name).triples]


def turtle(text: str) -> list[Triple]:
    prefixes = "".join(f"@prefix {p}: <{n}> .\n" for p, n in SPACES.items())
    return [at.triple for at in parse_turtle((prefixes + text).encode(), "text").triples]


SPACES = {"sh": SH, "ex": "https://example.org/", "rdf": RDF, "rule": RULES}


@cache
def shapes() -> tuple[Triple, ...]:
    return tuple(
        triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read(path)
    )


@cache
def checker() -> ShapeChecker:
    return ShapeChecker(shapes())


@cache
def world() -> tuple[Triple, ...]:
    """Return what each case stands in: the classes, the concept lists and the sound base."""
    terms = read(ROOT / "ontology" / "prok.ttl")
    classes = [triple for triple in terms if triple.predicate.value.endswith(NEEDED)]
    return (*classes, *read(ROOT / "ontology" / "prok-vocab.ttl"), *read(CASES / "base.ttl"))


@cache
def rules() -> dict[str, NamedNode]:
    """Return what has a target, by its name."""
    found = {triple.subject for triple in shapes() if triple.predicate in TARGETS}
    return {node.value.removeprefix(RULES): node for node in found if isinstance(node, NamedNode)}


def ways(rule: str) -> list[On]:
    said = {
        t.object.value
        for t in shapes()
        if t.predicate == CHECKED_ON
        and t.subject == rules()[rule]
        and isinstance(t.object, NamedNode)
    }
    return [on for on in WAYS if RULES + on in said]


def values(rule: str, path: str) -> list[object]:
    node = rules()[rule]
    return [t.object for t in shapes() if t.subject == node and t.predicate.value == path]


def names(results: Iterable[Result]) -> set[str]:
    return {result.rule.removeprefix(RULES) for result in results}


def expected(case: Path) -> set[str]:
    return {case.parent.name} if case.name.startswith("bad-") else set()


def test_the_rules_are_here() -> None:
    """The suite runs on shapes, not on an empty folder."""
    assert len(rules()) >= 100


def test_every_target_belongs_to_a_named_rule() -> None:
    """A finding, a case and the manual call a rule by one name, in one namespace."""
    odd = {
        str(triple.subject)
        for triple in shapes()
        if triple.predicate in TARGETS
        and not (isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(RULES))
    }

    assert not odd


@pytest.mark.parametrize("rule", sorted(rules()))
def test_rule_says_what_it_must(rule: str) -> None:
    """A rule has a severity, a cure in three languages, a reason, and what it is checked on."""
    messages = values(rule, SH + "message")
    why = values(rule, SKOS + "editorialNote")

    tags = [text.language for text in messages if isinstance(text, Literal)]
    assert sorted(map(str, tags)) == sorted(LANGUAGES)
    assert len(values(rule, SH + "severity")) == 1
    assert len(why) == 1 and isinstance(why[0], Literal) and why[0].value.startswith("Why: ")
    assert ways(rule)


@pytest.mark.parametrize("rule", sorted(rules()))
def test_rule_has_cases(rule: str) -> None:
    """Each rule has data that keeps it and data that breaks it."""
    kinds = {path.name.partition("-")[0] for path in FILES if path.parent.name == rule}

    assert kinds == {"good", "bad"}


def test_each_case_has_a_rule() -> None:
    """No case is left behind by a rule that went."""
    assert {path.parent.name for path in FILES} == set(rules())


@pytest.mark.parametrize("on", WAYS)
def test_the_base_is_sound(on: On) -> None:
    """What a case reports comes from the case."""
    assert not checker().check(world(), on)


@pytest.mark.parametrize("case", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_case(case: Path) -> None:
    """A bad case is reported by exactly its rule, a good one by none."""
    triples = (*world(), *read(case))

    for on in ways(case.parent.name):
        assert names(checker().check(triples, on)) == expected(case)


def closure(node: NamedNode) -> list[Triple]:
    """Return the triples of one rule with all that hangs on it, prefixes included."""
    found: list[Triple] = []
    wanted: list[object] = [node, NamedNode(RULES.rstrip("#"))]
    while wanted:
        subject = wanted.pop()
        own = [triple for triple in shapes() if triple.subject == subject]
        found += own
        wanted += [triple.object for triple in own if isinstance(triple.object, BlankNode)]
    return found


@pytest.mark.parametrize("rule", sorted(rules()))
def test_engines_agree(rule: str) -> None:
    """The reference engine finds the same things by the same rule in every case of it."""
    fast, slow = (validator(engine, closure(rules()[rule])) for engine in ENGINES)
    # The reference is slow: it gets the words of the base only where the rule is about words.
    about_words = rule.endswith("InEachLanguage")
    base = [t for t in world() if about_words or not t.predicate.value.endswith(WORDS)]
    for case in (path for path in FILES if path.parent.name == rule):
        triples = (*base, *read(case))
        ours, theirs = (sorted(r.key() for r in run(triples)) for run in (fast, slow))

        assert ours == theirs, case.name
        assert bool(ours) == bool(expected(case))


def test_the_shapes_are_well_formed() -> None:
    """By the standard's shapes of shapes; and queries parse, patterns compile, terms exist."""
    assert faults(shapes(), checker().engine) == []


BROKEN = {
    "term": "ex:S a sh:NodeShape ; sh:targetClas ex:C .",
    "value": "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:nodeKind sh:Iri .",
    "number": 'ex:S a sh:PropertyShape ; sh:path ex:p ; sh:minCount "one" .',
    "two paths": "ex:S a sh:PropertyShape ; sh:path ex:p , ex:q .",
    "pattern": 'ex:S a sh:PropertyShape ; sh:path ex:p ; sh:pattern "(" .',
    "query": 'ex:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT $this WHERE { $this ex:p" ] .',
    "prefix": 'ex:S a sh:NodeShape ; sh:sparql [ sh:select "SELECT $this { $this ex:p 1 }" ] .',
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", BROKEN)
def test_broken_shape_is_refused(what: str, engine: str) -> None:
    """Each kind of fault is seen and laid at the named shape; the checker then does not start."""
    triples = turtle(BROKEN[what])

    assert {fault.shape for fault in faults(triples, engine)} == {"https://example.org/S"}
    with pytest.raises(EngineFailure, match="not well-formed"):
        ShapeChecker(triples)


FOREIGN = """
ex:S a sh:NodeShape ; sh:targetClass ex:C ;
    sh:property [ sh:path ex:p ; sh:minCount 1 ] ,
                [ sh:path ( ex:q [ sh:inversePath ex:r ] ) ; sh:maxCount 0 ] .
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_nameless_shape_is_called_by_its_holder(engine: str) -> None:
    """Shapes of others need no names of ours, and say nothing of where they are checked."""
    data = turtle("ex:a a ex:C ; ex:q ex:b . ex:c ex:r ex:b .")
    foreign = ShapeChecker(turtle(FOREIGN), engine="turbo" if engine == "turbo" else "pyshacl")

    results = foreign.check(data, "record")

    assert {result.rule for result in results} == {"https://example.org/S"}
    assert {frozenset(step.value[-1] for step in result.path) for result in results} == {
        frozenset("p"),
        frozenset("qr"),
    }
    assert foreign.check(data) == results


def test_cross_check_is_one_engine_where_they_agree() -> None:
    """Two engines that agree give what one gives."""
    data = turtle("ex:a a ex:C .")
    foreign = ShapeChecker(turtle(FOREIGN))

    assert foreign.cross_check(data) == foreign.check(data) != []


def test_cross_check_stops_where_engines_differ() -> None:
    """A literal that rdflib rewrites is in the list for one engine and not for the other."""
    data = turtle("ex:a a ex:C ; ex:p 01 .")
    listed = "ex:S a sh:PropertyShape ; sh:targetClass ex:C ; sh:path ex:p ; sh:in ( 1 ) ."

    with pytest.raises(EngineFailure, match="differ: only pyshacl-turbo finds"):
        ShapeChecker(turtle(listed)).cross_check(data)


DATA = """\
@prefix ex: <https://example.org/> .
ex:a
    a ex:C ;
    ex:p 1 ;
    ex:p 2 .
ex:b ex:q ex:a .
"""
EX = "https://example.org/"


@pytest.mark.parametrize(
    ("focus", "path", "value", "line"),
    [
        ("a", "p", Literal(1), 4),  # that property with that value
        ("a", "p", None, 5),  # the last one with the property
        ("a", "z", None, 3),  # none: what makes it a target
        ("a", "q", NamedNode(EX + "b"), 6),  # an inverse path
        ("b", "z", None, 6),  # no type: its first triple
        ("a", "z", Literal(2), 5),  # another property with that value
    ],
)
def test_place(focus: str, path: str, value: Literal | NamedNode | None, line: int) -> None:
    """A result stands where its triple does, or at the nearest one of the same thing."""
    rows = parse_turtle(DATA.encode(), "data/x.ttl").triples
    located = Located(SourceTriple("data/x.ttl", row.line, row.triple) for row in rows)
    result = Result(
        NamedNode(EX + focus),
        (NamedNode(EX + path),),
        value,
        RULES + "R",
        "Warning",
        "",
        {"en": "m"},
    )

    at = place(result, located)

    assert at is not None and (at.file, at.line) == ("data/x.ttl", line)
    made = finding(result, located)
    assert (made.rule, made.severity, made.line) == ("R", Severity.WARNING, line)
    assert (made.message, made.focus) == ({"en": "m"}, EX + focus)


def test_what_no_file_knows_has_no_place() -> None:
    """A thing that only the build made is reported without a file, by its name."""
    result = Result(NamedNode(EX + "x"), (), None, RULES + "R", "Violation", SH + "X", {})

    made = finding(result, Located([]))

    assert (made.file, made.focus, made.message) == (None, EX + "x", "X")


def test_blank_nodes_are_blamed_on_the_named_thing_that_holds_them() -> None:
    """Also over two steps."""
    triples = turtle("ex:S sh:property [ sh:path [ sh:inversePath ex:p ] ] .")

    assert set(blamed(triples).values()) == {EX + "S"} and len(blamed(triples)) == 2


def test_subclasses_count_as_their_class() -> None:
    """A rule on a class reaches the things of its subclasses, given the ontology."""
    case = read(CASES / "AccountableParty" / "bad-missing.ttl")
    exclusive = NamedNode("https://w3id.org/prok/ns#ExclusiveAccountability")
    data = [Triple(t.subject, t.predicate, exclusive) if t.predicate == TYPE else t for t in case]

    assert names(checker().check((*world(), *data), "record")) == {"AccountableParty"}


TOLD = '''
ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:message "Outer."@en , "Außen."@de ;
    sh:sparql [ sh:message "Not {?value} of {$this}, {?how}."@en , "{?how}: {?value}."@de ;
        sh:select """SELECT $this ?value ?how {
            $this <https://example.org/p> ?value BIND (1 AS ?how) }""" ] ,
        [ sh:select "SELECT $this { $this <https://example.org/q> ?any }" ] .
'''


@pytest.mark.parametrize("engine", ENGINES)
def test_messages_of_queries_are_told_in_each_language(engine: str) -> None:
    """The constraint's own go before the shape's; what stands in braces is filled."""
    results = validator(engine, turtle(TOLD))(turtle("ex:a a ex:C ; ex:p 5 ; ex:q 6 ."))

    told = sorted((dict(result.messages) for result in results), key=str)
    assert told == [
        {"en": "Not 5 of https://example.org/a, 1.", "de": "1: 5."},
        {"en": "Outer.", "de": "Außen."},
    ]


def test_a_rule_in_sparql_speaks_all_languages() -> None:
    """Also one of the project's own, whose message stands at the shape."""
    case = min((CASES / "ExclusiveNotContradicted").glob("bad-*.ttl"))
    (result, *_) = checker().check((*world(), *read(case)), "record")

    assert set(result.messages) == set(LANGUAGES)
    assert result.messages["ru"].startswith("Проверьте")


FAULTS = {
    "no path": ("ex:S a sh:PropertyShape ; sh:minCount 1 .", "no sh:path"),
    "no path inside": ("ex:S a sh:NodeShape ; sh:property [ sh:minCount 1 ] .", "no sh:path"),
    "two paths": (BROKEN["two paths"], "2 sh:path"),
    "odd path": ('ex:S a sh:PropertyShape ; sh:path "p" .', "neither a property nor a path"),
    "node shape": ("ex:S a sh:NodeShape ; sh:path ex:p .", "call it a sh:PropertyShape"),
    "query": (
        'ex:S a sh:NodeShape ; sh:sparql [ sh:select """SELECT $this {\n'
        '  $this <urn:p>> 1\n}""" ] .',
        "its sh:select is not SPARQL: line 2, column 16: ",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_told_once_in_plain_words(what: str) -> None:
    """One line: no list of what the parser expected, and no name of a part of the standard."""
    text, said = FAULTS[what]
    found = faults(turtle(text), checker().engine)

    assert len(found) == 1 and said in found[0].reason
    assert len(found[0].reason) < 120 and "\n" not in found[0].reason
    places = {found[0].node: "shapes/x.ttl:7"}
    with pytest.raises(EngineFailure, match=r"example\.org/S` is not") as failure:
        ShapeChecker(turtle(text), places=places)
    assert failure.value.where == "shapes/x.ttl:7"


@pytest.mark.parametrize(
    ("shapes_", "is_there"),
    [
        ("ex:S a sh:NodeShape ; sh:targetClass ex:C .", True),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:Super .", True),
        ("ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p .", True),
        ("ex:S a sh:NodeShape ; sh:targetObjectsOf ex:p .", True),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:elsewhere .", True),
        ("ex:C a sh:NodeShape , <http://www.w3.org/2000/01/rdf-schema#Class> .", True),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:Other .", False),
        ("ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:q .", False),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:deactivated true .", False),
        ("ex:S a sh:NodeShape .", False),
    ],
)
def test_whether_anything_is_checked_is_known(shapes_: str, is_there: bool) -> None:
    """Each kind of target, and shapes that have none or find none."""
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    data = turtle(f"ex:a a ex:C ; ex:p 1 . ex:C {below} ex:Mid . ex:Mid {below} ex:Super .")

    assert has_shape(turtle(shapes_)) and not has_shape(data)
    assert reaches(turtle(shapes_), data) is is_there
