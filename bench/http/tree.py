"""CPU time of a process and of all that descend from it.

The tree is read from /proc. What a living process has used is asked of its CPU clock, which
counts the same user and system time as /proc/PID/stat, in nanoseconds and not in hundredths of a
second; what ended children had used comes from /proc/PID/stat of their parent. Needs Linux.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Spent:
    """CPU seconds of a process itself, and of all below it."""

    own: float
    below: float

    @property
    def all(self) -> float:
        """The whole tree."""
        return self.own + self.below

    def since(self, before: Spent) -> Spent:
        """Return what was spent from then to now."""
        return Spent(self.own - before.own, self.below - before.below)

    def by(self, count: int) -> Spent:
        """Return the share of one among so many."""
        return Spent(self.own / count, self.below / count)

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return what a tree has used since it began.

        Raises:
            ProcessLookupError: there is no such process.
        """
        fields = _stats()
        if pid not in fields:
            raise ProcessLookupError(f"Process {pid} is gone")
        members = _members(pid, fields)
        used = {member: _seconds(member) for member in members}
        ended = sum(sum(map(int, fields[member][13:15])) * _TICK for member in members)
        return cls(used[pid], sum(used.values()) - used[pid] + ended)


def members(pid: int) -> list[int]:
    """Return the processes of a tree, the given one first."""
    return _members(pid, _stats())


def resident_mb(pid: int) -> float:
    """Return the memory that a process holds, in megabytes; 0 if it is gone."""
    try:
        pages = int((_PROC / str(pid) / "statm").read_text("utf-8").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _members(pid: int, fields: dict[int, list[str]]) -> list[int]:
    below = defaultdict(list)
    for child, stat in fields.items():
        below[int(stat[1])].append(child)
    found = [pid]
    for member in found:  # grows meanwhile: those below come behind those above
        found += below[member]
    return found


def _stats() -> dict[int, list[str]]:
    """Return the fields of each process behind its name, which may hold anything: state, parent…"""
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("utf-8", "replace")
            except OSError:
                continue  # ended meanwhile
            found[int(entry.name)] = stat.rpartition(")")[2].split()
    return found


def _seconds(pid: int) -> float:
    """Return what a process has used, threads that ended included; 0 if it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the number that clock_getcpuclockid gives
    except OSError:
        return 0.0
