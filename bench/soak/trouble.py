"""What happens to the server meanwhile: its workers are killed, and the data change."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from bench.soak.exchange import Broken, Hung, Line
from bench.soak.ground import FAULTS, Ground
from bench.soak.known import Known
from bench.soak.ledger import Ledger
from bench.soak.server import Server, is_builder, tree

__all__ = ["Editor", "Killer"]

TRIES: Final = 3
"""How often the server is told of a good edit that it refuses."""
KILLED: Final = "brought its worker down"
"""What is said of a query whose worker was killed: the questions of a reload may meet that too."""
BUILDER_S: Final = 5.0
INTERRUPTED: Final = 0.2
"""How many of the good edits are built twice, for the first build is killed."""
BACK: Final = 0.2
"""How many of the good edits take the last one back."""
FAULTY: Final = 0.5
"""How many of the edits are such that the server must refuse them."""


class Killer(threading.Thread):
    """Kills a worker by chance, now and then."""

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        over: threading.Event,
        chance: random.Random,
        mean_s: float,
    ) -> None:
        super().__init__(daemon=True)
        self._server, self._ledger, self._over = server, ledger, over
        self._chance, self._mean_s = chance, mean_s

    def run(self) -> None:
        """Kill until told to stop."""
        while not self._over.wait(self._chance.expovariate(1 / self._mean_s)):
            workers = self._server.workers()
            if workers:
                with suppress(ProcessLookupError):
                    os.kill(self._chance.choice(workers).pid, signal.SIGKILL)
                    self._ledger.event("workers killed")


class Editor(threading.Thread):
    """Changes the data, again and again, well and sometimes badly; each time the server is told.

    Args:
        watched: Whether the server looks for edits itself, so that it need not be told.
        pause_s: Seconds from the end of a reload to the next edit.
        patience_s: Seconds after which a reload counts as never ended.
    """

    def __init__(
        self,
        server: Server,
        ground: Ground,
        known: Known,
        ledger: Ledger,
        over: threading.Event,
        chance: random.Random,
        *,
        pause_s: float,
        bound_s: float,
        watched: bool = False,
        patience_s: float = 300.0,
    ) -> None:
        super().__init__(daemon=True)
        self._server, self._ground, self._known, self._ledger = server, ground, known, ledger
        self._over, self._chance, self._pause_s = over, chance, pause_s
        self._watched, self._patience_s = watched, patience_s
        self._line = Line(server.address, bound_s)
        self._generation = self._newest = 0
        self.seconds: list[float] = []
        """How long each good reload took, from the edit to the new answers."""

    def run(self) -> None:
        """Edit until told to stop; the last edit is a good one."""
        # The first edit of all is a fault; a fault is mended before there is another.
        turns, spoilt = 0, False
        while not self._over.wait(self._pause_s):
            spoilt = not spoilt and (not turns or self._chance.random() < FAULTY)
            turns += 1
            if spoilt:
                self.worsen(FAULTS[0] if turns == 1 else self._chance.choice(FAULTS))
            else:
                turn = self._chance.random()
                self.better(
                    interrupted=turn < INTERRUPTED and not self._watched,
                    back=turn > 1 - BACK and self._generation > 0,
                )
        if spoilt:
            self.better()
        self.close()

    def close(self) -> None:
        """Close the connection by which it looks how the server is."""
        self._line.close()

    def better(self, *, interrupted: bool = False, back: bool = False) -> None:
        """Write another generation and wait until it is served.

        Args:
            interrupted: Whether the process that builds it is killed first, which must not be
                noticed but by the word of why nothing new is served.
            back: Whether it is the one before this one, and not a new one.
        """
        self._newest += not back
        self._generation = self._generation - 1 if back else self._newest
        self._ground.mend()
        revision = self._ground.write(self._generation)
        self._known.announce(revision, self._generation)
        begun = time.monotonic()
        if interrupted:
            self._told("builds killed", revision, self._kill_build)
        for _ in range(TRIES):
            said = self._told("edits taken back" if back else "good edits", revision)
            if said and _serves(said, revision):
                self._known.confirm()
                if not (interrupted or back):
                    self.seconds.append(time.monotonic() - begun)
                return
            if said is None:
                return
            why = str(said["reload"]["why"])
            if KILLED in why:
                self._ledger.event("good edits refused for a killed worker")
            else:
                self._ledger.fault("wrong", "reload", f"a good edit was refused: {why}")

    def worsen(self, fault: str) -> None:
        """Make an edit with a fault in it and wait until it is refused, with a reason."""
        before = self._known.served()
        self._ground.spoil(fault)
        said = self._told("bad edits", "")
        if said and said["revision"] != before:
            why = f"with the fault `{fault}` in {before} it serves {said['revision']}"
            self._ledger.fault("wrong", "/-/ready", why)
        elif said and not said["reload"].get("why"):
            self._ledger.fault("undocumented", "/-/ready", "a reload was refused without a reason")

    def _told(
        self, name: str, revision: str, then: Callable[[], None] | None = None
    ) -> dict[str, Any] | None:
        """Tell the server of an edit; return what it says when it serves or refuses it.

        None, and a fault, where it comes to no end.
        """
        self._ledger.event(name)
        stale = self._ready()
        if not self._watched:
            self._server.hang_up()
        if then:
            then()
        end = time.monotonic() + self._patience_s
        said = None
        while time.monotonic() < end and self._server.process.poll() is None:
            said = self._ready() or said
            if said and (_serves(said, revision) or _refuses(said, stale)):
                return said
            if said and not revision and said["revision"] != self._known.served():
                return said
            time.sleep(0.2)
        self._ledger.fault("hung", "reload", f"{name}: not done in time; /-/ready: {said}")
        return None

    def _ready(self) -> dict[str, Any] | None:
        try:
            return self._server.ready(self._line)
        except (Broken, Hung) as error:
            self._ledger.fault("broken", "/-/ready", str(error))
            return None

    def _kill_build(self) -> None:
        """Kill the process that builds, as soon as it is there."""
        end = time.monotonic() + BUILDER_S
        while time.monotonic() < end:
            for member in tree(self._server.process.pid):
                if is_builder(member):
                    time.sleep(self._chance.uniform(0, 0.2))
                    with suppress(ProcessLookupError):
                        os.kill(member.pid, signal.SIGKILL)
                    return
            time.sleep(0.01)


def _serves(said: dict[str, Any], revision: str) -> bool:
    return bool(said["revision"] == revision and said["reload"]["state"] == "served")


def _refuses(said: dict[str, Any], stale: dict[str, Any] | None) -> bool:
    """Tell whether something was refused, and not what was refused before."""
    reload = said["reload"]
    return reload["state"] == "refused" and (stale is None or reload != stale["reload"])
