"""Derived dates: each event says its day once, and all intervals follow from that."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kgserver.law import derive
from kgserver.terms import ELI, OWL, PROK, RDFS, SKOS, TYPE, XSD, prok

BASE = "https://example.org/"
HEAD = f"""
@prefix : <{BASE}id/> .
@prefix prok: <{PROK}> .
@prefix eli: <{ELI}> .
@prefix owl: <{OWL}> .
@prefix rdfs: <{RDFS}> .
@prefix skos: <{SKOS}> .
@prefix xsd: <{XSD}> .
"""


def graph(text: str) -> set[Triple]:
    """Read the triples of a Turtle text that uses the prefixes above."""
    return {quad.triple for quad in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)}


ONTOLOGY = graph(
    """
prok:TimeBounded owl:disjointUnionOf ( prok:LegalAssertion prok:ProvisionVersion
    prok:TreatyParticipation prok:Displacement ) .
prok:Power rdfs:subClassOf prok:LegalAssertion .
"""
)


def news(text: str) -> set[Triple]:
    """Return what is derived from a Turtle text."""
    return set(derive(graph(text), ONTOLOGY, BASE))


def dates(**days: str) -> str:
    """Return ` ; prok:name "day"^^xsd:date` for each."""
    return "".join(f' ; prok:{name} "{day}"^^xsd:date' for name, day in days.items())


ONE = ":v a prok:ProvisionVersion . :w a prok:ProvisionVersion . "
UNKNOWN = "prok:beginningUnknown true"

VERSIONS = {
    "one event ends and begins": (
        ONE
        + ":e prok:endsVersion :v ; prok:beginsVersion :w"
        + dates(takesEffectOn="2017-03-14")
        + " . :f prok:beginsVersion :v"
        + dates(takesEffectOn="1995-08-30"),
        ":v a :x" + dates(validFrom="1995-08-30", validUntil="2017-03-14")
        + " . :w a :x" + dates(validFrom="2017-03-14"),
    ),
    "an effect that is unknown, with its window": (
        ":v a prok:ProvisionVersion . :e prok:beginsVersion :v ; prok:effectUnknown true"
        + dates(earliest="2001-01-01", latest="2001-12-31"),
        f":v {UNKNOWN}" + dates(earliest="2001-01-01", latest="2001-12-31"),
    ),
    "an event that says no day": (":e prok:beginsVersion :v", f":v {UNKNOWN}"),
    "no event, no day": (":v a prok:ProvisionVersion", f":v {UNKNOWN}"),
    "no event, but a day of its own": (
        ":v a prok:ProvisionVersion" + dates(validFrom="2000-01-01"),
        "",
    ),
    "an end without a known day": (
        ":v a prok:ProvisionVersion" + dates(validFrom="2000-01-01")
        + " . :e prok:endsVersion :v ; prok:effectUnknown true",
        "",
    ),
    "an event that gives no end gives no window of it": (
        ":v a prok:ProvisionVersion" + dates(validFrom="2000-01-01")
        + " . :e prok:endsVersion :v" + dates(earliest="2001-01-01", latest="2001-12-31"),
        "",
    ),
    "the window of an event is that of the end of one and of the beginning of the other": (
        ONE + ":e prok:endsVersion :v ; prok:beginsVersion :w"
        + dates(takesEffectOn="2017-03-14", earliest="2017-03-10", latest="2017-03-14")
        + " . :f prok:beginsVersion :v" + dates(takesEffectOn="1995-08-30"),
        ":v a :x" + dates(validFrom="1995-08-30", validUntil="2017-03-14",
                          endEarliest="2017-03-10", endLatest="2017-03-14")
        + " . :w a :x" + dates(validFrom="2017-03-14", earliest="2017-03-10", latest="2017-03-14"),
    ),
    "the windows of beginning and end are kept apart": (
        ":v a prok:ProvisionVersion . :f prok:beginsVersion :v"
        + dates(takesEffectOn="2000-02-01", earliest="2000-01-01", latest="2000-02-01")
        + " . :e prok:endsVersion :v"
        + dates(takesEffectOn="2001-02-01", earliest="2001-01-01", latest="2001-02-01"),
        ":v a :x" + dates(validFrom="2000-02-01", earliest="2000-01-01", latest="2000-02-01",
                          validUntil="2001-02-01", endEarliest="2001-01-01",
                          endLatest="2001-02-01"),
    ),
    "two beginnings are both written": (
        ":e prok:beginsVersion :v" + dates(takesEffectOn="2000-01-01")
        + " . :f prok:beginsVersion :v" + dates(takesEffectOn="2001-01-01"),
        ":v a :x" + dates(validFrom="2000-01-01") + dates(validFrom="2001-01-01"),
    ),
}  # fmt: skip

ACT = """
:p eli:is_part_of :chapter . :chapter eli:is_part_of :act . :chapter eli:is_part_of :chapter .
:v eli:is_member_of :p . :w eli:is_member_of :act . :u eli:is_member_of :elsewhere .
:b prok:beginsVersion :v , :w , :u ; prok:takesEffectOn "1999-01-01"^^xsd:date .
:r prok:endsAct :act ; prok:takesEffectOn "2010-01-01"^^xsd:date .
"""
BEGUN = "".join(f":{v} a :x{dates(validFrom='1999-01-01')} . " for v in "vwu")

REPEALS = {
    "every version of every provision below": (
        ACT,
        BEGUN + f":v a :x{dates(validUntil='2010-01-01')} . :w a :x"
        + dates(validUntil="2010-01-01"),
    ),
    "not what ended earlier": (
        ACT + ":e prok:endsVersion :v" + dates(takesEffectOn="2005-01-01"),
        BEGUN + f":v a :x{dates(validUntil='2005-01-01')} . :w a :x"
        + dates(validUntil="2010-01-01"),
    ),
    "nor what says an earlier end itself": (
        ACT + ":v a :x" + dates(validUntil="2005-01-01"),
        BEGUN + ":w a :x" + dates(validUntil="2010-01-01"),
    ),
    "but what was to end later, and both ends are written": (
        ACT + ":e prok:endsVersion :v" + dates(takesEffectOn="2015-01-01"),
        BEGUN + f":v a :x{dates(validUntil='2010-01-01')}{dates(validUntil='2015-01-01')} . "
        + ":w a :x" + dates(validUntil="2010-01-01"),
    ),
    "with the window of the repeal, for what the repeal ends": (
        ACT + ":r a :x" + dates(earliest="2009-12-01", latest="2010-01-01")
        + " . :e prok:endsVersion :v" + dates(takesEffectOn="2005-01-01"),
        BEGUN + f":v a :x{dates(validUntil='2005-01-01')} . :w a :x"
        + dates(validUntil="2010-01-01", endEarliest="2009-12-01", endLatest="2010-01-01"),
    ),
    "of two repeals the first": (
        ACT + ":s prok:endsAct :act" + dates(takesEffectOn="2008-01-01"),
        BEGUN + f":v a :x{dates(validUntil='2008-01-01')} . :w a :x"
        + dates(validUntil="2008-01-01"),
    ),
}  # fmt: skip

AGENTS = {
    "an agent begins and ends with its events": (
        ":e prok:establishes :b" + dates(takesEffectOn="1995-08-30")
        + " . :f prok:dissolves :b , :c" + dates(takesEffectOn="2026-07-01"),
        ":b a :x" + dates(establishedOn="1995-08-30", dissolvedOn="2026-07-01")
        + " . :c a :x" + dates(dissolvedOn="2026-07-01"),
    ),
    "a day that is stated is not repeated": (
        ":b a :x" + dates(establishedOn="1995-08-30")
        + " . :e prok:establishes :b" + dates(takesEffectOn="1995-08-30"),
        "",
    ),
    "a day that is not known gives none": (":e prok:establishes :b ; prok:effectUnknown true", ""),
    "a version knows until when its act was checked": (
        ACT + ":act a :x" + dates(checkedUntil="2026-11-22"),
        BEGUN + f":v a :x{dates(validUntil='2010-01-01', horizon='2026-11-22')} . :w a :x"
        + dates(validUntil="2010-01-01", horizon="2026-11-22"),
    ),
    "a new name is no beginning": (
        ":e prok:renames :b" + dates(takesEffectOn="1995-08-30"),
        "",
    ),
}  # fmt: skip

VERSION = """
:v a prok:ProvisionVersion . :b prok:beginsVersion :v ; prok:takesEffectOn "1999-01-01"^^xsd:date .
:e prok:endsVersion :v ; prok:takesEffectOn "2010-01-01"^^xsd:date .
"""
OF_VERSION = ":v a :x" + dates(validFrom="1999-01-01", validUntil="2010-01-01") + " . "
HIDDEN = """
:v a prok:ProvisionVersion . :b prok:beginsVersion :v ; prok:effectUnknown true ;
    prok:earliest "1999-01-01"^^xsd:date .
