"""Views: what holds on a day, by the definition, and the same for all days at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kgserver.errors import DateError
from kgserver.law import change_dates, record, states, time_bounded, timeline, validity, view_at
from kgserver.terms import OWL, PROK, RDFS, TYPE, XSD, prok

BASE = "https://example.org/"
HEAD = f"""
@prefix : <{BASE}id/> .
@prefix prok: <{PROK}> .
@prefix owl: <{OWL}> .
@prefix rdfs: <{RDFS}> .
@prefix xsd: <{XSD}> .
"""

ONTOLOGY_TEXT = """
prok:LegalAssertion rdfs:subClassOf prok:TimeBounded .
prok:Accountability rdfs:subClassOf prok:LegalAssertion .
prok:Displacement rdfs:subClassOf prok:TimeBounded .
prok:hasAccountability owl:inverseOf prok:accountableBody .
prok:answersTo rdfs:subPropertyOf prok:master .
prok:accountableTo owl:propertyChainAxiom ( prok:hasAccountability prok:master ) ;
    rdfs:subPropertyOf prok:under ; rdfs:range prok:Master .
prok:under a owl:TransitiveProperty .
prok:part a owl:TransitiveProperty .
prok:continues owl:inverseOf prok:continuedBy .
"""


def graph(text: str) -> set[Triple]:
    """Read the triples of a Turtle text that uses the prefixes above."""
    return {quad.triple for quad in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)}


ONTOLOGY = graph(ONTOLOGY_TEXT)


def seen(text: str, day: str) -> set[Triple]:
    """Return the view of a day over a data text; both ways to it must agree."""
    law = record(graph(text), ONTOLOGY, BASE)
    plain = view_at(law, date.fromisoformat(day))
    assert timeline(law).view(date.fromisoformat(day)) == plain
    return set(plain.triples)


PERIOD = """
:a a prok:Accountability ; prok:accountableBody :pg ; prok:master :president ;
    prok:validFrom "1995-08-30"^^xsd:date ; prok:validUntil "2026-07-01"^^xsd:date .
:b a prok:Accountability ; prok:accountableBody :pg ; prok:master :parliament ;
    prok:validFrom "2026-07-01"^^xsd:date .
:pg a prok:Body .
"""
SHORTCUT = prok("accountableTo")


def masters(triples: set[Triple]) -> set[str]:
    """Return to whom anybody is accountable, by the shortcut."""
    ends = {t.object for t in triples if t.predicate == SHORTCUT}
    return {end.value.rsplit("/")[-1] for end in ends if isinstance(end, NamedNode)}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("1995-08-30", {"president"}),
        ("2026-06-30", {"president"}),
        ("2026-07-01", {"parliament"}),
        ("9999-12-31", {"parliament"}),
    ],
)
def test_the_first_day_counts_and_the_day_of_the_end_does_not(day: str, expected: set[str]) -> None:
    """validFrom is inclusive, validUntil exclusive, and no validUntil means no known end."""
    triples = seen(PERIOD, day)

    assert masters(triples) == expected
    assert Triple(NamedNode(BASE + "id/pg"), TYPE, prok("Body")) in triples


def test_before_the_first_state_nothing_is_known() -> None:
    """A day before all rules is refused with the first day that can be asked."""
    law = record(graph(PERIOD), ONTOLOGY, BASE)
    for ask in (view_at, lambda law, day: timeline(law).view(day)):
        with pytest.raises(DateError) as caught:
            ask(law, date(1995, 8, 29))
        assert "1995-08-30" in (caught.value.hint or "")


def test_a_view_says_from_when_until_when_it_is() -> None:
    """Each view has viewFrom; each but the last has viewUntil."""
    first, last = seen(PERIOD, "2000-01-01"), seen(PERIOD, "2030-01-01")

    at = f"<{BASE}at>"
    assert graph(f'{at} prok:viewFrom "1995-08-30"^^xsd:date .') <= first
    assert graph(f'{at} prok:viewUntil "2026-07-01"^^xsd:date .') <= first
    assert graph(f'{at} prok:viewFrom "2026-07-01"^^xsd:date .') <= last
    assert prok("viewUntil") not in {t.predicate for t in last}


IN_NO_VIEW = {
    "unknown beginning": "prok:beginningUnknown true",
    "a beginning both stated and unknown": (
        'prok:validFrom "1990-01-01"^^xsd:date ; prok:beginningUnknown true'
    ),
    "no word on the beginning": 'prok:validUntil "2050-01-01"^^xsd:date',
    "only recalled": 'prok:validFrom "1990-01-01"^^xsd:date ; prok:evidenceStatus prok:recalled',
    "an end that is no date": 'prok:validFrom "1990-01-01"^^xsd:date ; prok:validUntil "2050"',
    "an impossible beginning": 'prok:validFrom "1990-02-30"^^xsd:date',
    "an end before the beginning": (
        'prok:validFrom "2001-01-01"^^xsd:date ; prok:validUntil "2000-01-01"^^xsd:date'
    ),
}


@pytest.mark.parametrize("said", IN_NO_VIEW.values(), ids=IN_NO_VIEW.keys())
def test_what_is_uncertain_is_in_no_view_but_in_the_record(said: str) -> None:
    """Neither the thing nor what points at it is seen on any day, nor does it open a state."""
    doubtful = f":d a prok:Accountability ; prok:accountableBody :pg ; prok:master :x ; {said} ."
    pointer = ":note prok:about :d ; prok:about :pg ."
    law = record(graph(PERIOD + doubtful + pointer), ONTOLOGY, BASE)
    whole = timeline(law)

    assert [s.first for s in whole.states] == [date(1995, 8, 30), date(2026, 7, 1)]
    for day in ("1995-08-30", "2000-06-01", "2026-07-01"):
        triples = seen(PERIOD + doubtful + pointer, day)
        assert ":d" not in {str(end)[-4:-1] for t in triples for end in (t.subject, t.object)}
        assert graph(":note prok:about :pg .") <= triples
        assert not graph(":note prok:about :d .") & triples
    assert graph(":d prok:master :x ; a prok:LegalAssertion . :note prok:about :d .") <= set(
        whole.record
    )


def test_the_record_draws_no_shortcut() -> None:
    """Of all times at once a chain would join what never held together."""
    whole = timeline(record(graph(PERIOD), ONTOLOGY, BASE))

    assert masters(set(whole.record)) == set()
    assert graph(":pg prok:hasAccountability :a , :b .") <= set(whole.record)


DISPLACED = """
:d a prok:Displacement ; prok:displaces :a ;
    prok:validFrom "2010-01-01"^^xsd:date ; prok:validUntil "2012-01-01"^^xsd:date .
