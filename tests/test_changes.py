"""What changed between two days: found whole, told in three languages and as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from urllib.parse import quote

import pytest
import rdflib
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from folders.changing import BASE, CHANGING
from folders.made import HEAD, write_folder
from kgserver.answers.changes import (
    WORDS,
    Changes,
    changes,
    changes_data,
    changes_rdf,
    changes_text,
    read_period,
)
from kgserver.answers.changes.comparing import compare
from kgserver.answers.changes.model import Change, Follows, Kind
from kgserver.answers.changes.period import Period
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.cli import main
from kgserver.engine.question import Answer, Asker, Dataset, Question
from kgserver.engine.worker import SOLUTIONS
from kgserver.errors import DateError
from kgserver.files.source import quiet
from kgserver.formats import GRAPHS
from kgserver.law import View, record, view_at
from kgserver.terms import CS, PROK, PROV, RDF, TYPE, XSD, prok
from kgserver.web.app import create_app

TODAY = date(2020, 6, 1)
HTML = {"Accept": "text/html"}
LANGUAGES = ("en", "ru", "kk")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder in which each kind of change happens."""
    return write_folder(tmp_path_factory.mktemp("changing"), CHANGING)


@pytest.fixture(scope="module")
def graph(folder: Path) -> Iterator[Graph]:
    """The folder, open, on a day that stays."""
    with opened(folder, None, quiet, workers=1) as found:
        yield replace(found, clock=lambda: TODAY)


@pytest.fixture
def web(graph: Graph) -> FlaskClient:
    """A client of the application on the folder."""
    return create_app(Served(graph)).test_client()


def told(graph: Graph, first: str, last: str, about: str | None = None) -> Changes:
    """Return what changed, in English."""
    period = read_period(graph, first, last, names=("from", "to"))
    return changes(graph, period, "en", about and f"{BASE}id/{about}")


def short(iri: str) -> str:
    """Return the last part of an IRI."""
    return iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def by_kind(found: Changes) -> dict[str, list[str]]:
    """Return the names of what changed, by kind of change."""
    kinds = {kind: [short(c.item.iri) for c in found.changes if c.kind is kind] for kind in Kind}
    return {str(kind): names for kind, names in kinds.items() if names}


def one(found: Changes, name: str) -> Change:
    """Return the change of one thing."""
    (change,) = [change for change in found.changes if short(change.item.iri) == name]
    return change


def pairs(follows: Iterable[Follows]) -> set[tuple[str, str, str]]:
    """Return conclusions by their short names."""
    return {(short(f.subject), short(f.property), short(f.value.value)) for f in follows}


# --- Each kind of change ---


def test_ten_years_are_told_whole(graph: Graph) -> None:
    """Each thing for a time is told once, by what became of it; the rest is counted."""
    found = told(graph, "2000-06-01", "2010-01-01")

    assert by_kind(found) == {
        "succeeded": ["exception-3", "term-3"],
        "begun": ["danger-rule", "fresh", "treaty--agency", "tenure"],
        "ended": ["gone", "rank-1"],
        "displaced": ["move"],
        "restored": ["back"],
        "added": ["also"],
        "continued": ["same-3"],
    }
    assert found.untouched == 3  # lasting, old-term, freed
    assert {str(kind): count for kind, count in found.counts.items()} == {
        kind: len(names) for kind, names in by_kind(found).items()
    }


def test_a_rule_is_continued_over_two_links(graph: Graph) -> None:
    """What stood between is named; the effect and so are all elements are the same."""
    (link,) = one(told(graph, "2000-06-01", "2010-01-01"), "same-3").links

    assert (short(link.item.iri), link.ended, link.same) == ("same-1", True, True)
    assert [short(item.iri) for item in link.through] == ["same-2"]
    assert (link.kinds, link.elements) == ((), ())


def test_a_rule_is_succeeded_element_by_element(graph: Graph) -> None:
    """Values gone and values come, by property; sources, days and names are no elements."""
    (link,) = one(told(graph, "2000-06-01", "2010-01-01"), "term-3").links

    assert [short(kind) for kind in link.kinds] == ["replaced"]
    elements = {
        short(e.property): ([short(v.value) for v in e.lost], [short(v.value) for v in e.gained])
        for e in link.elements
    }
    assert elements == {
        "maximum": ([], ["1"]),
        "measure": (["arrest"], ["custody"]),
        "termYears": (["5"], ["6"]),
    }


