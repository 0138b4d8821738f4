"""Fair use: what a client may use, how it gets it back, and that nobody else pays for it."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from folders.made import write_folder
from folders.served import SERVED
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.errors import OverBudget
from kgserver.files.config import Settings
from kgserver.web import budget
from kgserver.web.app import create_app
from kgserver.web.budget import Accounts, Client
from started import started


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def accounts(clock: Clock, seconds: float = 60, per_minute: float = 20) -> Accounts:
    """Return accounts by a made clock; those of this machine count too."""
    return Accounts(seconds, per_minute, loopback=True, clock=clock)


NAMES = st.sampled_from(["one", "two", "three"])
TIMES = st.floats(0, 500) | st.integers(0, 100).map(float)
STEPS = st.lists(
    st.tuples(st.just("charge"), NAMES, TIMES) | st.tuples(st.just("pass"), st.just(""), TIMES),
    max_size=30,
)


@given(STEPS, st.integers(1, 100), st.integers(1, 100))
@example([("charge", "one", 500.0), ("pass", "", 9.0), ("charge", "one", 0.0)], 1, 60)
def test_an_account_is_a_balance_that_fills_up(
    steps: list[tuple[str, str, float]], seconds: int, per_minute: int
) -> None:
    """Never above the start, never further below nothing than twice the start; one for each."""
    clock = Clock()
    kept = accounts(clock, seconds, per_minute)
    balances = dict.fromkeys(["one", "two", "three"], float(seconds))
    for step, name, amount in steps:
        if step == "charge":
            kept.charge(name, amount)
            balances[name] = max(balances[name] - amount, -2.0 * seconds)
        else:
            clock.now += amount
            for other in balances:
                balances[other] = min(seconds, balances[other] + amount * per_minute / 60)
        for other, balance in balances.items():
            wanted = max(0.0, -balance) * 60 / per_minute
            assert kept.wait(other) == pytest.approx(wanted, abs=1e-3)


@given(st.lists(TIMES, max_size=5), st.integers(1, 100), st.integers(1, 100))
def test_rest_never_gives_more_than_the_start(
    rests: list[float], seconds: int, per_minute: int
) -> None:
    """However long nothing is asked, the start is all there is."""
    clock = Clock()
    kept = accounts(clock, seconds, per_minute)
    for rest in [*rests, 1e6]:
        kept.charge("one", 0.5)
        clock.now += rest

    kept.charge("one", seconds)
    assert kept.wait("one") == pytest.approx(0, abs=1e-3)
    kept.charge("one", 1)
    assert kept.wait("one") == pytest.approx(60 / per_minute, abs=1e-3)


@given(st.floats(0.001, 1_000), st.integers(1, 100), st.integers(1, 100))
def test_a_debt_is_paid_off_in_the_time_that_is_told(
    cost: float, seconds: int, per_minute: int
) -> None:
    """Who waits for so long may ask, who comes a little earlier may not; nobody waits for ever."""
    clock = Clock()
    kept = accounts(clock, seconds, per_minute)
    client = Client(bool, kept, "one")
    client.charge(cost)
    wait = kept.wait("one")
    assert wait <= 2 * seconds * 60 / per_minute + 1e-6
    if wait == 0:
        client.admit()
        return

    if wait > 1:
        clock.now += wait - 0.5
        with pytest.raises(OverBudget):
            client.admit()
        clock.now -= wait - 0.5
    clock.now += wait + 0.001
    client.admit()


@given(st.floats(0.01, 1_000), st.integers(1, 100), st.integers(1, 100), st.floats(0, 1e6))
def test_who_comes_back_when_told_is_let_in(
    cost: float, seconds: int, per_minute: int, now: float
) -> None:
    """Whole seconds, as Retry-After has them, and the hint says the same."""
    clock = Clock()
    clock.now = now
    client = Client(bool, accounts(clock, seconds, per_minute), "one")
    client.charge(seconds)
    client.charge(cost)
    with pytest.raises(OverBudget) as refusal:
        client.admit()

    told = refusal.value.seconds
    assert told >= 1 and f"in {told} s" in (refusal.value.hint or "")
    clock.now += told
    client.admit()


def test_one_who_has_used_it_up_keeps_out_nobody_else() -> None:
    """Each has an account, and who has none yet has all of it."""
    kept = accounts(Clock())
    kept.charge("one", 61)

    assert kept.wait("one") == pytest.approx(3)
    assert kept.wait("two") == 0


def test_what_it_costs_is_told_and_taken_off() -> None:
    """Each evaluation of a request is added up; a client without an account pays nothing."""
    kept = accounts(Clock())
    client, guest = Client(bool, kept, "one"), Client(bool, kept, None)
    for who in (client, guest, Client(bool, None, "one")):
        who.charge(30)
        who.charge(40.5)
        assert who.seconds == 70.5

    guest.admit()
    with pytest.raises(OverBudget, match="one client"):
        client.admit()


def test_a_client_knows_whether_it_is_still_there() -> None:
    """As the server tells."""
    left = threading.Event()
    client = Client(left.is_set, None, None)
    assert not client.gone()
    left.set()
    assert client.gone()


def test_accounts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many clients cannot fill memory: the account that was used longest ago goes."""
    assert budget._CLIENTS == 100_000
    monkeypatch.setattr(budget, "_CLIENTS", 50)
    kept = accounts(Clock())
    for number in range(1_000):
        kept.charge(f"client {number}", 100)

    assert len(kept._accounts) == 50
    assert kept.wait("client 999") > 0 and kept.wait("client 950") > 0
    assert kept.wait("client 949") == 0
    assert kept.wait("client 950") > 0, "it was used after all the others"
    kept.charge("new", 1)
    assert kept.wait("client 950") > 0


