"""One layout in a process of its own, so that its CPU and its memory are its alone.

    python -m bench.states.child store '{"layout": "eras", "triples": 15000, ...}'
    python -m bench.states.child ask '{"place": "DIR", "plan": …, "questions": ["lookup"], ...}'

Both write lines of JSON. The first stores a law and says what it cost and how to ask it. The
second asks: a line when it begins a question, and a line with the answers' digests and the CPU
seconds of each state. A query that takes more CPU than `limit_s` ends the process.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import TypedDict

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, Store

from bench.cpu import medians
from bench.states.law import synthetic_law
from bench.states.layouts import LAYOUTS, Layout
from bench.states.questions import OF_A_BODY, QUESTIONS, UNTIMED, Ask


class View(TypedDict):
    """A state that is asked: a day of it, and the graphs that make its dataset."""

    day: str
    graphs: list[str]


class Plan(TypedDict):
    """What is asked: the last view is that of today."""

    views: list[View]
    bodies: list[str]
    filtered: bool


class ToStore(TypedDict):
    """What the first form takes."""

    layout: str
    triples: int
    states: int
    seed: int
    place: str
    most: int


class Stored(TypedDict):
    """What the first form says. `seconds` and `plan` are None if nothing was stored."""

    triples: int
    quads: int
    seconds: float | None
    rss_mb: int
    plan: Plan | None


class ToAsk(TypedDict):
    """What the second form takes."""

    place: str
    plan: Plan
    questions: list[str]
    limit_s: float
    check: bool


class Asked(TypedDict):
    """What the second form says of a question: CPU seconds, and a digest if it checks, by view."""

    question: str
    digests: list[str]
    seconds: list[float]


def store(what: ToStore) -> Stored:
    """Store a law in a layout, unless that takes more quads than `most`."""
    law = synthetic_law(what["triples"], what["states"], what["seed"])
    layout = LAYOUTS[what["layout"]](law)
    size = layout.size()
    triples = sum(len(group) for _, group in law.groups())
    if size > what["most"]:
        return Stored(triples=triples, quads=size, seconds=None, rss_mb=_rss_mb(), plan=None)
    start = process_time()
    target = Store(what["place"])
    target.bulk_extend(layout.quads())
    target.flush()
    seconds = process_time() - start
    plan = _plan(layout)
    return Stored(triples=triples, quads=size, seconds=seconds, rss_mb=_rss_mb(), plan=plan)


def _plan(layout: Layout) -> Plan:
    law = layout.law
    views = [
        View(day=law.firsts[state].isoformat(), graphs=layout.dataset(state))
        for state in law.asked()
    ]
    return Plan(views=views, bodies=law.parties(), filtered=layout.filtered)


def ask(what: ToAsk) -> None:
    """Ask a stored law, question by question."""
    opened = Store.read_only(what["place"])
    plan = what["plan"]
    for name in what["questions"]:
        print(json.dumps({"begins": name}), flush=True)
        rounds = [
            _calls(name, plan, view, partial(answer, opened, view["graphs"]))
            for view in plan["views"]
        ]
        digests = [_digest(calls, what["limit_s"]) for calls in rounds] if what["check"] else []
        seconds = [] if name == UNTIMED else medians([partial(_all, calls) for calls in rounds])
        each = [s / len(rounds[0]) for s in seconds]
        print(json.dumps(Asked(question=name, digests=digests, seconds=each)), flush=True)


def _calls(name: str, plan: Plan, view: View, asking: Ask) -> list[Callable[[], bytes]]:
    question = QUESTIONS[name][plan["filtered"]]
    day = date.fromisoformat(view["day"])
    bodies = plan["bodies"] if name in OF_A_BODY else plan["bodies"][:1]
    return [partial(question, asking, body, day) for body in bodies]


def answer(opened: Store, graphs: list[str], text: str) -> bytes:
    """Return the answer of a SELECT on a dataset as TSV."""
    results = opened.query(
        text, default_graph=[NamedNode(graph) for graph in graphs], named_graphs=[]
    )
    assert isinstance(results, QuerySolutions)
    return results.serialize(format=QueryResultsFormat.TSV) or b""


def _all(calls: list[Callable[[], bytes]]) -> None:
    for call in calls:
        call()


def _digest(calls: list[Callable[[], bytes]], limit_s: float) -> str:
    """Return what stands for the answers, rows in any order, and end where one takes too long."""
    found = sha256()
    rows = 0
    for call in calls:
        signal.setitimer(signal.ITIMER_PROF, limit_s)
        lines = call().splitlines()
        signal.setitimer(signal.ITIMER_PROF, 0)
        rows += len(lines) - 1
        found.update(b"\n".join([*lines[:1], *sorted(lines[1:]), b""]))
    return f"{rows} rows {found.hexdigest()[:16]}"


def _rss_mb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main(job: str, text: str) -> None:
    """Do one of the two jobs."""
    what = json.loads(text)
    if job == "store":
        Path(what["place"]).parent.mkdir(parents=True, exist_ok=True)
        print(json.dumps(store(what)))
    else:
        ask(what)


if __name__ == "__main__":
    main(*sys.argv[1:])