def test_a_value_that_was_itself_replaced_is_no_difference(graph: Graph) -> None:
    """An exception points to the new rule where it pointed to the old one."""
    change = one(told(graph, "2000-06-01", "2010-01-01"), "exception-3")

    assert [link.elements for link in change.links] == [()]
    assert [short(agent) for agent in change.agents] == ["office"], "whom its rule concerns"


def test_what_ended_in_between_is_followed_to_its_end(graph: Graph) -> None:
    """The rule of 2000 lived on from 2005 to 2010, in a rule that neither day has."""
    change = one(told(graph, "2000-06-01", "2010-01-01"), "rank-1")

    assert [(short(h.iri), h.interval.until) for h in change.heirs] == [("rank-2", "2010-01-01")]
    assert one(told(graph, "2000-06-01", "2010-01-01"), "gone").heirs == ()


def test_displacements_name_rule_element_and_reading(graph: Graph) -> None:
    """A displacement that begins, and one that ends while its rule stands."""
    found = told(graph, "2000-06-01", "2010-01-01")
    move, back = one(found, "move").displaced, one(found, "back").displaced

    assert move and back
    assert short(move.assertion.iri) == "old-term" and short(back.assertion.iri) == "freed"
    assert [short(name) for name in move.properties] == ["termYears"]
    assert [short(name) for name in move.readings] == ["editorsReading"]
    assert back.properties == ()
    assert [short(v) for v in one(found, "move").item.provisions] == ["v3"]


def test_what_follows_is_gained_lost_and_stays(graph: Graph) -> None:
    """Shortcuts, with what is above them; the assertions that bear them are named."""
    found = told(graph, "2000-06-01", "2010-01-01")
    groups = {short(g.agent): g for g in found.groups if g.agent}
    office, agency = groups["office"], groups["agency"]

    assert pairs(office.lost) == {
        ("office", "accountableTo", "parliament"),
        ("office", "under", "parliament"),
    }
    assert pairs(office.gained) == {
        ("office", "accountableTo", "court"),
        ("office", "under", "court"),
    }
    assert pairs(office.stayed) == {("office", "accountableTo", "president")}
    assert [short(b) for f in office.stayed for b in f.bearers] == ["same-3"]
    assert [short(b) for f in office.lost for b in f.bearers] == ["gone"]
    assert pairs(agency.gained) == {
        ("agency", "accountableTo", "council"),
        ("agency", "under", "council"),
    }, "the displaced rule feeds its shortcut again"


def test_groups_are_subjects_in_a_total_order(graph: Graph) -> None:
    """Most changes of effect first, what is nobody's last; what a treaty party or office has."""
    found = told(graph, "2000-06-01", "2010-01-01")

    assert [g.agent and short(g.agent) for g in found.groups] == [
        "office",
        "agency",
        "danger",
        None,
    ]
    office, agency, _, nobody = found.groups
    assert {short(c.item.iri) for c in nobody.changes} == {"rank-1"}
    assert "tenure" in {short(c.item.iri) for c in office.changes}
    assert "treaty--agency" in {short(c.item.iri) for c in agency.changes}
    assert changes_text(found) == changes_text(told(graph, "2000-06-01", "2010-01-01"))


def test_each_change_has_its_event(graph: Graph) -> None:
    """Beginning, repeal of an act, treaty action; a date of one's own has none."""
    found = told(graph, "2000-06-01", "2010-01-01")
    events = {short(c.item.iri): [short(e.iri) for e in c.events] for c in found.changes}

    assert events["same-3"] == ["e3"] and events["gone"] == ["e2"]
    assert events["treaty--agency"] == ["action"] and events["tenure"] == []
    assert [(e.day, short(e.iri)) for e in found.events] == [
        ("2005-01-01", "e2"),
        ("2007-06-01", "action"),
        ("2010-01-01", "e3"),
    ]
    (event,) = one(found, "same-3").events
    assert [short(act) for act in event.acts] == ["act-2"]
    ended = told(graph, "2009-01-01", "2010-01-01")
    assert [short(e.iri) for e in one(ended, "rank-2").events] == ["e3"], "its act was repealed"


