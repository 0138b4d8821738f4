"""A day inside a window is answered so: page, data and command line name the event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyoxigraph import RdfFormat, Triple, parse

from folders.made import BASE, HEAD, write_folder
from folders.served import SERVED
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.cli import main
from kgserver.files.source import quiet
from kgserver.law.windows import Window, windows
from kgserver.web.app import create_app

WINDOWED = f"""{HEAD}
:reform a prok:ChangeEvent ; prok:endsVersion :art-9-v1 ; prok:beginsVersion :art-9-v2 ;
    rdfs:label "reform of article 9"@en , "реформа статьи 9"@ru , "9-бап реформасы"@kk ;
    prok:takesEffectOn "2003-02-01"^^xsd:date ;
    prok:earliest "2003-01-10"^^xsd:date ; prok:latest "2003-02-01"^^xsd:date .
:rumour a prok:ChangeEvent ; prok:beginsVersion :art-9-v3 ; prok:effectUnknown true ;
    rdfs:label "rumour"@en , "слух"@ru , "қауесет"@kk ;
    prok:earliest "2003-01-20"^^xsd:date ; prok:latest "2004-01-01"^^xsd:date .
:start a prok:ChangeEvent ; prok:beginsVersion :art-9-v1 ;
    prok:takesEffectOn "2000-01-01"^^xsd:date .
:art-9-v1 a prok:ProvisionVersion . :art-9-v2 a prok:ProvisionVersion .
:art-9-v3 a prok:ProvisionVersion .
:rule-91 a prok:Accountability ; prok:groundedIn :art-9-v1 ;
    rdfs:label "first rule"@en , "первое"@ru , "бірінші"@kk ;
    prok:accountableBody :office ; prok:master :president .
:rule-92 a prok:Accountability ; prok:groundedIn :art-9-v2 ;
    rdfs:label "second rule"@en , "второе"@ru , "екінші"@kk ;
    prok:accountableBody :office ; prok:master :president .
"""
DAYS = {
    "2003-01-09": [],
    "2003-01-10": ["reform"],
    "2003-01-20": ["reform", "rumour"],
    "2003-02-01": ["rumour"],
    "2003-02-02": ["rumour"],
    "2004-01-01": ["rumour"],
    "2004-01-02": [],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The served folder with two events that have windows."""
    place = tmp_path_factory.mktemp("windows")
    return write_folder(place, SERVED | {"data/acts/windowed.ttl": WINDOWED})


@pytest.fixture(scope="module")
def graph(folder: Path) -> Iterator[Graph]:
    """The folder, open, on a day that stays."""
    with opened(folder, None, quiet, workers=1) as opened_graph:
        yield replace(opened_graph, clock=lambda: date(2003, 1, 25))


@pytest.fixture
def client(graph: Graph) -> FlaskClient:
    """A client of the application."""
    return create_app(Served(graph)).test_client()


def read(text: str) -> list[Triple]:
    """Return the triples of a text that uses the common prefixes."""
    return [q.triple for q in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)]


def test_what_is_a_window() -> None:
    """Two edges on two days, stated by an event; the day by which it counts may be unknown."""
    found = windows(read(WINDOWED.removeprefix(HEAD)))

    assert [(w.event.rsplit("/", 1)[-1], w.earliest, w.latest, w.effect) for w in found] == [
        ("reform", date(2003, 1, 10), date(2003, 2, 1), date(2003, 2, 1)),
        ("rumour", date(2003, 1, 20), date(2004, 1, 1), None),
    ]
    assert found[0].labels == {
        "en": "reform of article 9", "ru": "реформа статьи 9", "kk": "9-бап реформасы",
    }  # fmt: skip
    assert [Window.from_table(w.to_table()) for w in found] == list(found)


NONE = {
    "only an edge": 'prok:effectUnknown true ; prok:earliest "2003-01-10"^^xsd:date',
    "one day": 'prok:takesEffectOn "2003-01-10"^^xsd:date ; prok:earliest "2003-01-10"^^xsd:date ;'
    ' prok:latest "2003-01-10"^^xsd:date',
    "backwards": 'prok:effectUnknown true ; prok:earliest "2003-01-10"^^xsd:date ;'
    ' prok:latest "2003-01-09"^^xsd:date',
    "no event": 'prok:beginningUnknown true ; prok:earliest "2003-01-10"^^xsd:date ;'
    ' prok:latest "2004-01-09"^^xsd:date',
}


@pytest.mark.parametrize("said", NONE.values(), ids=NONE.keys())
def test_what_is_none(said: str) -> None:
    """What has not two edges in order, or is inherited from an event, is no window of its own."""
    assert windows(read(f":e {said} .")) == ()