def test_an_account_at_rest_is_forgotten_when_nothing_is_owed() -> None:
    """Not before: from the deepest debt it takes so long to have all again."""
    clock = Clock()
    kept = accounts(clock, 60, 20)
    kept.charge("one", 1_000)

    clock.now += 359.9
    assert kept.wait("one") == pytest.approx(0.1, abs=1e-3)
    clock.now += 180.2
    assert len(kept._accounts) == 0
    kept.charge("one", 60)
    assert kept.wait("one") == 0


def test_many_threads_charge_one_account() -> None:
    """Nothing is lost."""
    kept = accounts(Clock(), 10, 60)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda _: kept.charge("one", 0.0078125), range(32 * 64)))

    assert kept.wait("one") == pytest.approx(32 * 64 / 128 - 10)


ADDRESSES = {
    "192.0.2.7": "192.0.2.7",
    "192.0.2.7:4711": "192.0.2.7",
    "::ffff:192.0.2.7": "192.0.2.7",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:0DB8:0001:0002::1": "2001:db8:1:2::/64",
    "[2001:db8:1:2::9]:443": "2001:db8:1:2::/64",
    "[2001:db8:1:2::9]": "2001:db8:1:2::/64",
    "2001:db8:1:3::1": "2001:db8:1:3::/64",
    "fe80::1%eth0": "fe80::/64",
    "unix:": "unix:",
    "": "",
}
LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "[::1]:80", "127.0.0.1:80"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("loopback", [False, True])
def test_a_subscriber_is_one_client(address: str, loopback: bool) -> None:
    """A whole /64 of IPv6; an address of IPv4 however it is written, with a port or without."""
    kept = Accounts(60, 20, loopback=loopback)

    assert kept.name(address) == ADDRESSES[address]


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_has_an_account_if_it_is_wanted(address: str) -> None:
    """`on` counts all clients, `auto` those elsewhere."""
    assert Accounts(60, 20, loopback=False).name(address) is None
    assert Accounts(60, 20, loopback=True).name(address) in ("127.0.0.1", "127.8.9.10", "::/64")


SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?a != ?l) }"
ONE, OTHER = "198.51.100.1", "198.51.100.2"


def app(graph: Graph, seconds: float = 0.2, **settings: object) -> FlaskClient:
    """Return a client of an application that gives each so many seconds, and little back."""
    limits = replace(
        graph.settings.limits,
        client_seconds=seconds,  # type: ignore[arg-type]
        client_seconds_per_minute=1,
    )
    limited = replace(graph, settings=replace(graph.settings, limits=limits))
    return create_app(Served(limited), Settings(**settings)).test_client()  # type: ignore[arg-type]


def fresh(number: int) -> str:
    """Return a query that nobody has an answer to yet."""
    return f"ASK {{ }} # {number} {time.monotonic_ns()}"


def ask(
    client: FlaskClient, query: str, forwarded: str | None = None, **headers: str
) -> TestResponse:
    """Ask as the client at an address that a proxy tells."""
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", query_string={"query": query}, headers=told)


def use_up(client: FlaskClient, forwarded: str | None = None) -> None:
    """Have a client use more than it may."""
    slow = {"query": f"{SLOW} # {time.monotonic_ns()}", "timeout": "0.4"}
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client.get("/sparql", query_string=slow, headers=headers).status_code == 503


