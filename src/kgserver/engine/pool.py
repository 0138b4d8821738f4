"""Answers questions by worker processes that can be ended.

An engine cannot be told to stop, and some queries bring it down. So each query is evaluated in a
process of its own for that time; a process past its deadline is ended, one that died is replaced,
and neither is noticed by anyone but the asker.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from kgserver.engine.child import Child, Died, Gone, Late, Left
from kgserver.engine.question import NOBODY, Answer, Asker, Question
from kgserver.engine.reply import read_reply, request_of
from kgserver.errors import Abandoned, Busy, KgError, QueryFailed, QueryTimeout
from kgserver.store.locks import in_use
from kgserver.terms import PREFIXES

__all__ = ["Pool", "PoolStatus"]

LOG = logging.getLogger("kgserver.engine")
_START_SECONDS: Final = 10.0
_PAUSES: Final = (0.1, 0.5, 2.0, 5.0)
"""Seconds before a worker is started again that could not start: longer each time."""
_TRIES: Final = 10
"""Workers in a row that may end before they take a question."""
_LATER: Final = "Ask again in a few seconds"
_LOOK_SECONDS: Final = 0.5
"""How often a question that waits for a worker looks whether the asker is still there."""


@dataclass(frozen=True)
class PoolStatus:
    """How a pool is doing.

    Args:
        workers: Processes that there should be.
        ready: Those that can answer or are answering.
        busy: Those that are answering.
        waiting: Questions that wait for a worker.
        replaced: Workers that have ended since the pool began, for whatever reason.
        network: How workers are kept from the network: `namespace`, `filter` or `open` (not).
    """

    workers: int
    ready: int
    busy: int
    waiting: int
    replaced: int
    network: str


class Pool:
    """Workers on one store; any number of threads may ask at once.

    Args:
        store_dir: A store that nobody writes to.
        workers: Processes, so as many queries at the same time.
        query_seconds: Evaluation of one query, the writing of its answer included.
        queue: Questions that may wait for a worker; more are turned away.
        worker_mib: Memory that one query may take.
        result_bytes: Size of one answer.
        result_rows: Rows of one answer.

    Raises:
        QueryFailed: the store cannot be opened.
    """

    def __init__(
        self,
        store_dir: Path,
        workers: int = 3,
        query_seconds: float = 10.0,
        queue: int = 64,
        worker_mib: int = 2048,
        result_bytes: int = 64 << 20,
        result_rows: int = 1_000_000,
    ) -> None:
        self._store_dir = store_dir
        self._query_seconds = query_seconds
        self._queue = queue
        self._worker_mib = worker_mib
        self._result_bytes = result_bytes
        self._result_rows = result_rows
        lock = threading.Lock()
        self._free = threading.Condition(lock)  # a worker came free, or the pool is closing
        self._changed = threading.Condition(lock)  # anything else that someone may wait for
        self._children: set[Child] = set()
        self._idle: deque[Child] = deque()
        self._busy = 0
        self._waiting = 0
        self._replaced = 0
        self._failures = 0
        self._reason = "no worker started in time"
        self._closed = False
        self._held = ExitStack()
        with suppress(OSError):  # the workers will say what is wrong with it
            self._held.enter_context(in_use(store_dir))
        self._keepers = [
            threading.Thread(target=self._keep, name=f"worker-{number}", daemon=True)
            for number in range(1, workers + 1)
        ]
        for keeper in self._keepers:
            keeper.start()
        self._wait_for_start()

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Answer one question.

        Raises:
            QuerySyntaxError: the text is not SPARQL; `where` is its line and column.
            NotAcceptable: the question names no format for this kind of answer.
            QueryTimeout: evaluation took longer than the limit, or than the question allows.
            QueryFailed: the engine could not evaluate the query, or died of it.
            ResultTooLarge: the answer is larger than the limit.
            Busy: no worker came free in time, or too many wait already, or the pool is closed.
            Abandoned: the asker has gone.
            KgError: what the asker's own `admit` raises.
        """
        asker.admit()
        seconds = min(self._query_seconds, question.timeout_s or self._query_seconds)
        request = request_of(question)
        for _ in range(_TRIES):
            try:
                with self._lease(asker) as child:
                    begun = time.monotonic()
                    try:
                        header, body = child.ask(request, question.text, seconds, asker.gone)
                    finally:
                        asker.charge(time.monotonic() - begun)
                return read_reply(
                    header,
                    body,
                    question,
                    max_bytes=self._result_bytes,
                    max_rows=self._result_rows,
                )
            except Gone:
                continue  # it had ended before it was asked: not this question's fault
            except Left:
                raise Abandoned("The client has gone") from None
            except Late:
                raise QueryTimeout(
                    f"The query took longer than {seconds:g} s and was stopped",
                    hint="Ask for less: name more terms, add LIMIT, and avoid paths and joins "
                    "with both ends open",
                ) from None
            except Died:
                if self._closed:
                    raise Busy("The server is being stopped", hint=_LATER) from None
                raise QueryFailed(
                    "The query brought its worker down",
                    hint=f"Mostly it needs more than the {self._worker_mib} MiB that one query "
                    "may take: group, sort or join less at once",
                ) from None
        raise Busy("Workers end before they answer", hint=_LATER)

    def status(self) -> PoolStatus:
        """Return how the pool is doing at this moment."""
        with self._free:
            return PoolStatus(
                workers=len(self._keepers),
                ready=len(self._children),
                busy=self._busy,
                waiting=self._waiting,
                replaced=self._replaced,
                network=next((child.network for child in self._children), "open"),
            )

    def close(self, drain_s: float = 0.0) -> None:
        """End all workers; let questions under way finish for so many seconds first.

        Questions asked from now on, and those that still wait, get `Busy`.
        """
        with self._changed:
            self._closed = True
            self._free.notify_all()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._busy == 0, drain_s)
            for child in self._children:
                child.end()
        for keeper in self._keepers:
            keeper.join(_START_SECONDS)
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _wait_for_start(self) -> None:
        """Wait for the first worker, not for all: the others are there a moment later."""
        workers = len(self._keepers)
        with self._changed:
            self._changed.wait_for(
                lambda: self._children or self._failures >= workers, _START_SECONDS
            )
            started = bool(self._children)
        if not started:
            self.close()
            raise QueryFailed(
                f"The store cannot be asked: {self._reason}", where=str(self._store_dir)
            )

    @contextmanager
    def _lease(self, asker: Asker) -> Iterator[Child]:
        """Have a worker for oneself, waiting in the queue if need be.

        Whatever goes wrong meanwhile ends the worker: nobody else may get the rest of an answer.
        """
        with self._free:
            child = self._next_idle() or self._wait_for_idle(asker)
            try:
                asker.admit()
            except KgError:
                self._idle.append(child)
                self._free.notify()
                raise
            self._busy += 1
        whole = False
        try:
            yield child
            whole = True
        finally:
            if not whole:
                child.end()
            with self._free:
                self._busy -= 1
                if whole:
                    self._idle.append(child)
                    self._free.notify()
                self._changed.notify_all()

    def _next_idle(self) -> Child | None:
        while self._idle and not self._closed:
            child = self._idle.pop()  # the one that answered last has most at hand
            if child.alive:
                return child
        return None

    def _wait_for_idle(self, asker: Asker) -> Child:
        if self._waiting >= self._queue:
            raise Busy(f"{self._waiting} queries wait already", hint=_LATER)
        self._waiting += 1
        deadline = time.monotonic() + self._query_seconds
        try:
            while not self._closed and (rest := deadline - time.monotonic()) > 0:
                notified = self._free.wait(min(rest, _LOOK_SECONDS))
                if (child := self._next_idle()) is not None:
                    return child
                if not notified and asker.gone():
                    raise Abandoned("The client has gone")
        finally:
            self._waiting -= 1
        if self._closed:
            raise Busy("The server is being stopped", hint=_LATER)
        raise Busy("All workers stayed busy", hint=_LATER)

    def _keep(self) -> None:
        """Keep one worker running: start it, offer it, wait for its end, start the next."""
        failed = 0
        while not self._closed:
            child = self._start()
            if child is None:
                failed += 1
                with self._changed:
                    pause = _PAUSES[min(failed, len(_PAUSES)) - 1]
                    self._changed.wait_for(lambda: self._closed, pause)
                continue
            failed = 0
            with self._free:
                self._children.add(child)
                self._idle.append(child)
                self._free.notify()
                self._changed.notify_all()
                if self._closed:
                    child.end()
            words = child.bury()
            if words and not self._closed:
                LOG.warning("a worker ended: %s", words)
            with self._free:
                self._children.discard(child)
                self._replaced += not self._closed

    def _start(self) -> Child | None:
        try:
            child = Child(
                self._store_dir,
                memory_mib=self._worker_mib,
                max_bytes=self._result_bytes,
                max_rows=self._result_rows,
                prefixes=PREFIXES,
            )
        except OSError as error:
            self._failed(f"no process could be started ({error.strerror})")
            return None
        try:
            child.wait_ready(_START_SECONDS)
        except (Died, Late) as error:
            child.end()
            words = child.bury().rpartition("\n")[2]
            self._failed(words or str(error) or "a worker did not start in time")
            return None
        return child

    def _failed(self, reason: str) -> None:
        with self._changed:
            self._failures += 1
            self._reason = reason
            self._changed.notify_all()
