"""What all parts of a run share: how it is to be, who takes part, what is known so far."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.soak.ground import Ground
from bench.soak.judge import ERRORS, Judge
from bench.soak.known import Known
from bench.soak.ledger import Ledger
from bench.soak.probes import probes
from bench.soak.server import Server

__all__ = ["Options", "Report", "Stage"]


@dataclass(frozen=True)
class Options:
    """How a run is to be.

    Args:
        place: An empty directory for the copy of the folder, its revisions and the log.
        reload: `signal`: SIGHUP after each edit; `watch`: the server looks itself;
            `none`: no edits.
        edit_s: Seconds from the end of a reload to the next edit.
        kill_s: Seconds between two kills, in the mean.
        query_seconds: The limit of a query.
        bound_s: Seconds beyond the limit of a query after which a client counts as hung. A page
            asks several queries, and each may have to wait for a worker.
        judge_memory: Whether the run is long enough for memory to be judged.
    """

    folder: Path
    place: Path
    seconds: float = 120.0
    clients: int = 50
    seed: int = 1
    query_seconds: float = 2.0
    reload: str = "signal"
    edit_s: float = 5.0
    kill_s: float = 3.0
    bound_s: float = 60.0
    judge_memory: bool = True


@dataclass
class Report:
    """What came of a run. `faults`: lines, none of them in a good run; `facts`: other figures."""

    ledger: Ledger
    faults: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = [f"FAULT {line}" for line in self.faults] or ["No faults."]
        return "\n".join([self.ledger.table(), "", *self.facts, "", *verdict])


class Stage:
    """A server on its ground, with what is asked of it and what is known of the answers."""

    def __init__(
        self, options: Options, ground: Ground, server: Server, say: Callable[[str], None]
    ) -> None:
        self.options, self.ground, self.server, self.say = options, ground, server, say
        self.bound_s = options.query_seconds + options.bound_s
        self.ledger = Ledger()
        self.report = Report(self.ledger)
        self.known = Known(ground.told_of)
        self.judge = Judge(self.known, ERRORS.read_text("utf-8"))
        self.probes = probes(ground)
        self.over, self.edits_over = threading.Event(), threading.Event()

    def chance(self, of: str) -> random.Random:
        """Return where one part of the run draws from: another part's draws do not matter."""
        return random.Random(f"{self.options.seed} {of}")