def test_a_window_is_told_of_the_change_and_of_the_day(graph: Graph) -> None:
    """The event of 2005 may lie on the other side of a day in its window."""
    inside = told(graph, "2004-12-31", "2005-01-01")
    outside = told(graph, "2004-05-31", "2005-04-01")

    assert one(inside, "gone").window == ("2004-06-01", "2005-03-31")
    assert one(inside, "same-2").window == ("2004-06-01", "2005-03-31")
    assert [short(event.iri) for event in inside.uncertain] == ["e2"]
    assert outside.uncertain == []
    assert "may lie on the other side of 2004-12-31, 2005-01-01" in " ".join(
        changes_text(inside).split()
    )


def test_only_one_subject_is_told_in_whatever_role(graph: Graph) -> None:
    """Parliament has no rule of its own; that it lost its say is told all the same."""
    parliament = told(graph, "2000-06-01", "2010-01-01", "parliament")
    agency = told(graph, "2000-06-01", "2010-01-01", "agency")
    nobody = told(graph, "2004-01-01", "2005-01-01", "agency")

    assert by_kind(parliament) == {"ended": ["gone"]}
    assert pairs(f for g in parliament.groups for f in g.lost) == {
        ("office", "accountableTo", "parliament"),
        ("office", "under", "parliament"),
    }
    assert {short(c.item.iri) for c in agency.changes} == {"also", "back", "move", "treaty--agency"}
    assert by_kind(nobody) == {"restored": ["back"]}


def test_a_new_rule_may_be_displaced_at_once(tmp_path: Path) -> None:
    """It began, it continues another; and it says that it is not applied."""
    more = """
:late a prok:Displacement ; prok:displaces :also ; prok:displacedBy :v3 .
:still a prok:Displacement ; prok:displaces :freed ; prok:displacedBy :v2 .
"""
    files = CHANGING | {"data/more.ttl": HEAD + more}
    with opened(write_folder(tmp_path, files), None, quiet, workers=1) as graph:
        found = told(graph, "2000-06-01", "2010-01-01")
        halfway = told(graph, "2000-06-01", "2005-01-01")

    assert one(found, "also").not_applied and not one(found, "same-3").not_applied
    assert one(found, "also").kind is Kind.ADDED
    assert one(halfway, "back").kind is Kind.ENDED, "another one displaces the rule"
    assert one(found, "back").kind is Kind.RESTORED


def test_between_days_of_one_state_nothing_changed(graph: Graph) -> None:
    """Nothing is told, and it is said why."""
    found = told(graph, "2010-01-01", "2015-01-01")
    text = changes_text(found)

    assert found.groups == () and found.changes == () and not found.beyond
    assert found.untouched == 12
    assert "Nothing changed between 2010-01-01 and 2015-01-01" in text
    assert "legal state of 2010-01-01" in text


@pytest.mark.parametrize(
    ("first", "last", "where", "words"),
    [
        ("2010-01-01", "2009-12-31", "from", "2010-01-01 is after 2009-12-31"),
        ("1999-12-31", "2010-01-01", "from", "No legal state covers 1999-12-31"),
        ("2005-02-30", "2010-01-01", "from", "no date"),
        ("2005-01-01", "завтра", "to", "`завтра` is no date"),
        ("2005-01-01", "all", "to", "`all` is no date"),
        ("2005-01-01\n", "today", "from", "no date"),
    ],
)
def test_days_that_cannot_be_compared(
    graph: Graph, first: str, last: str, where: str, words: str
) -> None:
    """The error names the day at fault and what is right."""
    with pytest.raises(DateError) as caught:
        read_period(graph, first, last, names=("from", "to"))

    assert caught.value.where == where and words in caught.value.message
    assert caught.value.hint and "`all`" not in caught.value.hint


# --- The difference is that of the definition ---

