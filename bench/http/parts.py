"""What a request to our server is made of: HTTP without a question, a question without HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.http import apart
from bench.http.floor import BARE
from bench.http.measuring import Bench
from bench.http.questions import Case
from bench.http.servers import Day, Kgserver
from bench.http.sites import Site, free_port
from bench.http.tree import Spent


class Floor:
    """The two parts that a request is made of, each without the other."""

    def __init__(self, site: Site, inside: subprocess.Popen[str]) -> None:
        self._site = site
        self._inside = inside
        self.bare: dict[tuple[str, Day], list[float]] = {}
        self.flask: dict[tuple[str, Day], list[float]] = {}
        self.pool: dict[tuple[str, Day], list[Spent]] = {}

    @classmethod
    @contextmanager
    def opened(cls, place: Path, folder: Path, store: Path) -> Iterator[Floor]:
        """Start both."""
        port = free_port()
        here = [sys.executable, "-m"]
        command = [*here, "bench.http.floor", str(port)]
        log = place / "floor.log"
        with (
            Site(command, port, log, "/?bytes=1", cwd=apart.ROOT) as site,
            subprocess.Popen(
                [*here, "bench.http.inside", str(folder), str(store)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=apart.ROOT,
            ) as inside,
        ):
            yield cls(site, inside)

    def turn(self, bench: Bench, cases: Mapping[Day, Sequence[Case]], turn: int) -> None:
        """Ask both what our server has just been asked."""
        for day, asked in cases.items():
            for case in asked:
                cost = bench.costs[case.name, day, Kgserver.name]
                if not case.again:
                    texts = [case.ask(bench.first(case, turn) + n).text for n in range(cost.turn)]
                    self.pool.setdefault((case.name, day), []).append(self._ask(texts, day))
                size = 0 if case.ours else cost.size
                for path, found in ((BARE, self.bare), ("/", self.flask)):
                    spent = self._get(f"{path}?bytes={size}", cost.turn)
                    found.setdefault((case.name, day), []).append(spent)

    def _ask(self, texts: Sequence[str], day: Day) -> Spent:
        assert self._inside.stdin and self._inside.stdout
        print(json.dumps({"texts": texts, "day": day}), file=self._inside.stdin, flush=True)
        said = json.loads(self._inside.stdout.readline())
        return Spent(said["own"], said["below"])

    def _get(self, path: str, count: int) -> float:
        with self._site.client() as client:
            client.get(path)
            before = self._site.spent()
            for _ in range(count):
                client.get(path)
            return self._site.spent().since(before).by(count).all