def test_an_event_is_named_in_a_language_that_it_has() -> None:
    """The reader's own first, then any, then the IRI."""
    window = Window("https://e.org/x", date(1, 1, 1), date(1, 1, 2), None, {"kk": "ә"})

    assert window.label("kk") == window.label("ru") == "ә"
    assert replace(window, labels={}).label("en") == "https://e.org/x"


@pytest.mark.parametrize(("day", "events"), DAYS.items())
def test_data_name_the_windows(client: FlaskClient, day: str, events: list[str]) -> None:
    """From the first day until it must have happened; a day that is not known stays in doubt."""
    told = client.get(f"/queries/bodies/masters?format=json&at={day}").get_json()["windows"]

    assert [one["event"].removeprefix(f"{BASE}id/") for one in told] == events
    for one in told:
        assert set(one["label"]) == {"en", "ru", "kk"}
        assert one["earliest"] <= day <= one["latest"]
        assert one["takes_effect_on"] == ("2003-02-01" if one["label"]["en"] != "rumour" else None)


PAGES = [
    "/queries/bodies/masters?format=html&",
    "/id/office?",
    "/sparql?query=ASK{}&format=html&",
    "/?",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("lang", "said", "name"),
    [
        ("en", "The law changes in this window", "reform of article 9"),
        ("ru", "В этом промежутке право меняется", "реформа статьи 9"),
        ("kk", "Осы аралықта құқық өзгереді", "9-бап реформасы"),
    ],
)
def test_pages_name_the_windows(
    client: FlaskClient, page: str, lang: str, said: str, name: str
) -> None:
    """In the reader's language, with a link to the event; on other days nothing is said."""
    inside = client.get(f"{page}lang={lang}&at=2003-01-15").text
    assert said in inside and f">{name}</a>" in inside and "2003-01-10" in inside
    for day in ("2003-01-09", "2004-01-02", "all"):
        assert said not in client.get(f"{page}lang={lang}&at={day}").text


def test_today_may_lie_in_a_window(client: FlaskClient) -> None:
    """Without a word on the day it is today's windows that count."""
    told = client.get("/queries/bodies/masters?format=json").get_json()

    assert told["at"] == "2003-01-25" and len(told["windows"]) == 2


def test_the_record_is_of_no_day(client: FlaskClient) -> None:
    """A query of all times has no window, on whatever day it is asked."""
    address = "/queries/bodies/history"

    told = client.get(f"{address}?format=json&at=2003-01-25").get_json()
    assert told["at"] == "all" and told["windows"] == []
    assert "The law changes in this window" not in client.get(f"{address}?at=2003-01-25").text


def test_a_page_shows_both_windows_of_a_thing(client: FlaskClient) -> None:
    """The end of what the event ended, and the beginning of what it began."""
    first = client.get("/id/rule-91?at=2003-01-01").text
    second = client.get("/id/rule-92?at=2003-03-01").text
    assert "the end is not known exactly" in first and "2003-01-10" in first
    assert "the first day is not known exactly" not in first
    assert "the first day is not known exactly" in second and "2003-01-10" in second
    assert "the end is not known exactly" not in second
    assert "конец известен неточно" in client.get("/id/office?at=2003-01-01&lang=ru").text


def test_the_command_line_names_the_windows(folder: Path) -> None:
    """Apart from the answer, in the language that is asked, on such days alone."""
    place = ["--folder", str(folder)]

    def said(*words: str) -> str:
        result = CliRunner().invoke(main, [*words, *place])
        assert result.exit_code == 0, result.output
        assert "lies in a window" not in result.stdout
        return "\n".join(x for x in result.stderr.splitlines() if "lies in a window" in x)

    inside = said("query", "masters", "--at", "2003-01-15")
    assert inside == (
        f"2003-01-15 lies in a window: reform of article 9 ({BASE}id/reform) took effect on a day "
        "between 2003-01-10 and 2003-02-01; the graph counts it from 2003-02-01"
    )
    assert "слух" in said("query", "masters", "--at", "2003-06-01", "--lang", "ru")
    assert "reform" in said("query", "ASK {}", "--at", "2003-01-15")
    assert "reform" in said("describe", "id/office", "--at", "2003-01-15")
    assert not said("query", "masters", "--at", "2003-01-09")
    assert not said("query", "history", "--at", "2003-01-15")
    described = CliRunner().invoke(main, ["describe", "id/rule-91", "--at", "2003-01-01", *place])
    assert "(the end is not known exactly: between 2003-01-10 and 2003-02-01)" in described.stdout