ONTOLOGY_TEXT = """
prok:LegalAssertion rdfs:subClassOf prok:TimeBounded .
prok:Accountability rdfs:subClassOf prok:LegalAssertion .
prok:ProvisionVersion rdfs:subClassOf prok:TimeBounded .
prok:Displacement rdfs:subClassOf prok:TimeBounded .
prok:accountableBody rdfs:subPropertyOf prok:concerns ; owl:inverseOf prok:hasAccountability .
prok:accountableTo owl:propertyChainAxiom ( prok:hasAccountability prok:master ) ;
    rdfs:subPropertyOf prok:under ; rdfs:range prok:Master .
prok:under a owl:TransitiveProperty .
"""
ONTOLOGY = {q.triple for q in parse((HEAD + ONTOLOGY_TEXT).encode(), format=RdfFormat.TURTLE)}
DAYS = [date(2000, 1, 1) + timedelta(days=n) for n in range(5)]
THINGS = [NamedNode(f"{BASE}id/a{n}") for n in range(4)]
VERSIONS = [NamedNode(f"{BASE}id/v{n}") for n in range(2)]
MOVES = [NamedNode(f"{BASE}id/d{n}") for n in range(2)]
BODIES = [NamedNode(f"{BASE}id/b{n}") for n in range(3)]
ANCHOR = NamedNode(f"{BASE}id/anchor")
"""Valid from the first day on, so that each day has a state."""
KINDS = {
    **dict.fromkeys(THINGS, "Accountability"),
    **dict.fromkeys(VERSIONS, "ProvisionVersion"),
    **dict.fromkeys(MOVES, "Displacement"),
    ANCHOR: "Accountability",
}


def day_of(day: date) -> Literal:
    """Return a day as data have it."""
    return Literal(day.isoformat(), datatype=NamedNode(XSD + "date"))


@st.composite
def laws(draw: st.DrawFn) -> set[Triple]:
    """Draw assertions, versions and displacements with intervals, and joins among them."""
    triples = {Triple(ANCHOR, prok("validFrom"), day_of(DAYS[0]))}
    for thing, kind in KINDS.items():
        triples.add(Triple(thing, TYPE, prok(kind)))
        if thing != ANCHOR and (first := draw(st.sampled_from([*DAYS, *DAYS, None]))):
            triples.add(Triple(thing, prok("validFrom"), day_of(first)))
        if thing != ANCHOR and (until := draw(st.sampled_from([*DAYS, None, None]))):
            triples.add(Triple(thing, prok("validUntil"), day_of(until)))
    bodies, things = st.sampled_from(BODIES), st.sampled_from(THINGS)
    for thing in THINGS:
        for name, values in (
            ("accountableBody", bodies),
            ("master", bodies),
            ("continues", things),
            ("succeeds", things),
            ("groundedIn", st.sampled_from(VERSIONS)),
        ):
            for value in draw(st.lists(values, max_size=1)):
                triples.add(Triple(thing, prok(name), value))
    anything = st.sampled_from([*THINGS, *VERSIONS, *BODIES])
    names = st.sampled_from([prok(name) for name in ("master", "under", "measure")])
    triples.update(draw(st.lists(st.builds(Triple, anything, names, anything), max_size=4)))
    for move in MOVES:
        for thing in draw(st.lists(things, max_size=1)):
            triples.add(Triple(move, prok("displaces"), thing))
    return triples


@dataclass
class InProcess:
    """Answers from a store of this process: no worker, so that many examples are quick."""

    store: Store

    def answer(self, question: Question, asker: Asker) -> Answer:
        """Answer as a worker would."""
        rows = self.store.query(
            question.text,
            default_graph=[NamedNode(iri) for iri in question.dataset.default],
            named_graphs=[NamedNode(iri) for iri in question.dataset.named],
        )
        body = rows.serialize(format=SOLUTIONS["json"])
        assert body is not None
        return Answer("select", "json", body)


def graph_of(seen: dict[str, View], everything: Iterable[Triple], graph: Graph) -> Graph:
    """Return a graph whose views and record are these."""
    store = Store()
    for name, triples in (("record", everything), *((n, v.triples) for n, v in seen.items())):
        for t in triples:
            store.add(Quad(t.subject, t.predicate, t.object, NamedNode(f"{BASE}graph/{name}")))
    manifest = replace(graph.manifest, windows=(), record=f"{BASE}graph/record", files=())
    return replace(graph, answerer=InProcess(store), manifest=manifest)


