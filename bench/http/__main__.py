"""What a request costs: CPU of the whole server, against other SPARQL servers on the same data.

    python -m bench.http [FOLDER] [--rounds N] [--requests N] [--peers NAME ...]

Every server has the view of today and of one past day, as `kgserver export` writes them. The
questions go to all servers in turns, over one connection that is kept open; it is an error if
two servers answer with different numbers of rows. The peers are installed apart on first use,
in build/peers; Virtuoso is used if the machine has it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.http.data import cases_of, copied, views_of
from bench.http.measuring import Bench, Disagreement
from bench.http.parts import Floor
from bench.http.report import costs_table, facts, floor_table, latency_table, targets_table
from bench.http.servers import PEERS, Kgserver, Server, Virtuoso
from bench.http.sites import NotServed
from kgserver.files.folder import Folder
from kgserver.store.build import build


def measure(
    folder: Folder, place: Path, peers: Sequence[str], requests: int, rounds: int
) -> Iterator[str]:
    """Measure, and yield the tables."""
    views = views_of(folder, place / "views")
    asked = cases_of(folder, views)
    served, store = copied(folder.path, place / "folder"), place / "store"
    build(Folder.locate(served), store, say)
    with ExitStack() as running:
        servers: list[Server] = [running.enter_context(Kgserver(place, served, store))]
        for name in peers:
            servers.append(running.enter_context(PEERS[name](place, views)))
        floor = running.enter_context(Floor.opened(place, served, store))
        bench = Bench(servers, requests, rounds)
        say("the first answers, and whether they agree")
        bench.warm(asked)
        for turn in range(rounds):
            for step in bench.run(asked, turn):
                say(step)
            say(f"round {turn + 1} of {rounds}: the floor")
            floor.turn(bench, asked, turn)
    names = [server.name for server in servers]
    yield costs_table(bench, asked, names)
    yield "What the client waits for, median / 99th percentile, wall time and so only indicative:"
    yield latency_table(bench, asked, names)
    yield "Targets, of CPU:"
    yield targets_table(bench)
    yield "What ours is made of, CPU in ms:"
    yield floor_table(floor, bench, asked)


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr)


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.http", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200, help="of a lookup, in one turn")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    options = parser.parse_args()
    print(facts(options.peers), end="\n\n")
    peers = [peer for peer in options.peers if peer != Virtuoso.name or Virtuoso.version()]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            found = measure(
                Folder.locate(options.folder),
                Path(scratch),
                peers,
                options.requests,
                options.rounds,
            )
            for part in found:
                print(part, end="\n\n", flush=True)
        except (Disagreement, NotServed) as error:
            raise SystemExit(str(error)) from None
    print("All servers answered with the same numbers of rows.")


if __name__ == "__main__":
    main()