"""
OF_HIDDEN = f":v {UNKNOWN}{dates(earliest='1999-01-01')} . "

ENDING = VERSION.replace(
    '"2010-01-01"^^xsd:date',
    '"2010-01-01"^^xsd:date' + dates(earliest="2009-06-01", latest="2010-01-01"),
)
OF_ENDING = OF_VERSION.replace(
    " . ", dates(endEarliest="2009-06-01", endLatest="2010-01-01") + " . "
)

GROUNDED = {
    "takes the window of the end with the end": (
        ENDING + ":a a prok:Power ; prok:groundedIn :v",
        OF_ENDING
        + ":a a :x"
        + dates(
            validFrom="1999-01-01",
            validUntil="2010-01-01",
            endEarliest="2009-06-01",
            endLatest="2010-01-01",
        ),
    ),
    "takes no window of an end that is its own": (
        ENDING
        + ":a a prok:Power ; prok:groundedIn :v"
        + dates(validUntil="2005-01-01")
        + " . :b a prok:Power ; prok:groundedIn :v"
        + dates(validUntil="2010-01-01"),
        OF_ENDING
        + ":a a :x"
        + dates(validFrom="1999-01-01")
        + " . :b a :x"
        + dates(validFrom="1999-01-01"),
    ),
    "displaces until a window": (
        ENDING + ":d a prok:Displacement ; prok:displacedBy :v",
        OF_ENDING
        + ":d a :x"
        + dates(
            validFrom="1999-01-01",
            validUntil="2010-01-01",
            endEarliest="2009-06-01",
            endLatest="2010-01-01",
        ),
    ),
    "takes both from its version": (
        VERSION + ":a a prok:Power ; prok:groundedIn :v",
        OF_VERSION + ":a a :x" + dates(validFrom="1999-01-01", validUntil="2010-01-01"),
    ),
    "keeps its own later beginning": (
        VERSION + ":a a prok:Power ; prok:groundedIn :v" + dates(validFrom="2001-01-01"),
        OF_VERSION + ":a a :x" + dates(validUntil="2010-01-01"),
    ),
    "keeps its own unknown beginning": (
        VERSION + f":a a prok:Power ; prok:groundedIn :v ; {UNKNOWN}",
        OF_VERSION + ":a a :x" + dates(validUntil="2010-01-01"),
    ),
    "keeps its own earlier end": (
        VERSION + ":a a prok:Power ; prok:groundedIn :v" + dates(validUntil="2005-01-01"),
        OF_VERSION + ":a a :x" + dates(validFrom="1999-01-01"),
    ),
    "ends with its version at the latest": (
        VERSION + ":a a prok:Power ; prok:groundedIn :v" + dates(validUntil="2015-01-01"),
        OF_VERSION + ":a a :x" + dates(validFrom="1999-01-01", validUntil="2010-01-01"),
    ),
    "takes the unknown beginning and its window": (
        HIDDEN + ":a a prok:LegalAssertion ; prok:groundedIn :v",
        OF_HIDDEN + f":a {UNKNOWN}" + dates(earliest="1999-01-01"),
    ),
    "does not take the window with a day of its own": (
        HIDDEN + ":a a prok:Power ; prok:groundedIn :v" + dates(validFrom="2000-01-01"),
        OF_HIDDEN,
    ),
    "is time-bounded, else nothing follows": (
        VERSION + ":a a prok:Claim ; prok:groundedIn :v",
        OF_VERSION,
    ),
    "displaces while the displacing version is valid": (
        VERSION + ":d a prok:Displacement ; prok:displaces :a ; prok:displacedBy :v",
        OF_VERSION + ":d a :x" + dates(validFrom="1999-01-01", validUntil="2010-01-01"),
    ),
    "displaces from a day of its own": (
        VERSION + ":d a prok:Displacement ; prok:displacedBy :v" + dates(validFrom="2003-01-01"),
        OF_VERSION + ":d a :x" + dates(validUntil="2010-01-01"),
    ),
}

CASES = VERSIONS | REPEALS | AGENTS | GROUNDED


def ended(text: str) -> str:
    """Return a text whose last statement has just one full stop, if there is any."""
    bare = text.rstrip(" .\n")
    return f"{bare} ." if bare else ""


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_intervals_follow(text: str, expected: str) -> None:
    """Just these dates follow, and what was stated is not repeated."""
    wanted = {t for t in graph(ended(expected)) if t.predicate != TYPE}

    assert news(ended(text)) == wanted


def participation(text: str, name: str = "minsk--kz") -> dict[str, set[str]]:
    """Return a derived participation: property to texts of values."""
    found: dict[str, set[str]] = {}
    for t in news(text):
        if t.subject == NamedNode(f"{BASE}id/participation/{name}"):
            short = t.predicate.value.removeprefix(PROK).removeprefix(RDFS)
            found.setdefault(short, set()).add(t.object.value.removeprefix(f"{BASE}id/"))
    return found


MINSK = """
:sign prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ; prok:actionKind prok:signature ;
    prok:takesEffectOn "1993-01-22"^^xsd:date ; prok:evidenceStatus prok:recalled .