@settings(max_examples=60, deadline=None)
@given(laws(), st.sampled_from(DAYS[:3]), st.sampled_from(DAYS[2:]))
def test_the_difference_is_that_of_the_two_views(
    graph: Graph, triples: set[Triple], first: date, last: date
) -> None:
    """Things began and ended, and conclusions gained and lost: all of them and no others."""
    law = record(triples | ONTOLOGY, ONTOLOGY, BASE)
    before, after = view_at(law, first), view_at(law, last)
    everything = law.rules.without_chains().close(law.triples)
    made = graph_of({"first": before, "last": after}, everything, graph)
    views = [
        Dataset((f"{BASE}graph/{name}",), at=day.isoformat(), state=view.first.isoformat())
        for name, day, view in (("first", first, before), ("last", last, after))
    ]
    period = Period(first.isoformat(), last.isoformat(), *views)

    found = compare(made, period)
    answer = changes(made, period, "en")

    def things(day: date) -> set[str]:
        return {
            thing.value
            for thing, kind in KINDS.items()
            if kind != "ProvisionVersion" and law.valid[thing].holds(day)
        }

    def entailed(view: View, other: View) -> set[tuple[str, str, str]]:
        apart = {n.value for n in KINDS if law.valid[n].holds(first) != law.valid[n].holds(last)}
        apart.add(BASE + "at")
        return {
            (t.subject.value, t.predicate.value, t.object.value)
            for t in view.triples - other.triples
            if not {t.subject.value, t.object.value} & apart
        }

    assert found.begun == things(last) - things(first)
    assert found.ended == things(first) - things(last)
    assert {(s, p, o.value) for s, p, o in found.gained} == entailed(after, before)
    assert {(s, p, o.value) for s, p, o in found.lost} == entailed(before, after)
    assert answer.untouched == len(things(first) & things(last))
    changed = {change.item.iri for change in answer.changes}
    replaced = {link.item.iri for change in answer.changes for link in change.links if link.ended}
    assert changed | replaced == found.begun | found.ended
    for name, triples_found in (("gained", found.gained), ("lost", found.lost)):
        in_groups = [follows for group in answer.groups for follows in getattr(group, name)]
        assert len(in_groups) == len(triples_found)
        assert {(f.subject, f.property, f.value) for f in in_groups} == set(triples_found)
    assert changes_text(answer) and changes_rdf(answer, BASE, "nt")


# --- As text, JSON and RDF ---


def test_the_text_is_a_summary(graph: Graph) -> None:
    """Headings, then for each change what, in place of what, and by which source."""
    text = changes_text(told(graph, "2009-12-31", "2010-01-01"))

    assert text.startswith("What changed in the law between 2009-12-31 and 2010-01-01\n")
    assert "  2010-01-01  new act (made by: Second act)" in text
    assert "Stayed, on a new ground\n  * accountable, 2010 [accountability]\n" in text
    assert "    The office answers to the President.\n" in text
    assert "    continues: accountable, 2005 — Art. 1 of 2005\n" in text
    assert "    source: Art. 9 of 2010; prok:officialText\n" in text
    assert "Still follows\n  * answers to: President\n" in text
    ten = changes_text(told(graph, "2000-06-01", "2010-01-01"))
    assert "    years: 5 → 6\n" in ten and "    measure: id:arrest → id:custody" not in ten
    assert all(len(line) <= 96 for line in ten.splitlines())
    assert "\x1b" not in ten and "\\x1b[2J" in ten, "what a terminal would obey is shown"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_each_language(graph: Graph, language: str) -> None:
    """No text of one language has other places to fill than that of another."""
    place = LANGUAGES.index(language)
    for key, texts in WORDS.items():
        assert texts[place], key
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts]
        assert fields[place] == fields[0], key
    period = read_period(graph, "2000-06-01", "2010-01-01", names=("from", "to"))
    text = changes_text(changes(graph, period, language))
    assert WORDS["continued"][place] in text and WORDS["title"][place].split("{")[0] in text


