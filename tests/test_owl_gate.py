"""The OWL gates catch what they are for: each file of `cases/owl` breaks one rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from pyhermit.datatypes import SUPPORTED_DATATYPES
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kgserver.check.closing import gate_input, state_inputs
from kgserver.check.conflict import conflicts
from kgserver.check.finding import words
from kgserver.check.gates import Gates
from kgserver.check.hermit import Verdict, judge
from kgserver.check.owl import check_consistency, check_profile, check_states
from kgserver.check.placing import Located
from kgserver.check.profile import Problem
from kgserver.check.projection import DATATYPES, Dropped, canonical, project
from kgserver.check.source import Locator, SourceTriple
from kgserver.errors import EngineFailure
from kgserver.files.turtle import parse_turtle
from kgserver.law.views import record
from kgserver.reasoning.lists import Lists
from kgserver.terms import DCT, OWL, RDF, RDFS, SKOS, TYPE, XSD, prok

CASES = Path(__file__).parent / "cases" / "owl"
ID = "https://w3id.org/prok/id/"
PROFILE_RULES = {
    "anonymous-cycle": "anonymous-graph-cycle",
    "asymmetric-chain": "non-simple-property",
    "cardinality-on-chain": "non-simple-property",
    "circular-chains": "ria-dependency-cycle",
    "class-and-datatype": "class-datatype-punning",
    "date-range": "reserved-vocabulary",
    "disjoint-chain": "non-simple-property",
    "functional-chain": "non-simple-property",
    "literal-for-a-thing": "no-axiom",
    "malformed-literal": "invalid-literal",
    "object-and-data-property": "property-punning",
    "own-disjoint": "own-opposite",
    "undeclared-annotation": "no-axiom",
    "undeclared-class": "missing-declaration",
    "undeclared-property": "no-axiom",
}


def cases(kind: str) -> list[Path]:
    """Return the files of one kind."""
    return sorted((CASES / kind).glob("*.ttl"))


def case(path: Path | None = None) -> list[Triple]:
    """Return the clean ontology, with what a file adds."""
    files = [CASES / "clean.ttl", *([path] if path else [])]
    return [q.triple for file in files for q in parse(path=file, format=RdfFormat.TURTLE)]


def thing(name: str) -> NamedNode:
    """Return the thing of that name."""
    return NamedNode(ID + name)


def accountability(name: str, party: str, authority: str) -> list[Triple]:
    """Return an accountability of `party` to `authority`."""
    node = thing(f"assertion/{name}")
    return [
        Triple(node, TYPE, prok("Accountability")),
        Triple(node, prok("accountableParty"), thing(party)),
        Triple(node, prok("accountableAuthority"), thing(authority)),
    ]


def crowd(size: int) -> list[Triple]:
    """Return many sound accountabilities."""
    told = (accountability(f"c{n}", f"body/b{n}", f"body/b{n % 7}") for n in range(size))
    return [triple for one in told for triple in one]


@pytest.mark.parametrize(
    ("kind", "least"), [("good", 5), ("inconsistent", 13), ("profile", 15), ("unsatisfiable", 3)]
)
def test_the_cases_are_here(kind: str, least: int) -> None:
    """The suite runs on files, not on an empty list."""
    assert len(cases(kind)) >= least


SOUND = [CASES / "clean.ttl", *cases("good")]


@cache
def sound() -> dict[str, Verdict]:
    """Return the verdict on each sound file, from one Java machine."""
    return check_states((path.stem, gate_input(case(path)).triples) for path in SOUND)


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_what_is_sound_passes_every_gate(path: Path) -> None:
    """No gate complains without cause."""
    assert check_profile(gate_input(case(path)).triples) == []
    assert sound()[path.stem].good


def test_each_class_of_the_sound_ontology_can_have_instances() -> None:
    """The gate for classes does not complain without cause either."""
    assert check_consistency(project(case()).triples).unsatisfiable == ()


@pytest.mark.parametrize("path", cases("profile"), ids=lambda p: p.stem)
def test_a_breach_of_the_profile_is_found(path: Path) -> None:
    """The profile gate names the rule, and something that the file speaks of."""
    found = check_profile(gate_input(case(path)).triples)

    assert PROFILE_RULES[path.stem] in {problem.rule for problem in found}
    assert any(about for problem in found for about in problem.about)


@pytest.mark.parametrize("path", cases("inconsistent"), ids=lambda p: p.stem)
def test_a_contradiction_is_found(path: Path) -> None:
    """HermiT finds what the profile gate cannot."""
    given = gate_input(case(path)).triples

    assert check_profile(given) == []
    verdict = check_consistency(given)
    assert (verdict.consistent, verdict.unsatisfiable, verdict.good) == (False, None, False)


@pytest.mark.parametrize("path", cases("unsatisfiable"), ids=lambda p: p.stem)
def test_a_class_that_can_have_no_instance_is_found(path: Path) -> None:
    """HermiT names the class that the file declares, and no other."""
    added = {triple.subject for triple in case(path)} - {t.subject for t in case()}
    declared = sorted(one.value for one in added if isinstance(one, NamedNode))
    given = gate_input(case(path)).triples

    assert check_profile(given) == []
    verdict = check_consistency(given)
    assert (verdict.consistent, list(verdict.unsatisfiable or ())) == (True, declared)
    assert not verdict.good


def test_the_closing_axioms_are_what_finds_a_second_master() -> None:
    """Open-world reasoning alone sees nothing wrong in a second office as master."""
    path = CASES / "inconsistent" / "second-master-office.ttl"
    given = case(path)
    closed = gate_input(given).triples
    differ = {NamedNode(OWL + "AllDifferent"), NamedNode(OWL + "distinctMembers")}
    half = [t for t in closed if t.object not in differ and t.predicate not in differ]

    verdicts = check_states([("open", project(given).triples), ("only", half), ("both", closed)])
    assert [verdicts[name].consistent for name in ("open", "only", "both")] == [True, True, False]


def test_only_masters_and_offices_are_said_to_differ() -> None:
    """No person, assertion or idle body is among them, for each costs the reasoner time."""
    triples = gate_input(case()).triples
    (statement,) = (t for t in triples if t.predicate == NamedNode(OWL + "distinctMembers"))
    members = [str(one) for one in Lists(triples).read(statement)]

    names = ("body/parliament", "office/president", "office/prosecutor-general")
    assert members == [str(thing(name)) for name in names]


def test_the_projection_tells_what_it_left_out() -> None:
    """Dates, annotations and headers are counted by predicate; all else is there."""
    given = case()
    told = project(given)

    assert set(told.dropped) == {
        Dropped("annotation", DCT + "title", 2),
        Dropped("annotation", SKOS + "definition", 1),
        Dropped("annotation", SKOS + "prefLabel", 10),
        Dropped("header of an ontology file", RDF + "type", 1),
        Dropped("header of an ontology file", OWL + "versionIRI", 1),
        Dropped("literal outside the OWL 2 datatype map", prok("validFrom").value, 4),
    }
    assert len(told.triples) + sum(one.count for one in told.dropped) == len(given)


def test_annotated_axioms_are_left_out_whole() -> None:
    """A node that annotates an annotation goes with it, or a checker misses the annotation."""
    given = case()
    node, body = BlankNode(), prok("PublicBody")
    label = Literal("public body", language="en")
    told = [
        Triple(node, TYPE, NamedNode(OWL + "Axiom")),
        Triple(node, NamedNode(OWL + "annotatedSource"), body),
        Triple(node, NamedNode(OWL + "annotatedProperty"), NamedNode(SKOS + "prefLabel")),
        Triple(node, NamedNode(OWL + "annotatedTarget"), label),
        Triple(node, NamedNode(RDFS + "comment"), Literal("seen in an act")),
    ]

    assert project(given + told).triples == project(given).triples
    assert len(project(given + told).dropped) == len(project(given).dropped) + 5


def test_the_datatype_map_is_that_of_the_checker() -> None:
    """The projection keeps just the literals that the profile gate can read."""
    assert DATATYPES - {RDF + "langString"} == SUPPORTED_DATATYPES - {RDFS + "Literal"}


@pytest.mark.parametrize("name", ["literal-for-a-thing", "malformed-literal", "anonymous-cycle"])
def test_a_breach_is_found_in_a_crowd(name: str) -> None:
    """Leaving out assertions of the same shape hides no breach, wherever it stands."""
    alone = check_profile(project(case(CASES / "profile" / f"{name}.ttl")).triples)
    for order in (1, -1):
        among = [*case(CASES / "profile" / f"{name}.ttl"), *crowd(100)][::order]

        assert check_profile(project(among).triples) == alone


def test_all_breaches_of_one_shape_are_listed() -> None:
    """Two statements with one undeclared property are two problems."""
    told = [Triple(thing(f"body/{n}"), prok("supervises"), thing("body/x")) for n in range(2)]

    assert len(check_profile(project(case() + told).triples)) == 2


def test_states_are_judged_by_what_holds_in_them() -> None:
    """Two masters, one after the other, are no contradiction; on the days of both they are."""
    until = NamedNode("https://w3id.org/prok/ns#validUntil")
    day = NamedNode(XSD + "date")

    def law(second_from: str) -> list[Triple]:
        second = accountability("second", "system/prosecution", "body/parliament")
        first, node = thing("assertion/prosecution-accountable"), second[0].subject
        dates = [
            Triple(first, until, Literal("2017-03-14", datatype=day)),
            Triple(node, prok("validFrom"), Literal(second_from, datatype=day)),
        ]
        return [*case(), *second, *dates]

    def verdicts(triples: Sequence[Triple]) -> dict[str, bool]:
        told = record(triples, triples, ID)
        judged = check_states(state_inputs(project(told.triples), told))
        return {first: verdict.consistent for first, verdict in judged.items()}

    assert verdicts(law("2017-03-14")) == {"1995-08-30": True, "2017-03-14": True}
    assert verdicts(law("2017-03-01")) == {
        "1995-08-30": True,
        "2017-03-01": False,
        "2017-03-14": True,
    }


def test_equal_projections_are_judged_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither order nor labels nor dates make another question; a kept verdict asks no engine."""
    asked: list[Path] = []

    def counted(files: Sequence[Path], **limits: Any) -> Iterable[Verdict]:
        asked.extend(files)
        return judge(files, **limits)

    monkeypatch.setattr("kgserver.check.owl.judge", counted)
    relabelled = [gate_input(case()).triples, gate_input(reversed(case())).triples]
    states = [(str(number), triples) for number, triples in enumerate(relabelled)]

    first = check_states(states, cache=tmp_path)
    assert len(asked) == 1
    assert first["0"] == first["1"]
    assert check_states(states, cache=tmp_path) == first
    assert len(asked) == 1
    next(tmp_path.glob("*.json")).write_text("{")
    assert check_states(states, cache=tmp_path)["0"].consistent
    assert len(asked) == 2


