"""What happened: counts, times and faults, noted by many threads."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median, quantiles
from typing import Final

from bench.tables import table

__all__ = ["Ledger"]

FAULTS: Final = ("wrong", "hung", "undocumented", "broken")
"""Kinds of faults of answers. `broken`: a connection ended that nobody here had cut."""
SHOWN: Final = 5
"""Examples of each kind of fault that are told."""


class Ledger:
    """Counts by kind of request and by outcome; times; faults with examples."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[tuple[str, str]] = Counter()
        self.faults: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self._examples: defaultdict[str, list[str]] = defaultdict(list)
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)

    def note(self, kind: str, outcome: str, seconds: float | None = None) -> None:
        """Count an answer."""
        with self._lock:
            self.counts[kind, outcome] += 1
            if seconds is not None:
                self._seconds[kind].append(seconds)

    def fault(self, fault: str, where: str, why: str) -> None:
        """Count a fault, and keep what it was if there are not enough examples yet."""
        with self._lock:
            self.faults[fault] += 1
            if len(self._examples[fault]) < SHOWN:
                self._examples[fault].append(f"{where}: {why}")

    def event(self, name: str) -> None:
        """Count what happened to the server."""
        with self._lock:
            self.events[name] += 1

    def answers(self) -> int:
        """Return how many requests ended in whatever way."""
        return sum(self.counts.values())

    def of_outcome(self, outcome: str, *, but: Iterable[str] = ()) -> int:
        """Return how many requests had an outcome, some kinds left out."""
        left_out = set(but)
        return sum(
            count
            for (kind, found), count in self.counts.items()
            if found == outcome and kind not in left_out
        )

    def examples(self) -> list[str]:
        """Return lines that tell of faults."""
        return [
            f"{fault}: {example}" for fault, found in self._examples.items() for example in found
        ]

    def table(self) -> str:
        """Return a row for each kind of request."""
        kinds = sorted({kind for kind, _ in self.counts})
        rows = []
        for kind in kinds:
            outcomes = sorted(
                ((count, name) for (of, name), count in self.counts.items() if of == kind),
                reverse=True,
            )
            said = ", ".join(f"{name} {count}" for count, name in outcomes)
            asked = sum(count for count, _ in outcomes)
            rows.append([kind, str(asked), *self._times(kind), said])
        return table(["kind", "asked", "p50, ms", "p99, ms", "outcomes"], rows)

    def _times(self, kind: str) -> list[str]:
        seconds = self._seconds[kind]
        if not seconds:
            return ["", ""]
        last = quantiles(seconds, n=100)[98] if len(seconds) > 1 else seconds[0]
        return [f"{median(seconds) * 1000:.0f}", f"{min(last, max(seconds)) * 1000:.0f}"]