def test_json_has_what_the_manual_says(graph: Graph) -> None:
    """Stable keys, labels beside IRIs, null for what is unknown."""
    data: Any = changes_data(told(graph, "2000-06-01", "2010-01-01"), "r1")
    json.dumps(data)

    assert list(data) == [
        "from",
        "to",
        "state_from",
        "state_to",
        "about",
        "language",
        "revision",
        "checked_until",
        "beyond_checked",
        "counts",
        "untouched",
        "events",
        "uncertain",
        "groups",
    ]
    assert (data["state_from"], data["state_to"]) == ("2000-01-01", "2010-01-01")
    office = data["groups"][0]
    assert office["subject"] == {"iri": f"{BASE}id/office", "label": "office"}
    (term,) = [c for c in office["changes"] if c["iri"] == f"{BASE}id/term-3"]
    assert term["change"] == "succeeded" and term["valid_until"] is None
    assert term["provisions"] == [{"iri": f"{BASE}id/v3", "label": "Art. 9 of 2010"}]
    years = [e for e in term["links"][0]["elements"] if e["property"]["label"] == "years"]
    assert [years[0][key][0]["value"] for key in ("lost", "gained")] == ["5", "6"]
    assert years[0]["gained"][0]["datatype"] == XSD + "integer"


@pytest.mark.parametrize("name", [format_.name for format_ in GRAPHS])
def test_rdf_can_be_asked_alone(graph: Graph, name: str) -> None:
    """One change set for each subject; things with interval, ground and event."""
    answer = told(graph, "2000-06-01", "2010-01-01", "office")
    body = changes_rdf(answer, BASE, name)
    parsed = rdflib.Graph().parse(
        data=body, format={"rdf": "xml", "jsonld": "json-ld", "ttl": "turtle"}.get(name, name)
    )

    assert body == changes_rdf(answer, BASE, name), "HEAD tells the length of GET"
    assert len(set(parsed.subjects(rdflib.RDF.type, rdflib.URIRef(CS + "ChangeSet")))) == 1
    rows = parsed.query(
        f"""PREFIX cs: <{CS}> PREFIX prok: <{PROK}> PREFIX prov: <{PROV}> PREFIX rdf: <{RDF}>
        SELECT ?thing ?ground ?day ?earlier {{
          ?set cs:subjectOfChange <{BASE}id/office> ; cs:addition ?said .
          ?said rdf:subject ?thing ; rdf:predicate rdf:type ; rdf:object prok:Accountability .
          ?thing prok:groundedIn ?ground ; prok:validFrom ?day ; prov:wasRevisionOf ?earlier ;
                 prov:wasGeneratedBy/prok:takesEffectOn ?day .
        }}"""
    )
    assert [tuple(map(short, map(str, row))) for row in rows] == [  # type: ignore[union-attr]
        ("same-3", "v3", "2010-01-01", "same-1")
    ]
    lost = parsed.query(
        f"""PREFIX cs: <{CS}> PREFIX prok: <{PROK}> PREFIX rdf: <{RDF}>
        ASK {{ ?set cs:removal [ rdf:subject <{BASE}id/office> ; rdf:predicate prok:accountableTo ;
                                 rdf:object <{BASE}id/parliament> ] }}"""
    )
    assert lost.askAnswer


# --- The command ---


def run(folder: Path, *words: str) -> Result:
    """Run `kgserver changes` in this process."""
    return CliRunner().invoke(main, ["changes", *words, "--folder", str(folder)])


def test_the_command_tells_in_each_form_and_language(folder: Path, graph: Graph) -> None:
    """Text, JSON, Turtle; the answer goes to stdout."""
    days = ("2009-12-31", "2010-01-01")
    text, russian = run(folder, *days), run(folder, *days, "--lang", "ru")
    data, turtle = run(folder, *days, "--format", "json"), run(folder, *days, "-f", "ttl")

    assert text.exit_code == 0 and text.stdout == changes_text(told(graph, *days))
    assert "подотчётна, 2010" in russian.stdout and "Сохранилось" in russian.stdout
    assert json.loads(data.stdout)["to"] == "2010-01-01"
    assert len(rdflib.Graph().parse(data=turtle.stdout, format="turtle")) > 50
    about = run(folder, *days, "--about", "id/court")
    assert "accountable to the court" in about.stdout and "agency" not in about.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2010-01-01", "2009-12-31"), "FROM: 2010-01-01 is after 2009-12-31"),
        (("вчера", "today"), "FROM: `вчера` is no date"),
        (("2009-12-31", "2010-13-01"), "TO: `2010-13-01` is no date"),
        (("2009-12-31", "2010-01-01", "--lang", "de"), "`de` is no language"),
        (("2009-12-31", "2010-01-01", "--about", "кто"), "--about: `кто` is no IRI"),
        (("2009-12-31", "2010-01-01", "--about", "id/кто"), "Nothing is known of this IRI"),
        (("2009-12-31", "2010-01-01", "--about", "id/x> }"), "is no IRI"),
    ],
)
def test_the_command_refuses(folder: Path, words: tuple[str, ...], said: str) -> None:
    """Misuse ends with 2, one sentence and no answer."""
    result = run(folder, *words)

    assert result.exit_code == 2 and said in result.stderr and not result.stdout


