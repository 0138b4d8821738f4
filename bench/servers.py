"""The same application under several WSGI servers: what it costs, and what bad clients can do.

    python -m bench.servers [FOLDER] [--rounds N] [--requests N] [--servers NAME ...]

waitress is as `kgserver serve` runs it; the others come from the environment in build/peers and
run the application of `bench.http.wsgi` with the packages of this one. Each has one process with
16 threads, which for waitress comes of a shorter queue. Then each is tried: a client hangs up while
its query runs, and more clients than there are threads ask for a large answer and read nothing.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.http import apart
from bench.http.data import GENEROUS, cases_of, copied, views_of
from bench.http.measuring import CROWD, Bench, Cost, Disagreement
from bench.http.questions import JOINED, LARGE, LOOKUP, REPEATED
from bench.http.report import facts, waited
from bench.http.servers import Application, Kgserver, probe
from bench.http.sites import HOST, NotServed, Site, free_port
from bench.http.tree import Spent, members, resident_mb
from bench.tables import milliseconds, table
from kgserver.files.folder import Folder
from kgserver.store.build import build

THREADS: Final = 16
QUEUE: Final = 5
"""`kgserver serve` has as many threads as workers (3), places in the queue, and 8."""
APPLICATION: Final = "bench.http.wsgi:application"
COMMANDS: Final = {
    "gunicorn": "gunicorn --workers 1 --worker-class gthread --threads {threads} --keep-alive 60 "
    "--bind {host}:{port} {application}",
    "granian": "granian --interface wsgi --workers 1 --blocking-threads {threads} "
    "--host {host} --port {port} {application}",
    "cheroot": "cheroot --threads {threads} --max-threads {threads} --timeout 60 "
    "--bind {host}:{port} {application}",
}
NAMES: Final = ("waitress", *COMMANDS)
COSTS: Final = (LOOKUP, JOINED, LARGE, REPEATED)
ENDLESS: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LIMITS: Final = {**GENEROUS, "queue": QUEUE, "workers": THREADS - 8 - QUEUE}
LARGER_THAN_BUFFERS: Final = "SELECT * {{ ?thing{} a ?kind ; ?property ?value }} LIMIT 30000"
SETTINGS: Final = {"KGSERVER_FAIR_USE": "on", "KGSERVER_LOG": "json"}
STUCK: Final = THREADS + 4
"""Clients that read nothing: more than there are threads."""
_NOTICED_S: Final = 4.0
"""Seconds in which a hung-up client must be noticed; a query may take longer."""
_QUIET_S: Final = 60.0
"""Seconds until a query must have come to its limit."""
_ANSWERED_S: Final = 5.0
"""Seconds in which a lookup must be answered, whatever others do."""
_OK: Final = b"HTTP/1.1 200"


class Waitress(Kgserver):
    """The project's own way."""

    name = "waitress"


class Other(Application):
    """The application under another server."""

    def __init__(self, name: str, place: Path, folder: Path, store: Path) -> None:
        self.name = name
        port = free_port()
        words = COMMANDS[name].format(
            threads=THREADS, host=HOST, port=port, application=APPLICATION
        )
        program, *options = words.split()
        site = Site(
            [apart.program(program), *options],
            port,
            place / f"{name}.log",
            probe("/sparql"),
            environ=apart.with_our_packages() | SETTINGS | {"KGSERVER_STORE": str(store)},
            cwd=folder,
        )
        super().__init__(site)