def test_canonical_text_ignores_order_and_labels_only() -> None:
    """A list in another order is another graph."""

    def listed(*names: str) -> bytes:
        text = f"<urn:a> <urn:b> ( {' '.join(f'<urn:{name}>' for name in names)} ) ."
        return canonical(q.triple for q in parse(text.encode(), format=RdfFormat.TURTLE))

    assert listed("x", "y") == listed("x", "y")
    assert listed("x", "y") != listed("y", "x")


def test_a_conflict_is_told_by_its_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among a crowd, the two statements that contradict the axioms; of many states but once."""
    second = accountability("second", "system/prosecution", "office/prosecutor-general")
    given = [*case(), *crowd(40)[:60], *second, *crowd(40)[60:]]

    def states() -> Iterator[tuple[str, tuple[Triple, ...]]]:
        yield "first", gate_input(given).triples
        monkeypatch.delattr("kgserver.check.conflict.judge")
        yield "next", gate_input([*given, *crowd(50)]).triples

    found = conflicts(states())
    assert list(found) == ["first", "next"]
    assert set(found["first"]) == set(found["next"]) == set(second[1:])


def gates(text: str, undeclared: tuple[str, ...] = ()) -> Gates:
    """Return gates that know one file."""
    head = f"@prefix : <{ID}> .\n@prefix prok: <{prok('').value}> .\n"
    rows = parse_turtle((head + text).encode(), "data/x.ttl").triples
    located = Located(SourceTriple("data/x.ttl", row.line, row.triple) for row in rows)
    return Gates(located, Locator({"data/x.ttl": head + text}), undeclared)


def test_one_conflict_of_many_states_is_one_finding() -> None:
    """With its place, its first and last day, all that is blamed in short, and a cure."""
    text = ":a a prok:Accountability ;\n  prok:accountableParty :p .\n:b prok:master :q .\n"
    file = gates(text)
    blamed = [sources[0].triple for sources in file.located.subject.values()]
    days = ["2010-01-01", "2012-01-01", "2026-07-01"]
    ends = dict(
        zip(map(date.fromisoformat, days), [date(2012, 1, 1), date(2026, 7, 1), None], strict=True)
    )

    (many,) = file.conflicts(dict.fromkeys(days, blamed), ends)
    (one,) = file.conflicts({days[0]: blamed[:1]}, ends)

    assert (many.rule, many.file, many.line, many.column) == (
        "StateConsistency",
        "data/x.ttl",
        3,
        6,
    )
    said, russian = words(many.message, "en"), words(many.message, "ru")
    assert said.startswith("3 legal states from 2010-01-01 to … contradict the ontology: ")
    assert "rdf:type prok:Accountability; " in said and "prok:master" in said
    assert "3 правовых состояний" in russian
    assert words(many.cure, "en").startswith("End the one where the other begins")
    assert "from 2010-01-01 to 2011-12-31" in words(one.message, "en")


def test_a_breach_of_the_profile_is_placed_and_told_once() -> None:
    """At the statement that makes no axiom; not at all where the name is known as undeclared."""
    iri, odd = thing("a").value, prok("odd").value
    problem = Problem("no-axiom", "makes no OWL axiom", (odd, iri))
    text = ":a a prok:Body .\n:a prok:odd 1 .\n"

    (found,) = gates(text).profile([problem])
    assert (found.file, found.line, found.column) == ("data/x.ttl", 4, 4)
    assert list(gates(text, (odd,)).profile([problem])) == []
    other = Problem("own-opposite", "is disjoint with itself", (odd, iri))
    assert len(list(gates(text, (odd,)).profile([other]))) == 1


@pytest.mark.parametrize(
    ("limits", "told"),
    [({"limit_s": 0.01}, "within 0.01 s"), ({"memory_mib": 1}, "could not judge")],
)
def test_an_engine_without_a_verdict_fails(limits: dict[str, Any], told: str) -> None:
    """Too little time or memory is no verdict; the error names the state."""
    with pytest.raises(EngineFailure, match=told) as failure:
        check_states([("2016-01-01", gate_input(case()).triples)], **limits)
    assert failure.value.where == "2016-01-01"


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks the packages is told which, and how to get them."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("kgserver.check.hermit.version", missing)
    with pytest.raises(EngineFailure, match="owlready2") as failure:
        check_consistency(gate_input(case()).triples)
    assert failure.value.hint == "Install `kgserver[check]`"


def test_a_malformed_literal_is_no_verdict() -> None:
    """HermiT cannot go on; the error repeats its words."""
    given = gate_input(case(CASES / "profile" / "malformed-literal.ttl")).triples
    with pytest.raises(EngineFailure, match="five"):
        check_consistency(given)