# --- Over HTTP ---

DAYS_ASKED = "/changes?from=2000-06-01&to=2010-01-01"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_in_each_language(web: FlaskClient, language: str) -> None:
    """Headings, links to things, a form that holds the two days, the other languages."""
    page = web.get(f"{DAYS_ASKED}&lang={language}", headers=HTML)
    place = LANGUAGES.index(language)

    assert page.status_code == 200 and f'<html lang="{language}">' in page.text
    for key in ("succeeded", "ended", "continued", "stayed", "nobody"):
        assert WORDS[key][place] in page.text
    assert 'name="from" value="2000-06-01"' in page.text
    assert 'name="to" value="2010-01-01"' in page.text
    assert '<a href="/id/same-3' in page.text and "<script" not in page.text
    assert "<del>5</del> → <ins>6</ins>" in page.text


def test_hostile_labels_are_text(web: FlaskClient) -> None:
    """What the data hold is shown, never run."""
    page = web.get(DAYS_ASKED, headers=HTML).text

    assert "&lt;script&gt;alert(1)" in page and "&lt;img src=x" in page
    assert "<script" not in page and "<img" not in page and "<b>bold" not in page


def test_each_form_goes_by_name_and_by_header(web: FlaskClient) -> None:
    """HTML for browsers, our JSON, RDF in four forms; nothing else."""
    by_name = {n: web.get(f"{DAYS_ASKED}&format={n}") for n in ("html", "json", "ttl", "rdf")}
    types = {name: answer.content_type for name, answer in by_name.items()}
    turtle = web.get(DAYS_ASKED, headers={"Accept": "text/turtle"})
    data = web.get(DAYS_ASKED, headers={"Accept": "application/json"})

    assert types == {
        "html": "text/html; charset=utf-8",
        "json": "application/json",
        "ttl": "text/turtle; charset=utf-8",
        "rdf": "application/rdf+xml",
    }
    assert turtle.data == by_name["ttl"].data and data.data == by_name["json"].data
    assert web.get(DAYS_ASKED, headers={"Accept": "image/png"}).status_code == 406
    assert web.get(f"{DAYS_ASKED}&format=csv").status_code == 400
    assert web.head(f"{DAYS_ASKED}&format=ttl").content_length == len(turtle.data)


def test_headers_say_the_revision_and_no_one_day(web: FlaskClient, graph: Graph) -> None:
    """An answer on two days is on neither of them."""
    headers = web.get(f"{DAYS_ASKED}&at=2003-01-01").headers

    assert headers["KG-Revision"] == graph.manifest.revision
    assert headers["KG-Checked-Until"] == "2020-12-31"
    assert "KG-At" not in headers and "KG-State" not in headers


@pytest.mark.parametrize(
    ("query", "status", "where"),
    [
        ("from=2010-01-01&to=2009-12-31", 400, "from"),
        ("from=1990-01-01&to=2009-12-31", 400, "from"),
        ("from=2009-12-31&to=сегодня", 400, "to"),
        ("to=2009-12-31", 400, "from"),
        ("from=2001-01-01&from=2002-01-01&to=2009-12-31", 400, "from"),
        ("from=2001-01-01&to=2009-12-31&lang=de", 400, "lang"),
        ("from=2001-01-01&to=2009-12-31&form=json", 400, "form"),
        ("from=2001-01-01&to=2009-12-31&about=кто", 400, "about"),
        ("from=2001-01-01&to=2009-12-31&about=id/кто", 404, f"{BASE}id/кто"),
        ("from=%3Cscript%3E&to=2009-12-31", 400, "from"),
        ("from=%00&to=2009-12-31", 400, "from"),
    ],
)
def test_requests_that_are_refused(web: FlaskClient, query: str, status: int, where: str) -> None:
    """As data and as a page: what is wrong, where, and a hint; nothing is taken for markup."""
    address = "/changes?" + quote(query, safe="=&%/")
    data = web.get(address, headers={"Accept": "application/json, application/problem+json"})
    page = web.get(address, headers=HTML)

    assert (data.status_code, page.status_code) == (status, status)
    assert data.json["where"] == where and data.json["hint"]
    assert "<script>" not in page.text


