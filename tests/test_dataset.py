"""Which graphs a request asks: by its parameters, by its query, or by saying nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from folders.made import BASE as SERVED_BASE
from kgserver.cli import main
from kgserver.engine.dataset import Catalogue, read_day, resolve
from kgserver.engine.guard import Inspection, inspect
from kgserver.engine.question import Dataset
from kgserver.errors import DateError, KgError, ParameterError, UnknownGraph

BASE = "https://example.org/kg/"
ERA, RECORD = f"{BASE}graph/era/1995-08-30", f"{BASE}graph/record"
FILES = tuple(f"{BASE}graph/data/{name}" for name in ("acts", "bodies", "treaties"))
ACTS, BODIES, _ = FILES
CATALOGUE = Catalogue(
    base=BASE,
    states=(
        ("1995-08-30", (ERA, f"{BASE}graph/state/1995-08-30")),
        ("2016-01-02", (ERA, f"{BASE}graph/state/2016-01-02")),
        ("2026-07-01", (f"{BASE}graph/state/2026-07-01",)),
    ),
    record=RECORD,
    files=FILES,
)
TODAY = date(2026, 11, 22)
FIRST = (ERA, f"{BASE}graph/state/1995-08-30")
SECOND = (ERA, f"{BASE}graph/state/2016-01-02")
NOW = (f"{BASE}graph/state/2026-07-01",)


def asked(
    *,
    at: str | Sequence[str] = (),
    default: list[str] | None = None,
    named: list[str] | None = None,
    query: str | None = None,
) -> Dataset:
    """Return the dataset of such a request."""
    return resolve(
        CATALOGUE,
        TODAY,
        at=[at] if isinstance(at, str) else at,
        default_graph_uri=default or [],
        named_graph_uri=named or [],
        query=None if query is None else inspect(query),
    )


def test_today_is_the_default() -> None:
    """A request that says nothing asks the law of today, with all files in reach."""
    today = Dataset(NOW, FILES, at="2026-11-22", state="2026-07-01")

    assert asked() == today
    assert asked(query="ASK { }") == today


@pytest.mark.parametrize(
    ("day", "graphs", "state"),
    [
        ("1995-08-30", FIRST, "1995-08-30"),
        ("2016-01-01", FIRST, "1995-08-30"),
        ("2016-01-02", SECOND, "2016-01-02"),
        ("2026-06-30", SECOND, "2016-01-02"),
        ("2026-07-01", NOW, "2026-07-01"),
        ("9999-12-31", NOW, "2026-07-01"),
        ("all", (RECORD,), None),
    ],
)
def test_a_day_asked_in_each_way(day: str, graphs: tuple[str, ...], state: str | None) -> None:
    """`at`, FROM and default-graph-uri ask the same view; only `at` leaves all files in reach."""
    view = f"{BASE}at/{day}"

    assert asked(at=day) == Dataset(graphs, FILES, day, state)
    assert asked(default=[view]) == Dataset(graphs, (), day, state)
    assert asked(query=f"ASK FROM <{view}> {{ }}") == Dataset(graphs, (), day, state)
    assert asked(query=f"PREFIX at: <{BASE}at/> ASK FROM at:{day} {{ }}").at == day


@pytest.mark.parametrize(
    "text",
    ["", " ", "today", "ALL", "2016", "2016-1-1", "2016-13-01", "2015-02-29", "20160101",
     "0000-01-01", "2016-01-01 ", "2016-01-01T00:00:00", "+2016-01-01", "-2016-01-01",
     "2016-W01-1", "２０１６-01-01"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    """Only a day that exists, written YYYY-MM-DD, is one; the error has an example."""
    for ways in ({"at": text}, {"default": [f"{BASE}at/{text}"]}):
        with pytest.raises(DateError, match="is no date") as refusal:
            asked(**ways)
        assert "2016-01-01" in (refusal.value.hint or "")


def test_a_leap_day_is_a_date() -> None:
    """A day that exists once in four years exists."""
    assert read_day("2016-02-29") == date(2016, 2, 29)


def test_before_the_first_state() -> None:
    """A day before all states is no date here; the error says when the first one begins."""
    with pytest.raises(DateError, match="covers 1995-08-29") as refusal:
        asked(at="1995-08-29")

    assert "1995-08-30" in (refusal.value.hint or "")


def test_parameters_win_over_the_query() -> None:
    """What the protocol says replaces what the query says, as a whole."""
    query = f"ASK FROM <{BODIES}> FROM NAMED <{BODIES}> {{ }}"

    assert asked(default=[ACTS], query=query) == Dataset((ACTS,), ())
    assert asked(named=[ACTS], query=query) == Dataset((), (ACTS,))
    assert asked(default=[ACTS], query="ASK FROM <http://unknown/> { }") == Dataset((ACTS,), ())


@pytest.mark.parametrize(
    "ask",
    [
        lambda: asked(at=["2016-01-01", "2016-01-01"]),
        lambda: asked(at="2016-01-01", default=[ACTS]),
        lambda: asked(at="2016-01-01", named=[ACTS]),
        lambda: asked(at="2016-01-01", query=f"ASK FROM <{ACTS}> {{ }}"),
        lambda: asked(at="all", query=f"ASK FROM NAMED <{ACTS}> {{ }}"),
    ],
)
def test_at_goes_alone(ask: Callable[[], Dataset]) -> None:
    """`at` comes once, and beside nothing else that chooses graphs."""
    with pytest.raises(ParameterError) as refusal:
        ask()

    assert refusal.value.where == "at"


def test_files() -> None:
    """A file can be the default graph, and files can be named; what is not named is not there."""
    assert asked(default=[ACTS]) == Dataset((ACTS,))
    assert asked(default=[ACTS, ACTS]) == Dataset((ACTS,))
    assert asked(query=f"ASK FROM NAMED <{ACTS}> {{ }}") == Dataset((), (ACTS,))
    assert asked(default=[f"{BASE}at/2016-01-01"], named=[BODIES, ACTS, BODIES]) == Dataset(
        FIRST, (BODIES, ACTS), "2016-01-01", "1995-08-30"
    )


@pytest.mark.parametrize(
    "together",
    [
        [ACTS, BODIES],
        [f"{BASE}at/2016-01-01", ACTS],
        [f"{BASE}at/all", f"{BASE}at/2016-01-01"],
        [f"{BASE}at/2016-01-01", f"{BASE}at/2015-12-31"],
    ],
)
def test_several_default_graphs(together: list[str]) -> None:
    """The parts of each, once, marked as what may share triples; the answer is of no one day."""
    query = "ASK " + " ".join(f"FROM <{iri}>" for iri in together) + " { }"
    alone = [graph for iri in together for graph in asked(default=[iri]).default]
    for ways in ({"default": together}, {"query": query}):
        found = asked(**ways)
        assert found.default == tuple(dict.fromkeys(alone))
        assert (found.overlapping, found.at, found.state) == (True, None, None)


@pytest.mark.parametrize(
    "iri",
    ["", "http://unknown/", "not an iri", ERA, RECORD, NOW[0], f"{BASE}graph/data/act",
     f"{BASE}at", "at/2016-01-01"],
)  # fmt: skip
def test_unknown_graphs(iri: str) -> None:
    """What is no file and no view is unknown, the graphs behind the views too."""
    for default, named in (([iri], []), ([], [iri])):
        with pytest.raises(UnknownGraph) as refusal:
            asked(default=default, named=named)
        assert all(f"<{file}>" in (refusal.value.hint or "") for file in FILES)


def test_hints_on_unknown_graphs() -> None:
    """The hint has the views where they may stand, the nearest file, and no endless list."""
    with pytest.raises(UnknownGraph) as refusal:
        asked(default=[f"{BASE}graph/data/act"])
    assert f"Did you mean <{ACTS}>?" in (refusal.value.hint or "")
    assert f"<{BASE}at/YYYY-MM-DD>" in (refusal.value.hint or "")

    with pytest.raises(UnknownGraph) as refusal:
        asked(named=[f"{BASE}at/2016-01-01"])
    assert "at/YYYY-MM-DD" not in (refusal.value.hint or "")

    many = Catalogue(BASE, (), RECORD, tuple(f"{BASE}graph/{n}" for n in range(100)))
    with pytest.raises(UnknownGraph, match="No graph") as refusal:
        resolve(many, TODAY, default_graph_uri=["http://unknown/"])
    assert "and 88 more" in (refusal.value.hint or "")


def test_a_catalogue_without_states() -> None:
    """Without any state no day can be asked, but all times and files can."""
    bare = Catalogue(BASE, (), RECORD, FILES)

    with pytest.raises(DateError):
        resolve(bare, TODAY)
    assert resolve(bare, TODAY, at=["all"]).default == (RECORD,)


def test_the_views_of_a_row_of_days() -> None:
    """Whatever the day, the state is the last one that began by then."""
    firsts = [first for first, _ in CATALOGUE.states]
    for ordinal in range(date(1995, 8, 30).toordinal(), date(2026, 12, 31).toordinal(), 17):
        day = date.fromordinal(ordinal).isoformat()
        assert asked(at=day).state == max(first for first in firsts if first <= day)


def test_every_error_is_the_users() -> None:
    """An inspection can hold any IRI; none of them is a fault of ours."""
    for iri in ("", "\x00", f"{BASE}at/\x00", f"{BASE}at/2016-01-01#x", "a" * 5_000):
        with pytest.raises(KgError):
            resolve(CATALOGUE, TODAY, query=Inspection("ASK", (iri,)))


# --- The same over HTTP and in the command line ---

VIEW, FILE = f"{SERVED_BASE}at/2018-01-01", f"{SERVED_BASE}graph/data/bodies"
ASK = "ASK { ?s ?p ?o }"
FROM_FILE, FROM_VIEW = (f"ASK FROM <{iri}> {{ ?s ?p ?o }}" for iri in (FILE, VIEW))
CLASHES = {
    "at and FROM": (FROM_FILE, ["2018-01-01"], "both choose the graphs", "Leave one out"),
    "at and FROM of the same day": (FROM_VIEW, ["2018-01-01"], "both choose", "Leave one out"),
    "all and FROM NAMED": (
        FROM_FILE.replace("FROM", "FROM NAMED"), ["all"], "both choose", "Leave one out",
    ),
    "two days": (ASK, ["2018-01-01", "2019-01-01"], "more than once", "one day at a time"),
    "the same day twice": (ASK, ["2018-01-01"] * 2, "more than once", "one day at a time"),
    "a day and all": (ASK, ["all", "2018-01-01"], "more than once", "one day at a time"),
    "no date": (ASK, ["soon"], "`soon` is no date", "2016-01-01"),
    "a day that is none": (ASK, ["2018-02-29"], "is no date", "2016-01-01"),
    "before the first state": (ASK, ["1995-08-29"], "No legal state covers", "1995-08-30"),
    "FROM before the first state": (
        FROM_VIEW.replace("2018-01-01", "1995-08-29"), [], "No legal state covers", "1995-08-30",
    ),
    "an unknown graph": (FROM_FILE.replace("bodies", "body"), [], "No graph", f"<{FILE}>"),
    "a graph behind a view": (
        FROM_FILE.replace("data/bodies", "view/2026-07-01"), [], "No graph", f"<{FILE}>",
    ),
    "an unknown graph beside another": (
        FROM_VIEW.replace("{", f"FROM <{FILE}ies> {{"), [], "No graph", f"<{FILE}>",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("query", "at", "said", "cure"), CLASHES.values(), ids=CLASHES.keys())
def test_a_clash_is_told_everywhere(
    query: str, at: list[str], said: str, cure: str, client: FlaskClient, served_folder: Path
) -> None:
    """What was wrong and what is right: 400 as problem+json over HTTP, 2 in the command line."""
    response = client.get("/sparql", query_string={"query": query, "at": at})
    days = [word for day in at for word in ("--at", day)]
    told = CliRunner().invoke(main, ["query", query, *days, "--folder", str(served_folder)])

    assert response.status_code == 400 and response.mimetype == "application/problem+json"
    assert said in response.get_json()["detail"] and cure in response.get_json()["hint"]
    assert "KG-State" not in response.headers
    assert told.exit_code == 2 and not told.stdout
    assert said in told.stderr and cure.lower() in told.stderr.lower()


@pytest.mark.parametrize("page", ["/queries/bodies/masters", "/id/office", "/"])
@pytest.mark.parametrize(
    ("at", "said"),
    [("at=soon", "is no date"), ("at=1995-08-29", "1995-08-30"), ("at=all&at=all", "once")],
)
def test_a_clash_is_told_on_pages(page: str, at: str, said: str, client: FlaskClient) -> None:
    """Pages say the same words, with the status."""
    response = client.get(f"{page}?{at}", headers={"Accept": "text/html"})

    assert response.status_code == 400 and said in response.text


@pytest.mark.parametrize("way", ["default-graph-uri", "named-graph-uri"])
def test_at_beside_a_parameter_of_the_protocol(way: str, client: FlaskClient) -> None:
    """Both choose the graphs, so neither is obeyed."""
    response = client.get("/sparql", query_string={"query": ASK, "at": "all", way: FILE})

    assert response.status_code == 400
    assert f"`at` and `{way}` both choose the graphs" in response.get_json()["detail"]


def test_all_times_everywhere(client: FlaskClient, served_folder: Path) -> None:
    """`all` asks the record: both rules that followed each other, and no shortcut."""
    text = (
        "SELECT ?r { ?r <https://w3id.org/prok/ns#validUntil> ?until ; "
        "a <https://w3id.org/prok/ns#Accountability> } ORDER BY ?r"
    )
    over_http = client.get("/sparql", query_string={"query": text, "at": "all", "format": "csv"})
    place = ["--folder", str(served_folder)]
    told = CliRunner().invoke(main, ["query", text, "--at", "all", "-f", "csv", *place])

    assert over_http.text.split()[1:] == [f"{SERVED_BASE}id/rule-{n}" for n in (1, 2)]
    assert told.stdout.split() == over_http.text.split()
    assert (over_http.headers["KG-At"], over_http.headers.get("KG-State")) == ("all", None)
