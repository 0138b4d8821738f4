"""Clients: most ask and wait for their answers, some ask too much, some go away in the middle."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from bench.soak.exchange import CODINGS, Broken, Call, Hung, Line, Reply, ask_slowly, connect
from bench.soak.judge import Judge, Remembered, Verdict
from bench.soak.known import Known
from bench.soak.ledger import Ledger
from bench.soak.probes import RUNAWAYS, WIDE, Probe

__all__ = ["Client"]

WEIGHTS: Final[Mapping[str, float]] = {
    "lookup": 12,
    "join": 8,
    "aggregate": 5,
    "path": 3,
    "ask": 6,
    "construct": 8,
    "dated": 9,
    "record": 3,
    "named, csv": 10,
    "named, json": 10,
    "page": 12,
    "resource": 6,
    "refused": 5,
    "large": 3,
}
RUNAWAY: Final = 0.10
CUT: Final = 0.06
CONDITIONAL: Final = 0.08
KEPT: Final = 30
"""Answers that a client keeps, to ask whether they still hold."""
HEAD: Final = 0.03
PAUSE_S: Final = 0.1
"""How long a client thinks, in the mean."""
PATIENT: Final = 0.8
"""How many of those who are told to wait some seconds do so."""


class Client(threading.Thread):
    """One client with a connection of its own, which asks until it is told to stop.

    Args:
        chance: What it asks, and how, is drawn from here.
        bound_s: Seconds after which an answer counts as never given.
    """

    def __init__(
        self,
        address: str,
        found: Sequence[Probe],
        judge: Judge,
        known: Known,
        ledger: Ledger,
        over: threading.Event,
        chance: random.Random,
        bound_s: float,
    ) -> None:
        super().__init__(daemon=True)
        self._line = Line(address, bound_s)
        self._judge, self._known, self._ledger = judge, known, ledger
        self._over, self._chance, self._bound_s = over, chance, bound_s
        self._by_kind = {
            kind: [probe for probe in found if probe.kind == kind]
            for kind in sorted({probe.kind for probe in found})
        }
        self._kept: deque[tuple[Probe, Call, Remembered]] = deque(maxlen=KEPT)

    def run(self) -> None:
        """Ask, in turns of every kind, until told to stop."""
        while not self._over.wait(self._chance.expovariate(1 / PAUSE_S)):
            turn = self._chance.random()
            if turn < RUNAWAY:
                self.ask(self._chance.choice(RUNAWAYS), nonce=True)
            elif turn < RUNAWAY + CUT:
                self._chance.choice([self._vanish, self._take_part, self._read_slowly])()
            elif turn < RUNAWAY + CUT + CONDITIONAL and self._kept:
                self._ask_again(*self._chance.choice(self._kept))
            else:
                self.ask(self._any(), nonce=self._chance.random() < 0.4)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def ask(self, probe: Probe, *, nonce: bool = False) -> None:
        """Ask one question in one of the ways in which it can be asked, and note the answer."""
        chance = self._chance
        how = chance.choices(["get", "form", "direct"], [6, 2, 2])[0]
        coding = chance.choice(["identity", *CODINGS, ", ".join(CODINGS)])
        unique = f"{chance.getrandbits(64):x}" if nonce else ""
        call = probe.call(how, nonce=unique, coding=coding)
        if call.method == "GET" and not probe.refusal and chance.random() < HEAD:
            call = replace(call, method="HEAD")
        self._exchange(probe, call)

    def _ask_again(self, probe: Probe, call: Call, kept: Remembered) -> None:
        """Ask whether an answer that is kept still holds."""
        headers = {**call.headers, "If-None-Match": kept.tag}
        self._exchange(probe, replace(call, headers=headers), kept)

    def _exchange(self, probe: Probe, call: Call, kept: Remembered | None = None) -> None:
        since = self._known.confirmed
        try:
            reply = self._line.ask(call)
        except (Hung, Broken) as error:
            self._lost(probe, call, error)
            return
        verdict = self._note(probe, call, reply, since, kept)
        if verdict.outcome == "busy" and not verdict.fault:
            if self._chance.random() < PATIENT:
                self._over.wait(float(reply.headers["retry-after"]))
        elif call.method == "GET" and reply.status == 200 and "etag" in reply.headers:
            revision = reply.headers.get("kg-revision", "")
            self._kept.append((probe, call, Remembered(reply.headers["etag"], revision)))

    def _any(self) -> Probe:
        kinds = list(self._by_kind)
        (kind,) = self._chance.choices(kinds, [WEIGHTS.get(kind, 1) for kind in kinds])
        return self._chance.choice(self._by_kind[kind])

    def _note(
        self,
        probe: Probe,
        call: Call,
        reply: Reply,
        since: int,
        kept: Remembered | None = None,
    ) -> Verdict:
        verdict = self._judge.verdict(probe, call, reply, since, kept)
        self._ledger.note(probe.kind, verdict.outcome, reply.seconds)
        if verdict.fault:
            self._ledger.fault(verdict.fault, f"{probe.kind}, {probe.name}", verdict.why)
        return verdict

    def _lost(self, probe: Probe, call: Call, error: Hung | Broken) -> None:
        fault = "hung" if isinstance(error, Hung) else "broken"
        self._ledger.note(probe.kind, fault)
        self._ledger.fault(fault, f"{probe.kind}, {probe.name}, {call.method}", str(error))

    def _vanish(self) -> None:
        """Ask, or half ask, and go away before the answer can be there."""
        probe = self._chance.choice([*RUNAWAYS, WIDE, self._any()])
        wire = probe.call(nonce=f"{self._chance.getrandbits(64):x}").wire(self._line.host)
        if self._chance.random() < 0.2:
            wire = wire[: self._chance.randrange(1, len(wire))]
        with suppress(OSError), connect(self._line.host, self._bound_s) as bare:
            bare.sendall(wire)
            self._over.wait(self._chance.uniform(0, 1.5))
            self._close(bare)
        self._ledger.note("cut", "went away")

    def _take_part(self) -> None:
        """Read some of a large answer and go away."""
        with suppress(OSError), connect(self._line.host, self._bound_s, receive=8192) as bare:
            bare.sendall(WIDE.call().wire(self._line.host))
            bare.recv(self._chance.randrange(1, 4096))
            self._over.wait(self._chance.uniform(0, 0.5))
            self._close(bare)
        self._ledger.note("cut", "took a part")

    def _read_slowly(self) -> None:
        """Take some seconds to read a large answer, which must come whole all the same."""
        since, call = self._known.confirmed, WIDE.call()
        piece = 1 << self._chance.randrange(13, 17)
        slow = replace(WIDE, kind="slow reader")
        try:
            reply = ask_slowly(
                self._line.host, call, self._bound_s, piece=piece, pause=piece / (1 << 20)
            )
        except (Hung, Broken) as error:
            self._lost(slow, call, error)
            return
        self._note(slow, call, reply, since)

    def _close(self, bare: socket.socket) -> None:
        if self._chance.random() < 0.5:  # a reset, as of a machine that is switched off
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