def test_without_days_a_page_offers_the_days_of_change(web: FlaskClient) -> None:
    """The law's own calendar; data cannot be had without days."""
    page = web.get("/changes", headers=HTML).text

    for eve, day in (("2004-12-31", "2005-01-01"), ("2009-12-31", "2010-01-01")):
        assert f'href="/changes?from={eve}&amp;to={day}"' in page
    assert "amendment" in page and "new act" in page and "tenure" in page
    assert 'value="2020-06-01"' in page, "until today"
    assert page.index("2010-01-01") < page.index("2000-01-01"), "the latest first"
    assert web.get("/changes?format=json").status_code == 400


def test_pages_lead_to_the_changes(web: FlaskClient) -> None:
    """From everywhere; from a page of a past day, to what changed since."""
    home = web.get("/queries?at=2003-01-01", headers=HTML).text

    assert 'href="/changes?at=2003-01-01"' in home
    assert 'from=2003-01-01"' in home, "until today, whatever day that is when it is followed"
    assert "from=" not in web.get("/queries", headers=HTML).text
    assert web.get("/changes?from=2019-01-01", headers=HTML).status_code == 200


def test_a_day_beyond_what_was_looked_for_is_said(web: FlaskClient) -> None:
    """Law as known to us; in the page and in the data."""
    address = "/changes?from=2009-01-01&to=2021-01-01"

    assert "Law as known to us on 2020-12-31" in web.get(address, headers=HTML).text
    assert web.get(address + "&format=json").json["beyond_checked"] is True
    assert web.get(DAYS_ASKED + "&format=json").json["beyond_checked"] is False


# --- The project's own law ---


def test_the_new_constitution_is_told_as_a_lawyer_would(own_graph: Graph) -> None:
    """Term, consent, measures, exceptions, rank of treaties; and what stayed."""
    period = read_period(own_graph, "2026-06-30", "2026-07-01", names=("from", "to"))
    found = changes(own_graph, period, "en")
    elements = {
        (short(c.item.iri), short(e.property)): (
            [own(v.value, found) for v in e.lost],
            [own(v.value, found) for v in e.gained],
        )
        for c in found.changes
        for link in c.links
        for e in link.elements
    }
    ended = {short(c.item.iri) for c in found.changes if c.kind is Kind.ENDED}
    stayed = [c for c in found.changes if c.kind is Kind.CONTINUED]

    assert elements["kz-const-2026-art-84-p-3", "termYears"] == (["5"], ["6"])
    lost, gained = elements["kz-const-2026-art-84-p-4-measures", "consentingAuthority"]
    assert "Senate" in lost[0] and "President" in gained[0]
    exception = elements["kz-const-2026-art-84-p-4-in-flagrante", "exceptionForMeasure"]
    assert exception[1] == ["detention"] and "arrest" in exception[0]
    assert "kz-const-1995-art-44-sp-4-2022-appointment" in ended, "no consent to the appointment"
    assert "kz-const-1995-art-4-p-3-2017-priority" in ended, "no priority of treaties"
    (only,) = [c for c in stayed if short(c.item.kind) == "ExclusiveAccountability"]
    assert short(only.item.iri) == "kz-const-2026-art-84-p-2" and only.links[0].elements == ()
    follows = {
        (short(f.subject), short(f.property), short(f.value.value))
        for group in found.groups
        for f in group.stayed
    }
    assert ("prosecutors-office-kz", "accountableTo", "president-kz") in follows
    displaced = {short(c.displaced.assertion.iri) for c in found.changes if c.displaced}
    assert "kz-law-2022-155-art-8-p-1-sp-1" in displaced
    assert [short(event.iri) for event in found.events] == ["kz-const-2026-in-force"]


def own(value: str, found: Changes) -> str:
    """Return a value as it is read."""
    return found.labels.of(value) if ":" in value else value
