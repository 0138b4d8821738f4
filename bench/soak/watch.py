"""Who looks on: is the server in good health, and what does it cost?"""

from __future__ import annotations

import json
import re
import threading
from typing import Final

from bench.soak.exchange import Broken, Call, Hung, Line
from bench.soak.ledger import Ledger
from bench.soak.server import Server, Spent, spent

__all__ = ["Gauge", "Pulse", "health_fault"]

SAMPLE_S: Final = 0.5
_METRIC: Final = re.compile(r'^[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? (\S+)$')


class Pulse(threading.Thread):
    """Asks how the server is, like those who would restart it or send it no more requests."""

    def __init__(
        self, server: Server, ledger: Ledger, over: threading.Event, bound_s: float
    ) -> None:
        super().__init__(daemon=True)
        self._line = Line(server.address, bound_s)
        self._ledger, self._over = ledger, over

    def run(self) -> None:
        """Ask until told to stop."""
        while not self._over.wait(1.0):
            for path in ("/-/live", "/-/ready", "/-/metrics"):
                try:
                    reply = self._line.ask(Call("GET", path))
                except (Broken, Hung) as error:
                    fault = "hung" if isinstance(error, Hung) else "broken"
                    self._ledger.fault(fault, path, str(error))
                    continue
                self._ledger.note(path, str(reply.status), reply.seconds)
                if why := health_fault(path, reply.status, reply.raw):
                    self._ledger.fault("undocumented", path, why)
        self._line.close()


def health_fault(path: str, status: int, body: bytes) -> str:
    """Return what is wrong with an answer on the server's health, if anything."""
    if status != 200 and not (path == "/-/ready" and status == 503):
        return f"status {status}: {body[:200]!r}"
    if path == "/-/ready":
        try:
            said = json.loads(body)
            if (
                said["ready"] != (status == 200)
                or not said["revision"]
                or not said["reload"]["state"]
            ):
                return f"{status}, and it says {said}"
        except (ValueError, KeyError, TypeError) as error:
            return f"{error!r}: {body[:200]!r}"
    if path == "/-/metrics":
        odd = [
            line
            for line in body.decode().splitlines()
            if not line.startswith("#") and not _METRIC.match(line)
        ]
        if odd or not body:
            return f"no metric: {odd[:1]}"
    return ""


class Gauge(threading.Thread):
    """Measures what the server costs, again and again."""

    def __init__(self, server: Server, over: threading.Event, *, every_s: float = SAMPLE_S) -> None:
        super().__init__(daemon=True)
        self._pid, self._over, self._every_s = server.process.pid, over, every_s
        self.samples: list[Spent] = []

    def run(self) -> None:
        """Measure until told to stop."""
        while not self._over.wait(self._every_s):
            self.samples.append(spent(self._pid))
