"""A server of one's own as its operator meets it: how it is, what it counts, how it reloads."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from attacking import PATIENCE, Attacked, until
from folders.served import BASE, SERVED

__all__ = ["ENDLESS", "LOOKUP", "Figures", "Running", "frozen", "limited", "long"]

LOOKUP = f"SELECT ?to {{ <{BASE}id/office> <https://w3id.org/prok/ns#accountableTo> ?to }}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
"""A query that runs until it is stopped."""

Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""What `/-/metrics` tells, by the name and the labels of each sample."""


def limited(**limits: float) -> dict[str, str]:
    """Return the small folder with other limits."""
    lines = "".join(f"{name} = {value}\n" for name, value in limits.items())
    return {**SERVED, "kg.toml": f"{SERVED['kg.toml']}\n[limits]\n{lines}"}


def long(lines: int) -> tuple[str, int]:
    """Return a query for so many lines of 50 kB, and the size of its answer as CSV."""
    text = f"SELECT ('{'x' * 49_998}' AS ?x) {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {lines}"
    return text, len("x\r\n") + lines * 50_000


class Running(Attacked):
    """`kgserver serve` with what its operator does to it and asks of it."""

    def ready(self) -> dict[str, Any]:
        """Return what `/-/ready` tells, whether it is ready or not."""
        reply = self.send("/-/ready")
        told: dict[str, Any] = json.loads(reply.body)
        assert told["ready"] is (reply.status == 200)
        return told

    def figures(self) -> Figures:
        """Return what `/-/metrics` tells, read by the library of those who collect it."""
        families = text_string_to_metric_families(self.send("/-/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        figures = {(s.name, frozenset(s.labels.items())): s.value for s in samples}
        assert len(figures) == len(samples)
        return figures

    def counted(self, figures: Figures | None = None) -> dict[tuple[str, str], int]:
        """Return how many requests were counted, by route and outcome."""
        return {
            (dict(labels)["route"], dict(labels)["outcome"]): int(value)
            for (name, labels), value in (figures or self.figures()).items()
            if name == "kgserver_request_seconds_count"
        }

    def state(self, state: str) -> int:
        """Return how many workers are `wanted`, `ready` or `busy`."""
        return int(self.gauge(f'kgserver_workers{{state="{state}"}}'))

    def reloads(self) -> int:
        """Return how many reloads have come to an end."""
        names = [f'kgserver_reloads_total{{outcome="{name}"}}' for name in ("served", "refused")]
        return int(sum(map(self.gauge, names)))

    def reload(self) -> dict[str, Any]:
        """Hang up, wait until that has come to something, and return what is told of it."""
        before = self.reloads()
        self.signal(signal.SIGHUP)
        until(lambda: self.reloads() > before, PATIENCE)
        told: dict[str, Any] = self.ready()["reload"]
        return told

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that listens."""
        self.process.send_signal(number)

    def accepts(self) -> bool:
        """Whether new connections are accepted."""
        try:
            self.open().close()
        except OSError:
            return False
        return True


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """Have workers stand still: a query that takes as long as a test wants."""
    stopped = list(pids)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: all(map(_stands, stopped)))
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _stands(pid: int) -> bool:
    """Whether each thread of a process has been stopped; a moment passes before that."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(thread.read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)
