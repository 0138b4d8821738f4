"""What is kept of requests: figures for Prometheus, and a line of JSON each for a log.

Nothing of it is personal: no addresses, no texts. A query goes in by a hash, which tells whether
two requests asked the same.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kgserver.answers.served import Served

__all__ = ["Record", "hashed", "json_lines", "log_as_json"]

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

Log = Callable[[Mapping[str, object]], None]


def json_lines(line: Mapping[str, object]) -> None:
    """Write a line of JSON to the error stream; what a client sent cannot end it early.

    Where nobody reads the log any more, requests are answered all the same.
    """
    with suppress(OSError):
        sys.stderr.write(json.dumps(line) + "\n")


def log_as_json() -> None:
    """Have messages of the program, faults among them, written as lines of JSON too."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_JsonFormatter())


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": _now(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def hashed(text: str) -> str:
    """Return what stands for a query in the log."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


class Record:
    """The figures of one application.

    Args:
        served: What is served, whose workers and memory are asked when the figures are read.
        log: Is given a line for each request; None: no log.
    """

    def __init__(self, served: Served, log: Log | None) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Standing(served))
        self._log = log
        self._requests = Histogram(
            "kgserver_request_seconds",
            "Time from the whole request to the whole answer, by route and outcome",
            ["route", "outcome"],
            registry=self._registry,
            buckets=_BUCKETS,
        )

    def note(self, route: str, outcome: str, seconds: float, line: Mapping[str, object]) -> None:
        """Take note of one request; `line` is what the log says beside."""
        self._requests.labels(route, outcome).observe(seconds)
        if self._log is not None:
            told = {
                "time": _now(),
                "route": route,
                "outcome": outcome,
                "ms": round(seconds * 1000, 1),
            }
            self._log({**told, **line})

    def figures(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """How workers, memory and revision stand at the moment they are asked."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def collect(self) -> Iterator[Metric]:
        graph = self._served.graph
        revision = GaugeMetricFamily(
            "kgserver_revision_info", "The revision that is served", labels=["revision"]
        )
        revision.add_metric([graph.manifest.revision], 1)
        yield revision
        reloads = CounterMetricFamily(
            "kgserver_reloads", "Reloads since the start, by outcome", labels=["outcome"]
        )
        for outcome, count in self._served.reloads.items():
            reloads.add_metric([outcome], count)
        yield reloads
        if graph.pool:
            pool = graph.pool.status()
            workers = GaugeMetricFamily("kgserver_workers", "Worker processes", labels=["state"])
            for state, number in (
                ("wanted", pool.workers),
                ("ready", pool.ready),
                ("busy", pool.busy),
            ):
                workers.add_metric([state], number)
            yield workers
            yield GaugeMetricFamily(
                "kgserver_queue_waiting", "Queries that wait for a worker", pool.waiting
            )
            yield CounterMetricFamily(
                "kgserver_workers_replaced", "Workers that ended, of this revision", pool.replaced
            )
        if graph.memory:
            memory = graph.memory.status()
            yield CounterMetricFamily("kgserver_cache_hits", "Answers remembered", memory.hits)
            yield CounterMetricFamily("kgserver_cache_misses", "Answers not there", memory.misses)
            yield GaugeMetricFamily("kgserver_cache_bytes", "Size of the memory", memory.bytes)