"""


def test_a_displaced_assertion_stands_but_feeds_no_shortcut() -> None:
    """While the displacement is valid the assertion is seen, what it entails alone too."""
    data = PERIOD + DISPLACED
    stands = graph(":a prok:master :president . :pg prok:hasAccountability :a .")

    assert masters(seen(data, "2009-12-31")) == {"president"}
    assert masters(seen(data, "2010-01-01")) == set()
    assert masters(seen(data, "2012-01-01")) == {"president"}
    assert stands <= seen(data, "2010-01-01")


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("master", {"other"}),  # the property itself, and by it its subproperty
        ("answersTo", {"other", "president"}),  # a subproperty: only what was stated by it
        ("hasAccountability", {"other"}),  # an inverse: what entails it
        ("length", {"other", "president", "third"}),  # a property that no chain uses
    ],
)
def test_a_displaced_property_is_that_alone(name: str, left: set[str]) -> None:
    """The other properties of the assertion go on feeding shortcuts."""
    data = (
        PERIOD
        + ":a prok:answersTo :third . "
        + ":c a prok:Accountability ; prok:accountableBody :pg ; prok:master :other ;"
        + ' prok:validFrom "1995-08-30"^^xsd:date .'
        + DISPLACED
        + f':d prok:displacedProperty "{PROK}{name}"^^xsd:anyURI .'
    )

    assert masters(seen(data, "2011-01-01")) == left


def test_what_is_not_time_bounded_cannot_be_displaced() -> None:
    """A displacement acts on what holds for a time; else it is only a statement."""
    data = (
        PERIOD
        + ":l prok:accountableBody :court ; prok:master :law . "
        + DISPLACED.replace(":a", ":l")
    )

    assert masters(seen(data, "2011-01-01")) == {"president", "law"}


def test_time_bounded_is_what_the_ontology_says_of_the_stated_class() -> None:
    """By subclass, by disjoint union and by equivalence; not by domain or range."""
    ontology = graph(
        "prok:TimeBounded owl:disjointUnionOf ( prok:One prok:Two ) ."
        " prok:Sub rdfs:subClassOf prok:Two . prok:Same owl:equivalentClass prok:One ."
        " prok:p rdfs:domain prok:One ."
    )
    data = graph(
        ":a a prok:One . :b a prok:Sub . :c a prok:Same . :d a prok:TimeBounded . :e prok:p :a ."
    )

    assert {str(t)[-2:-1] for t in time_bounded(data, ontology)} == {"a", "b", "c", "d"}


def test_without_anything_time_bounded_there_is_one_state() -> None:
    """A folder of timeless facts is seen the same on every day."""
    whole = timeline(record(graph(":x prok:part :y ."), ONTOLOGY, BASE))

    assert [(s.first, s.until) for s in whole.states] == [(date.min, None)]
    assert graph(":x prok:part :y .") <= set(whole.view(date(2020, 1, 1)).triples)


# --- Both ways to a view, over generated law ---

DAYS = [date(2000, 1, 1) + timedelta(days=n) for n in range(5)]
ASSERTIONS = [NamedNode(f"{BASE}id/a{n}") for n in range(4)]
BODIES = [NamedNode(f"{BASE}id/b{n}") for n in range(3)]
MOVES = [NamedNode(f"{BASE}id/d{n}") for n in range(2)]
TRUE = Literal("true", datatype=NamedNode(XSD + "boolean"))


def day_of(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))


@st.composite
def laws(draw: st.DrawFn) -> set[Triple]:
    """Draw assertions and displacements with intervals, and bodies that they are about."""
    triples: set[Triple] = set()
    for thing in ASSERTIONS + MOVES:
        kind = "Displacement" if thing in MOVES else "Accountability"
        triples.add(Triple(thing, TYPE, prok(kind)))
        for day in draw(st.lists(st.sampled_from(DAYS), max_size=2)):
            triples.add(Triple(thing, prok("validFrom"), day_of(day)))
        for day in draw(st.lists(st.sampled_from(DAYS), max_size=1)):
            triples.add(Triple(thing, prok("validUntil"), day_of(day)))
        if draw(st.integers(0, 9)) == 0:
            triples.add(Triple(thing, prok("beginningUnknown"), TRUE))
        if draw(st.integers(0, 9)) == 0:
            triples.add(Triple(thing, prok("evidenceStatus"), prok("recalled")))
    links = st.sampled_from(
        [prok(n) for n in ("accountableBody", "master", "answersTo", "continues", "under", "part")]
    )
    anything = st.sampled_from(ASSERTIONS + BODIES)
    triples.update(draw(st.lists(st.builds(Triple, anything, links, anything), max_size=14)))
    for move in MOVES:
        for thing in draw(st.lists(anything, max_size=2)):
            triples.add(Triple(move, prok("displaces"), thing))
        for name in draw(st.lists(st.sampled_from(["master", "answersTo", "under"]), max_size=1)):
            iri = Literal(PROK + name, datatype=NamedNode(XSD + "anyURI"))
            triples.add(Triple(move, prok("displacedProperty"), iri))
    return triples


@settings(max_examples=70)
@given(laws())
def test_all_views_at_once_are_the_views_one_by_one(triples: set[Triple]) -> None:
    """On every day the two agree, entailments included; states join without a gap."""
    law = record(triples, ONTOLOGY, BASE)
    whole = timeline(law)

    assert whole.states == states(validity(triples, ONTOLOGY).values())
    assert [s.until for s in whole.states] == [*[s.first for s in whole.states[1:]], None]
    for day in [*DAYS, date(2030, 1, 1)]:
        if day >= whole.states[0].first:
            assert whole.view(day) == view_at(law, day)


@settings(max_examples=70)
@given(laws())
def test_the_graphs_of_a_view_share_no_triple(triples: set[Triple]) -> None:
    """A triple that stood in two of them would be counted twice; the timeless part is as named."""
    law = record(triples, ONTOLOGY, BASE)
    whole = timeline(law)
    untouched = [t for t in law.triples if t.subject not in law.valid and t.object not in law.valid]

    assert set(whole.timeless) == set(law.rules.close(untouched))
    assert set(whole.record) == set(law.rules.without_chains().close(law.triples))
    for index in range(len(whole.states)):
        both = [*whole.timeless, *whole.rest(index)]
        assert len(both) == len(set(both))


@settings(max_examples=70)
@given(laws())
def test_between_changes_nothing_changes(triples: set[Triple]) -> None:
    """The change dates are days on which something time-bounded begins or ends, in order."""
    valid = validity(triples, ONTOLOGY)
    days = change_dates(valid.values())

    assert days == sorted(set(days))
    for day in DAYS[1:]:
        before = {t for t, i in valid.items() if i.holds(day - timedelta(days=1))}
        if before != {t for t, i in valid.items() if i.holds(day)}:
            assert day in days
