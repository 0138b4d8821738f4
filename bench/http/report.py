"""Tables of what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from bench.http import apart
from bench.http.measuring import CROWD, Bench, Cost, percentile
from bench.http.parts import Floor
from bench.http.questions import DAYS, TARGETS, Case
from bench.http.servers import Day, Kgserver, Virtuoso
from bench.tables import milliseconds, table


def facts(peers: Sequence[str]) -> str:
    """Return what the figures hang on: the machine and the versions."""
    pinned = apart.pinned()
    versions = apart.ours()
    if "Oxigraph" in peers:
        versions["Oxigraph"] = pinned["oxigraph"]
    if "rdflib-endpoint" in peers:
        names = ("rdflib-endpoint", "rdflib", "uvicorn")
        versions |= {name: pinned[name] for name in names}
    if Virtuoso.name in peers:
        versions[Virtuoso.name] = Virtuoso.version() or absent(Virtuoso.name)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load before {load}; "
        f"Python {platform.python_version()}, {said}."
    )


def costs_table(bench: Bench, cases: Mapping[Day, Sequence[Case]], names: Sequence[str]) -> str:
    """Return the table of CPU and of ratios."""
    ours, *peers = names
    columns = ["question", "day", "rows", *(f"{name}, ms" for name in names)]
    columns += [f"÷ {peer}" for peer in peers]
    rows = []
    for case, day in by_case(cases):
        own = bench.costs[case.name, day, ours]
        found = [bench.costs.get((case.name, day, name)) for name in names]
        ratios = [ratio(own, cost) for cost in found[1:]]
        shown = [f"{number:.2f}×" if number is not None else "" for number in ratios]
        counted = f"{min(own.rows):,}" + (f"–{max(own.rows):,}" if len(set(own.rows)) > 1 else "")
        rows.append([case.name, day or "today", counted, *map(cpu_cell, found), *shown])
    return table(columns, rows)


def latency_table(bench: Bench, cases: Mapping[Day, Sequence[Case]], names: Sequence[str]) -> str:
    """Return the table of what a client waits."""
    rows = []
    for case, day in by_case(cases):
        found = [bench.costs.get((case.name, day, name)) for name in names]
        waits = [waited(cost.seconds) if cost else "" for cost in found]
        rows.append([case.name, day or "today", *waits])
    first = cases[None][0].name
    crowd = [waited(bench.crowds.get(name, [])) for name in names]
    rows.append([f"{first}, {CROWD} connections", "today", *crowd])
    return table(["question", "day", *(f"{name}, ms" for name in names)], rows)


def targets_table(bench: Bench) -> str:
    """Return the table of targets."""
    rows = []
    for target in TARGETS:
        cells = []
        for day in DAYS:
            own = bench.costs[target.case, day, Kgserver.name]
            found = ratio(own, bench.costs.get((target.case, day, target.peer)))
            cells.append(absent(target.peer) if found is None else target.said(found))
        rows.append([target.case, target.peer, f"≤ {target.most:g}×", *cells])
    days = [day or "today" for day in DAYS]
    return table(["question", "peer", "target", *days], rows)


def floor_table(floor: Floor, bench: Bench, cases: Mapping[Day, Sequence[Case]]) -> str:
    """Return the table of what our figures are made of."""
    rows = []
    for case, day in by_case(cases):
        own = bench.costs[case.name, day, Kgserver.name]
        if own.cpu is None:
            continue
        bare, flask = (median(part[case.name, day]) for part in (floor.bare, floor.flask))
        pool = floor.pool.get((case.name, day), [])
        asking = median(spent.own for spent in pool) if pool else None
        workers = median(spent.below for spent in pool) if pool else None
        figures = [bare, flask, asking, workers, own.own, own.below, own.cpu]
        cells = ["" if seconds is None else milliseconds(max(0.0, seconds)) for seconds in figures]
        rows.append([case.name, day or "today", *cells])
    columns = ["question", "day", "WSGI server alone", "with an empty Flask application"]
    columns += ["pool: asking", "pool: workers", "ours: web process", "ours: workers", "ours"]
    return table(columns, rows)


def absent(peer: str) -> str:
    """Return why there are no figures of a peer."""
    missing = peer == Virtuoso.name and Virtuoso.version() is None
    return "not found on this machine" if missing else "not measured"


def by_case(cases: Mapping[Day, Sequence[Case]]) -> Iterator[tuple[Case, Day]]:
    """Yield each question with each day, the days of a question together."""
    for number in range(len(cases[None])):
        for day in cases:
            yield cases[day][number], day


def ratio(own: Cost, other: Cost | None) -> float | None:
    """Return how many times the CPU of another we use."""
    if other is None or own.cpu is None or other.cpu is None:
        return None
    return own.cpu / other.cpu


def cpu_cell(cost: Cost | None) -> str:
    """Return the CPU of a request, or why there is none."""
    if cost is None:
        return ""
    return cost.why_not or milliseconds(cost.cpu or 0)


def waited(seconds: Sequence[float]) -> str:
    """Return median and 99th percentile."""
    if not seconds:
        return ""
    return " / ".join(milliseconds(percentile(seconds, share)) for share in (0.5, 0.99))
