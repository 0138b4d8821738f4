"""Ask all servers in turns, and keep what each request took."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Final

from bench.http.client import Client, Reply
from bench.http.questions import NAMED, Asked, Case
from bench.http.servers import Application, Day, Server
from bench.http.sites import NotServed
from bench.http.tree import Spent

WARM: Final = 10
"""Requests before the first turn, of the smallest question."""
LONG_S: Final = 3.0
"""Seconds of one turn; a request that takes longer is sent once a turn, in two rounds only."""
LATE_S: Final = 60.0
"""Seconds after which a question is given up."""
CROWD: Final = 8
"""Connections at once."""
_SETTLE_S: Final = 0.03


class Disagreement(Exception):
    """Two servers answer a question with different numbers of rows."""


@dataclass
class Cost:
    """What one kind of question to one server took.

    Args:
        rows: Rows of the first answers, one for each text.
        size: Bytes of an answer.
        turn: Requests in one turn.
        long: Whether one request takes so long that two rounds must do.
        turns: CPU seconds of a request, for each turn.
        seconds: Seconds of each single request, as the client sees it.
        why_not: Why there are no figures.
    """

    rows: list[int] = field(default_factory=list)
    size: int = 0
    turn: int = 1
    long: bool = False
    turns: list[Spent] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    why_not: str = ""

    @property
    def cpu(self) -> float | None:
        """The median over the turns."""
        return median(spent.all for spent in self.turns) if self.turns else None

    @property
    def own(self) -> float:
        """The same, of the process at the top alone."""
        return median(spent.own for spent in self.turns)

    @property
    def below(self) -> float:
        """The same, of the processes below it."""
        return median(spent.below for spent in self.turns)


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return the least of the values that so large a share of all does not exceed."""
    return sorted(seconds)[max(0, ceil(share * len(seconds)) - 1)]


def requests_of(case: Case, requests: int, rounds: int) -> int:
    """Return how many requests a turn has, so that no text of a case comes twice in a run."""
    turn = max(1, round(case.turn * requests))
    return turn if case.texts is None else max(1, min(turn, case.texts // (rounds + 1)))


def warm_of(turn: int) -> int:
    """Return how many requests come before the first turn."""
    return min(WARM, turn)


class Bench:
    """The servers and what was measured of them."""

    def __init__(self, servers: Sequence[Server], requests: int, rounds: int) -> None:
        self.servers = servers
        self.requests = requests
        self.rounds = rounds
        self.costs: dict[tuple[str, Day, str], Cost] = {}
        self.crowds: dict[str, list[float]] = {}

    def warm(self, cases: Mapping[Day, Sequence[Case]]) -> None:
        """Ask the first texts of every server, and compare how many rows come.

        Raises:
            Disagreement: two servers differ.
        """
        for day, asked in cases.items():
            for case in asked:
                for server in self.asked(case):
                    cost = self.costs[case.name, day, server.name] = Cost()
                    self._warm(case, day, server, cost)
                self.agree(case.name, day)

    def _warm(self, case: Case, day: Day, server: Server, cost: Cost) -> None:
        turn = requests_of(case, self.requests, self.rounds)
        seconds = 0.0
        with server.site(day).client(LATE_S) as client:
            try:
                for number in range(warm_of(turn)):
                    reply = send(client, server, Asked(case.ask(number).text), day)
                    seconds = reply.seconds
                    cost.rows.append(reply.rows)
                    cost.size = len(reply.body)
                if case.ours and not reply.headers["ETag"]:
                    cost.why_not = "no ETag"
            except TimeoutError:
                cost.why_not = f"> {LATE_S:g} s"
        cost.long = seconds > LONG_S
        cost.turn = max(1, min(turn, int(LONG_S / seconds))) if seconds else 1

    def asked(self, case: Case) -> list[Server]:
        """Return the servers that a question goes to."""
        return [s for s in self.servers if isinstance(s, Application) or not case.ours]

    def agree(self, name: str, day: Day) -> None:
        """Compare the numbers of rows.

        Raises:
            Disagreement: they are not the same.
        """
        found = {
            server.name: cost.rows
            for server in self.servers
            if (cost := self.costs.get((name, day, server.name))) and not cost.why_not
        }
        if len(set(map(tuple, found.values()))) > 1:
            raise Disagreement(f"`{name}` at {day or 'today'}: rows {found}")

    def run(self, cases: Mapping[Day, Sequence[Case]], turn: int) -> Iterator[str]:
        """Ask everything of everyone once more; yield what is being done."""
        start = f"round {turn + 1} of {self.rounds}"
        for day, asked in cases.items():
            for case in asked:
                yield f"{start}: {case.name}, {day or 'today'}"
                for server in self.asked(case):
                    self._turn(case, day, server, turn)
        crowded = cases[None][0]
        yield f"{start}: {crowded.name}, {CROWD} connections"
        for server in self.servers:
            waits = self._crowd(crowded, server, turn)
            self.crowds.setdefault(server.name, []).extend(waits)

    def first(self, case: Case, turn: int) -> int:
        """Return the number of the first text of a turn."""
        size = requests_of(case, self.requests, self.rounds)
        return warm_of(size) + turn * size

    def _turn(self, case: Case, day: Day, server: Server, turn: int) -> None:
        cost = self.costs[case.name, day, server.name]
        if cost.why_not or (cost.long and turn > 1):
            return
        first = self.first(case, turn)
        site = server.site(day)
        with site.client() as client:
            asked = [case.ask(first + number) for number in range(cost.turn)]
            tag = None
            if asked[0].known:
                tag = send(client, server, Asked(asked[0].text), day).headers["ETag"]
            time.sleep(_SETTLE_S)
            before = site.spent()
            replies = [send(client, server, one, day, tag) for one in asked]
            time.sleep(_SETTLE_S)
            spent = site.spent().since(before)
        cost.turns.append(spent.by(len(replies)))
        cost.seconds += [reply.seconds for reply in replies]

    def _crowd(self, case: Case, server: Server, turn: int) -> list[float]:
        count = max(1, requests_of(case, self.requests, self.rounds) // CROWD)
        start = self.first(case, self.rounds) + turn * CROWD * count

        def one(place: int) -> list[float]:
            first = start + place * count
            with server.site(None).client() as client:
                replies = [
                    send(client, server, case.ask(first + number), None) for number in range(count)
                ]
            return [reply.seconds for reply in replies]

        with ThreadPoolExecutor(CROWD) as threads:
            return [seconds for found in threads.map(one, range(CROWD)) for seconds in found]


def send(client: Client, server: Server, asked: Asked, day: Day, tag: str | None = None) -> Reply:
    """Ask a question, by its own address where the server has one.

    Raises:
        NotServed: the answer is not the one that was asked for.
    """
    headers = {"If-None-Match": tag} if tag else {}
    if asked.values is not None and isinstance(server, Application):
        path = server.question(NAMED, asked.values, day)
        headers["Accept"] = "application/json"
    else:
        path = server.path(asked.text, day)
    reply = client.get(path, headers)
    wanted = http.client.NOT_MODIFIED if tag else http.client.OK
    if reply.status != wanted:
        said = reply.body[:500].decode("utf-8", "replace")
        raise NotServed(f"{server.name} answered {reply.status}: {said}\n{asked.text}")
    return reply