"""
IN_FORCE = """
:enter prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz , :state\\/ru ;
    prok:actionKind prok:entryIntoForce ; prok:takesEffectOn "1994-05-19"^^xsd:date ;
    prok:evidenceStatus prok:officialText .
"""
LEFT = """
:leave prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ; prok:actionKind prok:termination ;
    prok:takesEffectOn "2020-01-01"^^xsd:date .
"""


def test_a_participation_lasts_from_entry_into_force_to_termination() -> None:
    """For each party its own interval; every action is named as a premise."""
    kz = participation(MINSK + IN_FORCE + LEFT)
    ru = participation(MINSK + IN_FORCE + LEFT, "minsk--ru")

    assert kz["participatingParty"] == {"state/kz"} and kz["participationIn"] == {"treaty/minsk"}
    assert kz["validFrom"] == {"1994-05-19"} and kz["validUntil"] == {"2020-01-01"}
    assert kz["derivedFrom"] == {"sign", "enter", "leave"} and ru["derivedFrom"] == {"enter"}
    assert ru["validFrom"] == {"1994-05-19"} and "validUntil" not in ru
    assert kz["evidenceStatus"] == {PROK + "officialText"}
    assert "beginningUnknown" not in kz


def test_a_participation_takes_the_window_of_its_entry_into_force() -> None:
    """A day that is not known exactly is shown with its window."""
    dated = """:enter prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ;
        prok:actionKind prok:entryIntoForce ; prok:takesEffectOn "1994-06-01"^^xsd:date ;
        prok:earliest "1994-01-01"^^xsd:date ; prok:latest "1994-06-01"^^xsd:date ."""
    found = participation(MINSK + dated)

    assert found["validFrom"] == {"1994-06-01"} and "beginningUnknown" not in found
    assert found["earliest"] == {"1994-01-01"} and found["latest"] == {"1994-06-01"}


def test_a_participation_takes_the_window_of_its_termination() -> None:
    """As the window of its end; a termination without a day gives neither."""
    window = dates(earliest="2019-06-01", latest="2020-01-01")
    dated = participation(MINSK + IN_FORCE + LEFT + f":leave a :x{window} .")
    undated = f""":leave prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ;
        prok:actionKind prok:termination ; prok:effectUnknown true{window} ."""
    open_ended = participation(MINSK + IN_FORCE + undated)

    assert dated["validUntil"] == dated["endLatest"] == {"2020-01-01"}
    assert dated["endEarliest"] == {"2019-06-01"} and "earliest" not in dated
    assert not {"validUntil", "endEarliest", "endLatest"} & open_ended.keys()


def test_without_a_dated_entry_into_force_the_beginning_is_unknown() -> None:
    """A signature makes nobody a party; the evidence is then that of all actions."""
    undated = """:enter prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ;
        prok:actionKind prok:entryIntoForce ; prok:effectUnknown true ;
        prok:earliest "1994-01-01"^^xsd:date ; prok:evidenceStatus prok:secondarySource ."""
    signed, windowed = participation(MINSK), participation(MINSK + undated)

    assert signed["beginningUnknown"] == {"true"} and "validFrom" not in signed
    assert signed["evidenceStatus"] == {PROK + "recalled"}
    assert windowed["beginningUnknown"] == {"true"} and windowed["earliest"] == {"1994-01-01"}
    assert windowed["evidenceStatus"] == {PROK + "secondarySource"}


BOUNDS = {
    "a day that is read": (IN_FORCE, {"possibleFrom": "1994-05-19", "certainFrom": "1994-05-19"}),
    "a window": (
        IN_FORCE + f":enter a :x{dates(earliest='1994-01-01', latest='1994-05-19')} .",
        {"possibleFrom": "1994-01-01", "certainFrom": "1994-05-19"},
    ),
    "a window of a day that is not known": (
        """:enter prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ;
            prok:actionKind prok:entryIntoForce ; prok:effectUnknown true ;
            prok:earliest "1994-01-01"^^xsd:date ; prok:latest "1995-01-01"^^xsd:date .""",
        {"possibleFrom": "1994-01-01"},
    ),
    "only a signature, of a treaty whose day is known": (
        ':treaty\\/minsk eli:date_document "1993-01-22"^^xsd:date .',
        {"possibleFrom": "1993-01-22"},
    ),
    "only a signature": ("", {}),
    "a day that is only recalled": (IN_FORCE.replace("officialText", "recalled"), {}),
    "applied before it is in force": (
        IN_FORCE
        + """:apply prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ;
            prok:actionKind prok:provisionalApplication ; prok:evidenceStatus prok:officialText ;
            prok:takesEffectOn "1994-02-01"^^xsd:date .""",
        {"possibleFrom": "1994-02-01", "certainFrom": "1994-02-01"},
    ),
    "an end": (
        IN_FORCE + LEFT,
        {
            "possibleFrom": "1994-05-19",
            "certainFrom": "1994-05-19",
            "certainUntil": "2020-01-01",
            "possibleUntil": "2020-01-01",
        },
    ),
    "an end without a day: nothing is certain from the beginning on": (
        IN_FORCE + LEFT.replace('prok:takesEffectOn "2020-01-01"^^xsd:date', "a :x"),
        {
            "possibleFrom": "1994-05-19",
            "certainFrom": "1994-05-19",
            "certainUntil": "1994-05-19",
        },
    ),
    "an end in a window": (
        IN_FORCE + LEFT + f":leave a :x{dates(earliest='2019-06-01', latest='2020-01-01')} .",
        {
            "possibleFrom": "1994-05-19",
            "certainFrom": "1994-05-19",
            "certainUntil": "2019-06-01",
            "possibleUntil": "2020-01-01",
        },
    ),
}


@pytest.mark.parametrize(("text", "expected"), BOUNDS.values(), ids=BOUNDS)
def test_what_is_sure_and_what_is_possible(text: str, expected: dict[str, str]) -> None:
    """Four days of a participation; none of them where nothing says it."""
    found = participation(MINSK + text)

    assert {n: found[n] for n in BOUND if n in found} == {n: {d} for n, d in expected.items()}


BOUND = ("possibleFrom", "certainFrom", "certainUntil", "possibleUntil")


@pytest.mark.parametrize(
    ("statuses", "weakest"),
    [
        (["officialText", "extrapolated"], "extrapolated"),
        (["secondarySource", "unofficialTranslation"], "secondarySource"),
        (["officialTranslation", "officialText"], "officialTranslation"),
        (["recalled", "secondarySource"], "recalled"),
        (["recalled", "heardOf"], "heardOf"),
    ],
)
def test_of_several_entries_the_weakest_evidence_counts(statuses: list[str], weakest: str) -> None:
    """An unknown kind of evidence counts as the weakest: it must not pass for good."""
    text = "".join(
        f":e{n} prok:actionOn :treaty\\/minsk ; prok:byParty :state\\/kz ; prok:evidenceStatus"
        f" prok:{status} ; prok:actionKind prok:entryIntoForce{dates(takesEffectOn='1994-05-19')} ."
        for n, status in enumerate(statuses)
    )

    assert participation(text)["evidenceStatus"] == {PROK + weakest}


def test_a_participation_is_named_in_each_language_that_both_have() -> None:
    """rdfs:label goes before skos:prefLabel; a language that one lacks is left out."""
    text = (
        MINSK
        + ':treaty\\/minsk rdfs:label "Minsk Convention"@en , "Минская конвенция"@ru .'
        + ':state\\/kz skos:prefLabel "Kazakhstan"@en , "Казахстан"@ru , "Қазақстан"@kk ;'
        + ' rdfs:label "Republic of Kazakhstan"@en .'
    )

    assert participation(text)["label"] == {
        "Republic of Kazakhstan: Minsk Convention",
        "Казахстан: Минская конвенция",
    }


def test_treaties_of_one_name_do_not_become_one() -> None:
    """Where the last part of the IRI is not enough, the whole path names the node."""
    text = MINSK + MINSK.replace("treaty\\/", "protocol\\/").replace(":sign", ":sign2")

    assert participation(text) == {}
    assert participation(text, "treaty-minsk--kz")["participationIn"] == {"treaty/minsk"}
    assert participation(text, "protocol-minsk--kz")["participationIn"] == {"protocol/minsk"}


# --- Whatever it is given ---

THINGS = [NamedNode(f"{BASE}id/x{n}") for n in range(5)]
LINKS = [prok(n) for n in (
    "beginsVersion", "endsVersion", "endsAct", "groundedIn", "displacedBy", "actionOn", "byParty",
)] + [NamedNode(ELI + "is_part_of"), NamedNode(ELI + "is_member_of")]  # fmt: skip
VALUES = [prok(n) for n in (
    "takesEffectOn", "validFrom", "validUntil", "earliest", "latest", "effectUnknown",
    "beginningUnknown",
)]  # fmt: skip
LITERALS = [
    Literal(text, datatype=NamedNode(XSD + kind))
    for text, kind in [
        ("2001-01-01", "date"), ("2002-02-02", "date"), ("2003-02-30", "date"), ("2001", "gYear"),
        ("true", "boolean"), ("false", "boolean"), ("soon", "string"),
    ]
]  # fmt: skip
KINDS = [prok(n) for n in ("ProvisionVersion", "Power", "Displacement", "ChangeEvent")]
ANY = st.lists(
    st.one_of(
        st.builds(Triple, st.sampled_from(THINGS), st.just(TYPE), st.sampled_from(KINDS)),
        st.builds(
            Triple,
            st.sampled_from(THINGS),
            st.sampled_from(LINKS),
            st.sampled_from([*THINGS, LITERALS[0]]),
        ),
        st.builds(
            Triple, st.sampled_from(THINGS), st.sampled_from(VALUES), st.sampled_from(LITERALS)
        ),
        st.builds(
            Triple,
            st.sampled_from(THINGS),
            st.just(prok("actionKind")),
            st.sampled_from([prok("entryIntoForce"), prok("termination")]),
        ),
    ),
    max_size=16,
)


@given(ANY, st.randoms(use_true_random=False))
def test_deriving_is_total_and_heeds_no_order(triples: list[Triple], chance: random.Random) -> None:
    """Contradictory and senseless input gives some answer, always the same, never a repetition."""
    found = derive(triples, ONTOLOGY, BASE)
    shuffled = list(triples)
    chance.shuffle(shuffled)

    assert derive(shuffled, ONTOLOGY, BASE) == found
    assert not set(found) & set(triples) and len(found) == len(set(found))


@given(ANY)
def test_every_version_gets_a_beginning_or_is_said_to_have_none(triples: list[Triple]) -> None:
    """No version is left without a word on when it began."""
    known = set(triples) | set(derive(triples, ONTOLOGY, BASE))
    versions = {t.subject for t in known if t.object == prok("ProvisionVersion")}
    words = {prok("validFrom"), prok("beginningUnknown")}

    assert versions <= {t.subject for t in known if t.predicate in words}