def test_who_has_used_up_its_share_is_told_when_to_come_back(served_graph: Graph) -> None:
    """429 with Retry-After for it alone, on a page too; what costs nothing is still given to it."""
    client = app(served_graph, fair_use="auto", trusted_proxies=1)
    known = fresh(1)
    first = ask(client, known, ONE)
    assert first.status_code == 200
    posted = client.post("/sparql", data={"query": known}, headers={"X-Forwarded-For": ONE})
    use_up(client, ONE)

    refused = ask(client, fresh(2), ONE)
    told = refused.get_json(force=True)
    assert refused.status_code == 429 and refused.mimetype == "application/problem+json"
    assert told["code"] == "over-budget" and told["status"] == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert f"in {refused.headers['Retry-After']} s" in told["hint"]
    assert refused.headers["Cache-Control"] == "no-store" and "ETag" not in refused.headers
    page = ask(client, fresh(3), ONE, Accept="text/html")
    assert page.status_code == 429 and "Retry-After" in page.headers and "<textarea" in page.text

    assert ask(client, fresh(4), OTHER).status_code == 200

    again = ask(client, known, ONE)
    assert (again.status_code, again.data) == (200, first.data)
    by_post = client.post("/sparql", data={"query": known}, headers={"X-Forwarded-For": ONE})
    assert (by_post.status_code, by_post.data) == (200, posted.data)
    unchanged = ask(client, known, ONE, If_None_Match=first.headers["ETag"], Accept_Encoding="gzip")
    assert unchanged.status_code == 304
    assert client.get("/queries", headers={"X-Forwarded-For": ONE}).status_code == 200
    assert ask(client, fresh(5), ONE).status_code == 429


def test_what_a_client_says_of_itself_changes_nothing(served_graph: Graph) -> None:
    """Only the last entry was written by a proxy of ours; what stands before it is anybody's."""
    client = app(served_graph, trusted_proxies=1)
    use_up(client, f"203.0.113.1, {ONE}")

    for said in (f"203.0.113.2, {ONE}", f"{OTHER},{ONE}", f"x, , {ONE}", ONE):
        assert ask(client, fresh(1), said).status_code == 429, said
    assert ask(client, fresh(2), f"{ONE}, {OTHER}").status_code == 200


def test_forwarded_headers_are_not_believed_without_proxies(served_graph: Graph) -> None:
    """Else a client would have a new account for each number that it thinks of."""
    client = app(served_graph, fair_use="on")
    use_up(client, "203.0.113.1")

    for number in range(5):
        assert ask(client, fresh(1), f"203.0.113.{number}").status_code == 429
    assert ask(client, fresh(2), X_Real_Ip=ONE, Forwarded=f"for={ONE}").status_code == 429


def test_two_proxies(served_graph: Graph) -> None:
    """The last entry but one is the client; fewer entries than proxies tell nothing."""
    client = app(served_graph, fair_use="auto", trusted_proxies=2)
    use_up(client, f"6.6.6.6, {ONE}, 10.0.0.1")

    assert ask(client, fresh(1), f"{ONE}, 10.0.0.2").status_code == 429
    assert ask(client, fresh(2), f"{ONE}, {OTHER}, 10.0.0.1").status_code == 200
    assert ask(client, fresh(3), ONE).status_code == 200, "it comes from this machine itself"


@pytest.mark.parametrize("fair_use", ["auto", "off"])
def test_this_machine_may_ask_as_much_as_it_likes(served_graph: Graph, fair_use: str) -> None:
    """Unless the settings say otherwise; `off` lets everybody."""
    client = app(served_graph, fair_use=fair_use, trusted_proxies=1)
    forwarded = None if fair_use == "auto" else ONE
    for number in range(2):
        use_up(client, forwarded)
        assert ask(client, fresh(number), forwarded).status_code == 200


def test_readiness_costs_nobody_anything(served_graph: Graph) -> None:
    """Whoever looks after the server is answered, also when that client has used up its share."""
    client = app(served_graph, fair_use="on")
    use_up(client)

    assert ask(client, fresh(1)).status_code == 429
    assert client.get("/-/ready").status_code == 200


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server behind one proxy, where each client has a second."""
    limits = "[limits]\nclient_seconds = 1\nclient_seconds_per_minute = 1\nworkers = 2\n"
    files = {**SERVED, "kg.toml": f"{SERVED['kg.toml']}{limits}"}
    folder: Path = write_folder(tmp_path_factory.mktemp("limited"), files)
    with started(folder, "--trusted-proxies", "1", "--fair-use", "auto") as address:
        yield address


def test_over_real_connections(limited: str) -> None:
    """While one is told to wait, another one is answered, on connections of the same machine."""

    def send(query: str, address: str, timeout: str = "9") -> tuple[int, str | None]:
        target = f"{limited}sparql?query={quote(query)}&timeout={timeout}"
        request = urllib.request.Request(target, headers={"X-Forwarded-For": address})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, reply.headers["Retry-After"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Retry-After"]

    assert send(SLOW, ONE, "1.5") == (503, None)
    status, after = send(fresh(1), ONE)
    assert status == 429 and after is not None and 1 <= int(after) <= 60 + ceil(0.5 * 60)
    assert send(fresh(2), OTHER) == (200, None)
    assert send(fresh(3), f"{OTHER}, {ONE}")[0] == 429
