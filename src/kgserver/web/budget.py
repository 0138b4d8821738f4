"""Fair use: each client may use so many seconds of evaluation, and is given them back with time.

What is counted is time, not requests: a thousand look-ups cost less than one cartesian product.
An answer that is remembered, and one that has not changed, cost nothing.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Final

from cachetools import TTLCache

from kgserver.engine.question import Asker
from kgserver.errors import OverBudget

__all__ = ["Accounts", "Client"]

_CLIENTS: Final = 100_000
"""Accounts that are kept; the one that was used longest ago goes first."""
_IPV6_PREFIX: Final = 64
"""One subscriber has a network of that size, so it counts as one client."""
_MOMENT: Final = 0.001
"""Seconds that do not count: who comes back when told must not be late by a rounding."""
_PORT: Final = re.compile(r"\[([^\]]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+")


@dataclass
class _Account:
    balance: float
    at: float


class Accounts:
    """What each client may still use.

    Args:
        seconds: What a client has at first, and at the most.
        per_minute: Seconds that a client is given back in a minute.
        loopback: Whether clients on this machine have accounts too.
    """

    def __init__(
        self,
        seconds: float,
        per_minute: float,
        *,
        loopback: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._rate = per_minute / 60
        self._loopback = loopback
        self._clock = clock
        self._lock = threading.Lock()
        # Who has asked nothing for that long has all of it again, even from deep in debt.
        self._accounts: TTLCache[str, _Account] = TTLCache(
            _CLIENTS, ttl=3 * seconds / self._rate, timer=clock
        )

    def wait(self, client: str) -> float:
        """Return the seconds that a client has to wait until it may ask; mostly 0."""
        with self._lock:
            account = self._accounts.get(client)
            wait = 0.0 if account is None else -self._settled(account) / self._rate
            return wait if wait > _MOMENT else 0.0

    def charge(self, client: str, seconds: float) -> None:
        """Take so many seconds off a client's account; it can fall below nothing."""
        with self._lock:
            account = self._accounts.get(client) or _Account(self._seconds, self._clock())
            account.balance = max(self._settled(account) - seconds, -2 * self._seconds)
            self._accounts[client] = account

    def name(self, address: str) -> str | None:
        """Return under which name the client at an address has its account; None: it has none."""
        if found := _PORT.fullmatch(address):  # some proxies write the port as well
            address = found[1] or found[2]
        try:
            ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
        except ValueError:
            return address
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if ip.is_loopback and not self._loopback:
            return None
        if isinstance(ip, IPv6Address):
            return str(IPv6Network((ip, _IPV6_PREFIX), strict=False))
        return str(ip)

    def _settled(self, account: _Account) -> float:
        now = self._clock()
        account.balance = min(self._seconds, account.balance + (now - account.at) * self._rate)
        account.at = now
        return account.balance


class Client(Asker):
    """The client of one request.

    Args:
        gone: Tells whether it has hung up.
        accounts: Where it pays for evaluation; None: nowhere.
        name: Its account.
    """

    def __init__(
        self, gone: Callable[[], bool], accounts: Accounts | None, name: str | None
    ) -> None:
        self._gone = gone
        self._accounts = accounts if name is not None else None
        self._name = name or ""
        self.seconds = 0.0
        """What this request has cost so far."""

    def gone(self) -> bool:
        """Tell whether the client has hung up."""
        return self._gone()

    def admit(self) -> None:
        """Let a client ask that has not used up its share.

        Raises:
            OverBudget: it has; the hint says when it may ask again.
        """
        if self._accounts and (wait := self._accounts.wait(self._name)) > 0:
            raise OverBudget(
                "Your queries have used up the time that one client may use for now",
                hint=f"Ask again in {ceil(wait)} s, or for less",
                seconds=ceil(wait),
            )

    def charge(self, seconds: float) -> None:
        """Take the cost of an evaluation off the account."""
        self.seconds += seconds
        if self._accounts:
            self._accounts.charge(self._name, seconds)
