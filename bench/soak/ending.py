"""After the trouble: is the server as it was, did it grow, does it end well."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.soak.exchange import Broken, Hung, Line
from bench.soak.probes import RUNAWAYS
from bench.soak.server import Spent, spent, tree
from bench.soak.stage import Stage

__all__ = ["count", "fifths", "finish", "log_faults", "memory", "settle"]

GROWTH: Final = 1.2
"""How many times the memory of the second fifth the last fifth may take."""
SETTLED_S: Final = 15.0
FILES: Final = 16
"""Files that may be open at the end beyond those at the beginning."""
REVISIONS: Final = 4
"""Revisions that may be there: the current one, the one before, one refused, one in use."""
END_S: Final = 60.0


def settle(stage: Stage, before: Spent) -> None:
    """Find that the server is as it was when nobody asks any more."""
    if stage.server.process.poll() is not None:
        stage.report.faults.append(f"the server ended: {stage.server.process.returncode}")
        return
    end = time.monotonic() + SETTLED_S
    pool: object = None
    while time.monotonic() < end:
        try:
            with closing(Line(stage.server.address, stage.bound_s)) as line:
                ready = stage.server.ready(line)
        except (Broken, Hung) as error:
            ready, pool = None, error
        pool = ready["workers"] if ready else pool
        if ready and ready["ready"] and _whole(ready["workers"]):
            break
        time.sleep(0.2)
    else:
        stage.report.faults.append(f"the pool is not whole after {SETTLED_S:g} s: {pool}")
    after = spent(stage.server.process.pid)
    stage.report.facts.append(
        f"Open files of the server: {before.files} before, {after.files} after; "
        f"memory before: server {before.server:.0f} MiB, workers {before.workers:.0f} MiB; "
        f"after: {after.server:.0f}, {after.workers:.0f}"
    )
    kept = len(list((stage.options.place / "store").glob("*/manifest.json")))
    if kept > REVISIONS:
        stage.report.faults.append(f"{kept} revisions are kept")
    if after.files > before.files + FILES:
        stage.report.faults.append(f"files stay open: {before.files}, then {after.files}")


def memory(stage: Stage, samples: Sequence[Spent]) -> None:
    """Compare memory at the end with that after warming up, builds left out.

    Of the workers what counts is what is left when hardly one is at work: a query may take
    hundreds of MiB for a moment, and does so by chance.
    """
    if len(samples) < 50:
        return
    whole = [one.server + one.workers for one in samples]
    measured = {
        "the server": fifths([one.server for one in samples], 5),
        "server and idle workers": fifths(whole, 1),
    }
    for name, parts in measured.items():
        told = ", ".join(f"{part:.0f}" for part in parts)
        stage.report.facts.append(f"Memory of {name} by fifths of the time: {told} MiB")
        if stage.options.judge_memory and parts[-1] > parts[1] * GROWTH:
            stage.report.faults.append(f"memory of {name} is not flat: {told} MiB")
    stage.report.facts.append(f"Memory of server and workers: {max(whole):.0f} MiB at most")


def finish(stage: Stage) -> None:
    """End the server while some still ask, and find that it ends well."""
    if stage.server.process.poll() is not None:
        return
    members = [member.pid for member in tree(stage.server.process.pid)]
    seconds = sum(member.seconds for member in tree(stage.server.process.pid))
    stage.report.facts.append(f"CPU of the server and all it started: {seconds:.0f} s")
    late = [_Late(stage, number) for number in range(6)]
    for thread in late:
        thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    status = stage.server.end(END_S)
    stage.report.facts.append(f"It ended {time.monotonic() - begun:.1f} s after SIGTERM: {status}")
    if status != 0:
        stage.report.faults.append(f"exit status {status} after SIGTERM")
    for thread in late:
        thread.join(stage.bound_s)
    time.sleep(0.5)
    left = [pid for pid in members if _runs(pid)]
    if left:
        stage.report.faults.append(f"{len(left)} processes outlive the server")


def count(stage: Stage, samples: Sequence[Spent], reloads_s: Sequence[float]) -> None:
    """Write down what was counted, and what of it is a fault."""
    ledger, report = stage.ledger, stage.report
    events = ", ".join(f"{count} {name}" for name, count in sorted(ledger.events.items()))
    report.facts.append(f"{ledger.answers()} requests; {events or 'nothing happened'}")
    if reloads_s:
        report.facts.append(
            f"From an edit to its answers: median {median(reloads_s):.1f} s, "
            f"{max(reloads_s):.1f} s at most"
        )
    if builds := [one.builder for one in samples if one.builder]:
        report.facts.append(f"Memory of a build: {max(builds):.0f} MiB at most")
    failed = ledger.of_outcome("query-failed", but=["runaway"])
    killed = ledger.events["workers killed"]
    if failed > killed:
        report.faults.append(f"{failed} queries failed of {killed} kills")
    report.faults += [f"{fault}: {count}" for fault, count in sorted(ledger.faults.items())]
    report.faults += ledger.examples()
    report.faults += log_faults(stage.server.words())


class _Late(threading.Thread):
    """A client whose request is under way when the server is told to end: it is answered still."""

    def __init__(self, stage: Stage, number: int) -> None:
        super().__init__(daemon=True)
        self._stage, self._number = stage, number

    def run(self) -> None:
        """Ask what takes long, and note the answer."""
        stage, probe = self._stage, RUNAWAYS[0]
        call = probe.call(nonce=f"at the end {self._number}")
        try:
            with closing(Line(stage.server.address, stage.bound_s)) as line:
                reply = line.ask(call)
        except (Broken, Hung) as error:
            stage.ledger.note("at the end", "broken")
            stage.ledger.fault("broken", "under way at the end", str(error))
            return
        verdict = stage.judge.verdict(probe, call, reply, stage.known.confirmed)
        stage.ledger.note("at the end", verdict.outcome, reply.seconds)
        if verdict.fault:
            stage.ledger.fault(verdict.fault, "under way at the end", verdict.why)


def fifths(values: Sequence[float], tenth: int) -> list[float]:
    """Return for each fifth of the values what so many tenths of it are below; 5: the median."""
    edges = [len(values) * part // 5 for part in range(6)]
    return [quantiles(values[start:end], n=10)[tenth - 1] for start, end in pairwise(edges)]


def log_faults(words: str) -> list[str]:
    """Return what the server's own words say of faults: a fault of the program is never well."""
    found = []
    for line in words.splitlines():
        if line.startswith("Traceback"):
            found.append(f"log: {line}")
        elif line.startswith("{"):
            try:
                said = json.loads(line)
            except ValueError:
                found.append(f"log: no JSON: {line[:200]}")
                continue
            if "trace" in said or "internal" in said.values():
                found.append(f"log: {line[:500]}")
    return found[:5]


def _whole(workers: dict[str, int]) -> bool:
    return workers["ready"] == workers["wanted"] and workers["busy"] <= 1


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
