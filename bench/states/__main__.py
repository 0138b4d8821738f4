"""Compare ways to store the law of every day: size, cost of storing, cost of asking.

    python -m bench.states [--triples N ...] [--states N ...] [--layouts NAME ...] [--quick]

Every layout stores the same law and answers the same questions; a differing answer is an error.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.states.child import Asked, Stored, ToAsk, ToStore
from bench.states.layouts import LAYOUTS
from bench.states.questions import QUESTIONS, UNTIMED
from bench.tables import milliseconds, table

TIMED: Final = [name for name in QUESTIONS if name != UNTIMED]
COLUMNS: Final = [
    *("triples × states", "layout", "quads", "MB", "storing, CPU s", "peak MB"),
    *(f"{name}, {day}" for name in TIMED for day in ("past", "today")),
]
MEASURE: Final = "one"
"""The layout that the ratios are to."""
LONG_S: Final = 0.3
"""CPU seconds of a query that is asked in one round only."""


class Disagreement(Exception):
    """Two layouts answer a question differently."""


@dataclass
class Result:
    """What is known of one layout of one law. `seconds`: the least of all rounds, by view."""

    layout: str
    stored: Stored
    megabytes: float = 0
    digests: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)

    def take(self, answers: Iterable[Asked]) -> None:
        """Note a round of answers."""
        for asked in answers:
            name = asked["question"]
            if asked["digests"]:
                self.digests[name] = asked["digests"]
            before = self.seconds.get(name, asked["seconds"])
            self.seconds[name] = list(map(min, before, asked["seconds"]))

    def is_quick(self, question: str) -> bool:
        """Tell whether a question is to be asked again: noise is small in what takes long."""
        return question not in self.late and max(self.seconds[question]) < LONG_S

    def cost(self, question: str, *, today: bool) -> float | None:
        """Return CPU seconds of a query: today, or the mean of the past days."""
        seconds = self.seconds.get(question)
        if question in self.late or not seconds:
            return None
        return seconds[-1] if today else sum(seconds[:-1]) / len(seconds[:-1])


def agree(results: Sequence[Result]) -> None:
    """Compare the answers of all layouts of one law.

    Raises:
        Disagreement: they are not the same.
    """
    for name in QUESTIONS:
        said = {result.layout: result.digests.get(name) for result in results}
        answers = {tuple(digests) for digests in said.values() if digests}
        if len(answers) > 1:
            lines = "\n".join(f"  {layout}: {digests}" for layout, digests in said.items())
            raise Disagreement(f"Layouts differ in the answers to `{name}`:\n{lines}")


def compare(options: argparse.Namespace, triples: int, states: int) -> list[Result]:
    """Store one law in every layout and ask them in turns."""
    with tempfile.TemporaryDirectory(dir=options.dir) as scratch:
        results = []
        for name in options.layouts:
            say(f"{triples} triples, {states} states: storing {name}")
            place = Path(scratch) / name
            what = ToStore(
                layout=name,
                triples=triples,
                states=states,
                seed=options.seed,
                place=str(place),
                most=options.most_quads,
            )
            (line,) = run("store", json.dumps(what))
            result = Result(name, json.loads(line))
            if result.stored["plan"]:
                files = [path for path in place.rglob("*") if path.is_file()]
                result.megabytes = sum(path.stat().st_size for path in files) / 1e6
            results.append(result)
        for number in range(options.rounds):
            say(f"{triples} triples, {states} states: asking, round {number + 1}")
            for result in (result for result in results if result.stored["plan"]):
                ask(result, Path(scratch) / result.layout, options.limit_s, check=not number)
        agree(results)
    return results


def ask(result: Result, place: Path, limit_s: float, *, check: bool) -> None:
    """Ask every question of a stored layout; after the first round, those that are quick."""
    plan = result.stored["plan"]
    left = list(QUESTIONS) if check else [name for name in TIMED if result.is_quick(name)]
    while plan and left:
        what = ToAsk(place=str(place), plan=plan, questions=left, limit_s=limit_s, check=check)
        lines = [json.loads(line) for line in run("ask", json.dumps(what), may_be_late=True)]
        result.take(line for line in lines if "question" in line)
        if "begins" not in lines[-1]:
            break
        late = lines[-1]["begins"]
        result.late.add(late)
        left = left[left.index(late) + 1 :]


def run(job: str, text: str, *, may_be_late: bool = False) -> list[str]:
    """Return the lines that a process of one layout says."""
    command = [sys.executable, "-m", "bench.states.child", job, text]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode and not (may_be_late and done.returncode == -signal.SIGPROF):
        raise SystemExit(f"{' '.join(command)} failed: {done.returncode}")
    return done.stdout.splitlines()


def rows(results: Sequence[Result], states: int, limit_s: float) -> Iterable[list[str]]:
    """Yield a row for each layout of one law."""
    measure = next((result for result in results if result.layout == MEASURE), None)
    for result in results:
        stored = result.stored
        head = [f"{stored['triples']:,} × {states}", result.layout]
        if stored["seconds"] is None:
            yield [*head, f"not stored: would be {stored['quads']:,} quads"]
            continue
        costs = [f"{stored['quads']:,}", f"{result.megabytes:.0f}", f"{stored['seconds']:.1f}"]
        asked = (
            cell(result, measure, name, limit_s, today=today)
            for name in TIMED
            for today in (False, True)
        )
        yield [*head, *costs, f"{stored['rss_mb']:,}", *asked]


def cell(
    result: Result, measure: Result | None, question: str, limit_s: float, *, today: bool
) -> str:
    """Return the time of a query and its ratio to that of one graph, of the same days."""
    cost = result.cost(question, today=today)
    if cost is None:
        return f"> {limit_s:.0f} s"
    least = measure.cost(question, today=today) if measure and measure is not result else None
    return milliseconds(cost) + (f" {cost / least:.1f}×" if least else "")


def read_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.states", description=__doc__)
    parser.add_argument("--triples", type=int, nargs="+", default=[15_000, 1_000_000])
    parser.add_argument("--states", type=int, nargs="+", default=[110, 600])
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    parser.add_argument("--most-quads", type=int, default=11_000_000, help="store no more")
    parser.add_argument("--limit-s", type=float, default=5, help="CPU seconds of a query")
    parser.add_argument("--rounds", type=int, default=3, help="turns of asking; the least counts")
    parser.add_argument("--seed", type=int, default=1, help="another number, another law")
    parser.add_argument("--dir", type=Path, help="where stores may lie meanwhile")
    parser.add_argument("--quick", action="store_true", help="a small law, in seconds")
    options = parser.parse_args()
    if options.quick:
        options.triples, options.states, options.rounds = [3_000], [12], 2
    return options


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Compare, and print a table."""
    options = read_options()
    start = time.monotonic()
    found: list[list[str]] = []
    try:
        for triples in options.triples:
            for states in options.states:
                results = compare(options, triples, states)
                found += rows(results, states, options.limit_s)
                say(table(COLUMNS, found))
    except Disagreement as error:
        raise SystemExit(str(error)) from None
    print("CPU of a query in ms, and × that of one graph; past: mean of two days.\n")
    for name in options.layouts:
        print(f"- {name}: {LAYOUTS[name].about}")
    print("\n" + table(COLUMNS, found))
    print(
        f"\nAll layouts gave the same answers, counts included. {time.monotonic() - start:.0f} s."
    )


if __name__ == "__main__":
    main()
