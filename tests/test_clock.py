"""Today moves on by itself: one server, one revision, and a clock that is turned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner
from flask.testing import FlaskClient

import kgserver.files.config
from folders.made import BASE, HEAD, write_folder
from folders.served import SERVED
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.cli import main
from kgserver.files.folder import Folder
from kgserver.files.source import quiet
from kgserver.store.build import build
from kgserver.web.app import create_app

SHORTCUT = "https://w3id.org/prok/ns#accountableTo"
MASTERS = f"SELECT ?to {{ <{BASE}id/office> <{SHORTCUT}> ?to }}"
COMING = f"""{HEAD}
:act-of-2028 a prok:Act ; prok:checkedUntil "2026-11-22"^^xsd:date .
:art-2 a prok:Provision ; eli:is_part_of :act-of-2028 .
:art-2-v1 a prok:ProvisionVersion ; eli:is_member_of :art-2 .
:adoption-of-2028 a prok:ChangeEvent ; prok:beginsVersion :art-2-v1 ;
    prok:takesEffectOn "2028-01-01"^^xsd:date .
:rule-5 a prok:Accountability ; prok:groundedIn :art-2-v1 ;
    prok:accountableBody :office ; prok:master :court .
:court rdfs:label "court"@en , "суд"@ru , "сот"@kk .
"""
HISTORY = [
    (date(2017, 3, 13), ["president"], "1995-08-30"),
    (date(2017, 3, 14), ["parliament"], "2017-03-14"),
    (date(2025, 1, 1), ["parliament", "president"], "2025-01-01"),
    (date(2026, 7, 1), ["president"], "2026-07-01"),
    (date(2027, 12, 31), ["president"], "2026-07-01"),
    (date(2028, 1, 1), ["court", "president"], "2028-01-01"),
]
"""A day, whom the office answers to on it, and the first day of its legal state."""


class Clock:
    """Stands where the program takes `datetime` from, and says what it is set to."""

    def __init__(self) -> None:
        self.at = datetime(2027, 6, 1, 12, tzinfo=UTC)

    def now(self, zone: tzinfo) -> datetime:
        """Return the time in a zone, as `datetime.now` does."""
        return self.at.astimezone(zone)

    def turn(self, day: date) -> None:
        """Make it noon of a day."""
        self.at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The served folder, with an act that takes effect in 2028."""
    place = tmp_path_factory.mktemp("clock")
    return write_folder(place, SERVED | {"data/acts/coming.ttl": COMING})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the program."""
    turned = Clock()
    monkeypatch.setattr(kgserver.files.config, "datetime", turned)
    return turned


@pytest.fixture(scope="module", params=[date(1990, 1, 1), date(2017, 6, 1), date(2099, 1, 1)])
def graph(folder: Path, request: pytest.FixtureRequest) -> Iterator[Graph]:
    """The folder, built on an early, a middle or a late day; open all the time."""
    store = folder / "build" / str(request.param)
    build(Folder(folder), store, today=request.param)
    with opened(folder, store, quiet, workers=1) as opened_graph:
        yield opened_graph


@pytest.fixture
def client(graph: Graph) -> FlaskClient:
    """A client of the application, which is made once for all days."""
    return create_app(Served(graph)).test_client()


def masters(client: FlaskClient, **asked: str) -> list[str]:
    """Ask the endpoint whom the office answers to, counted rows and all."""
    text = client.get("/sparql", query_string={"query": MASTERS, "format": "csv", **asked}).text
    return sorted(row.rsplit("/", 1)[-1] for row in text.split()[1:])


def test_the_layouts_differ(graph: Graph) -> None:
    """The three builds hold their views in one graph each, in several, or some so and some so."""
    sizes = {len(state.graphs) for state in graph.manifest.states}

    assert sizes in ({1}, {1, 2, 3}, {1, 2}, {1, 3})
    assert len(graph.manifest.states[-1].graphs) == 1


def test_the_default_follows_the_clock(client: FlaskClient, clock: Clock) -> None:
    """Forward day by day and back: endpoint, headers, page, named query, thing and start page."""
    for day, expected, state in [*HISTORY, *reversed(HISTORY)]:
        clock.turn(day)

        assert masters(client) == expected
        for address in ("/sparql?query=ASK{}", "/queries/bodies/masters", "/id/office", "/"):
            response = client.get(address)
            assert response.status_code == 200, address
            assert response.headers["KG-At"] == day.isoformat(), address
            assert response.headers["KG-State"] == state, address
        page = client.get("/id/office").text
        assert f'value="{day}"' in page and f'<span class="tag">{day}</span>' in page
        told = client.get("/queries/bodies/masters?format=json").get_json()
        assert (told["at"], told["state"]) == (day.isoformat(), state)
        assert sorted(row["master"]["value"].rsplit("/", 1)[-1] for row in told["rows"]) == expected


def test_midnight_in_the_zone_of_the_folder(client: FlaskClient, clock: Clock) -> None:
    """The law of 1 July begins at midnight in Almaty, which is 19 hours of 30 June in London."""
    clock.at = datetime(2026, 6, 30, 18, 59, 59, tzinfo=UTC)
    before = client.get("/sparql?query=ASK{}").headers
    clock.at += timedelta(seconds=1)
    after = client.get("/sparql?query=ASK{}").headers

    assert (before["KG-At"], before["KG-State"]) == ("2026-06-30", "2025-01-01")
    assert (after["KG-At"], after["KG-State"]) == ("2026-07-01", "2026-07-01")


def test_law_of_the_future(client: FlaskClient, clock: Clock) -> None:
    """An act of next year is not law today, is law at its day, and becomes law as time passes."""
    clock.turn(date(2027, 6, 1))
    assert "court" not in masters(client)
    assert "court" not in masters(client, at="2027-12-31")
    assert "court" in masters(client, at="2028-01-01")
    page = client.get("/id/rule-5").text
    assert "comes into force on" in page and "in force since" not in page

    clock.turn(date(2028, 1, 1))
    assert "court" in masters(client)
    assert "court" not in masters(client, at="2027-12-31")
    assert "in force since" in client.get("/id/rule-5").text


def test_the_command_line_follows_the_clock(folder: Path, clock: Clock) -> None:
    """A query, a thing and an export ask the day it is, over one revision."""
    for day, expected, _ in HISTORY:
        clock.turn(day)
        place = ["--folder", str(folder)]
        query = CliRunner().invoke(main, ["query", MASTERS, "-f", "csv", *place])
        export = CliRunner().invoke(main, ["export", *place])
        thing = CliRunner().invoke(main, ["describe", "id/office", *place])

        rows = query.stdout.split()[1:]
        assert sorted(row.rsplit("/", 1)[-1] for row in rows) == expected
        assert (f"The law of {day}" in thing.stdout) == bool(expected)
        view = rdflib.Graph().parse(data=export.stdout, format="turtle")
        values = view.objects(rdflib.URIRef(f"{BASE}id/office"), rdflib.URIRef(SHORTCUT))
        assert sorted(str(value).rsplit("/", 1)[-1] for value in values) == expected