def workers(site: Site) -> set[int]:
    """Return the processes that answer queries."""
    return {pid for pid in members(site.pid) if b"kgserver.engine.worker" in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def ask_and_leave(server: Application, path: str, *, buffer: int | None = None) -> socket.socket:
    """Send a request and return the connection, from which nothing has been read."""
    connection = socket.socket()
    if buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect((HOST, server.site(None).port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    return connection


def busy(site: Site, seconds: float) -> set[int]:
    """Return the workers that work: those at rest use nothing at all."""
    before = {pid: Spent.of(pid).own for pid in workers(site)}
    time.sleep(seconds)
    left = workers(site)
    return {pid for pid in before if pid in left and Spent.of(pid).own - before[pid] > seconds / 20}


def notices(server: Application, *, hang_up: bool = True) -> bool:
    """Tell whether the worker of a client that hangs up is free before its query would end.

    `hang_up=False` is the counter-test: the client stays, so its worker must stay too.
    """
    site = server.site(None)
    with ask_and_leave(server, server.path(ENDLESS, None)) as connection:
        working = busy(site, 1.0)
        if not working:
            raise NotServed(f"{server.name} runs no query where one was asked")
        if hang_up:
            connection.close()
        time.sleep(_NOTICED_S)
        still = busy(site, 1.0) & working
    deadline = time.monotonic() + _QUIET_S
    while time.monotonic() < deadline and busy(site, 0.5):  # until the query's own limit
        pass
    return not still


def stuck(server: Application) -> tuple[float | None, float]:
    """Have clients ask for a large answer and read nothing, each once the answer before began.

    Returns:
        Seconds that a lookup takes meanwhile, None: not answered; and megabytes that the server
        holds then, without its workers.
    """
    site = server.site(None)
    if _lookup(server) is None:
        raise NotServed(f"{server.name} does not answer")
    with ExitStack() as open_:
        for number in range(STUCK):
            path = server.path(LARGER_THAN_BUFFERS.format(number), None)
            connection = open_.enter_context(ask_and_leave(server, path, buffer=4096))
            connection.settimeout(_ANSWERED_S)
            try:
                began = connection.recv(len(_OK), socket.MSG_PEEK)
            except TimeoutError:
                break  # no thread is left to take it
            if began != _OK:
                raise NotServed(f"{server.name} answered {began!r}")
        waited = _lookup(server)
        held = sum(map(resident_mb, set(members(site.pid)) - workers(site)))
    return waited, held


def _lookup(server: Application) -> float | None:
    try:
        with server.site(None).client(_ANSWERED_S) as client:
            return client.get(probe("/sparql")).seconds
    except TimeoutError:
        return None


def row(server: Application, bench: Bench, first: Application) -> list[str]:
    """Try a server, and return its row of the table."""
    cells = []
    for name in COSTS:
        cost, base = (bench.costs[name, None, one.name] for one in (server, first))
        cells.append(cell(cost, base))
    if notices(server, hang_up=False):
        raise NotServed(f"{server.name} ends a query whose client is there")
    noticed = "yes" if notices(server) else "no"
    seconds, held = stuck(server)
    free = f"no: {milliseconds(seconds)} ms" if seconds is not None else "yes: no answer"
    return [server.name, *cells, waited(bench.crowds[server.name]), noticed, free, f"{held:.0f}"]


def cell(cost: Cost, base: Cost) -> str:
    """Return the CPU of a request, and how many times that of the first server."""
    if cost.cpu is None or base.cpu is None:
        return cost.why_not
    return f"{milliseconds(cost.cpu)} {cost.cpu / base.cpu:.2f}×"


def measure(
    folder: Folder, place: Path, names: Sequence[str], requests: int, rounds: int
) -> Iterator[list[str]]:
    """Measure all servers in turns, then try each; yield rows of the table."""
    views = views_of(folder, place / "views", [None])
    cases = {
        day: [c for c in all_ if c.name in COSTS] for day, all_ in cases_of(folder, views).items()
    }
    served, store = copied(folder.path, place / "folder", LIMITS), place / "store"
    build(Folder.locate(served), store, say)
    with ExitStack() as running:
        servers: list[Application] = [running.enter_context(Waitress(place, served, store))]
        for name in names:
            if name != Waitress.name:
                servers.append(running.enter_context(Other(name, place, served, store)))
        bench = Bench(servers, requests, rounds)
        bench.warm(cases)
        for turn in range(rounds):
            for step in bench.run(cases, turn):
                say(step)
        for server in servers:
            say(f"bad clients: {server.name}")
            yield row(server, bench, servers[0])


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.servers", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200, help="of a lookup, in one turn")
    parser.add_argument("--servers", nargs="*", choices=NAMES, default=list(NAMES))
    options = parser.parse_args()
    pinned = apart.pinned()
    versions = ", ".join(f"{name} {pinned[name]}" for name in COMMANDS)
    print(f"{facts([])}\n{versions}; {THREADS} threads each.\n")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Folder.locate(options.folder)
        what = (folder, Path(scratch), options.servers, options.requests, options.rounds)
        try:
            found = list(measure(*what))
        except (Disagreement, NotServed) as error:
            raise SystemExit(str(error)) from None
    columns = ["server", *(f"{name}, CPU ms" for name in COSTS)]
    columns += [f"{LOOKUP}, {CROWD} connections, ms", "a hung-up client is noticed"]
    columns += ["slow readers hold threads: a lookup", "MB held then"]
    print(table(columns, found))


if __name__ == "__main__":
    main()
