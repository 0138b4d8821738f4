"""The server as a process: started, asked how it is, told to reload and to end; its costs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.soak.exchange import Broken, Call, Line

__all__ = ["Member", "Server", "Spent", "is_builder", "is_worker", "spent", "tree"]

_SERVING: Final = re.compile(r"Serving at (http://[^/\s]+)/")
_START_SECONDS: Final = 300.0
_WORKER: Final = re.compile(r"engine[./]worker")
_BUILDER: Final = re.compile(r"store[./]apart")
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Member:
    """A process of the server's tree."""

    pid: int
    parent: int
    command: str
    seconds: float
    """CPU of itself and of its ended children."""

    @property
    def mib(self) -> float:
        """Its memory, what it shares with others divided among them; 0 if it is gone."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) / 1024
        return 0.0


@dataclass(frozen=True)
class Spent:
    """What the tree of a server costs at one moment: MiB by part, CPU seconds, open files."""

    server: float
    workers: float
    builder: float
    seconds: float
    files: int


class Server:
    """`kgserver serve` on a folder, in a process of its own, its words in a file."""

    def __init__(self, folder: Path, store: Path, log: Path, options: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "kgserver", "serve", str(folder), "--port", "0"]
        command += ["--store", str(store), *options]
        self.log: Final = log
        with log.open("wb") as words:
            self.process: Final = subprocess.Popen(command, stderr=words, stdout=words)
        self.address: Final = self._address()

    def _address(self) -> str:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            found = _SERVING.search(self.words())
            if found:
                return found[1]
            time.sleep(0.1)
        self.kill()
        raise SystemExit(f"The server did not begin to serve:\n{self.words()[-2000:]}")

    def words(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text("utf-8", "replace")

    def ready(self, line: Line) -> dict[str, Any] | None:
        """Return what `/-/ready` says, or None where it cannot say it just now.

        Raises:
            Broken, Hung: as for any request.
        """
        reply = line.ask(Call("GET", "/-/ready"))
        try:
            said: object = json.loads(reply.body)
        except ValueError:
            raise Broken(f"/-/ready is no JSON: {reply.raw[:200]!r}") from None
        return said if isinstance(said, dict) and "workers" in said else None

    def hang_up(self) -> None:
        """Tell it to reload."""
        self.process.send_signal(signal.SIGHUP)

    def end(self, seconds: float) -> int | None:
        """Tell it to end, and return its exit status; None if it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float) -> int | None:
        """Wait for its end, and return its exit status; None if it had to be killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self) -> None:
        """End it and what it has started, at once."""
        members = list(tree(self.process.pid))
        for member in members:
            with suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)
        self.process.wait()

    def workers(self) -> list[Member]:
        """Return the processes that answer."""
        return [member for member in tree(self.process.pid) if is_worker(member)]


def is_worker(member: Member) -> bool:
    """Tell whether a process answers queries."""
    return _WORKER.search(member.command) is not None


def is_builder(member: Member) -> bool:
    """Tell whether a process builds a revision for the server."""
    return _BUILDER.search(member.command) is not None


def tree(root: int) -> Iterator[Member]:
    """Yield a process and all below it."""
    members = {member.pid: member for member in _members()}
    wanted = {root}
    for pid, member in members.items():
        above = [pid]
        while (parent := members.get(above[-1])) and parent.parent in members:
            above.append(parent.parent)
        if root in above:
            wanted.add(pid)
            yield member


def spent(root: int) -> Spent:
    """Return what the tree of a server costs."""
    members = list(tree(root))
    server = [member for member in members if member.pid == root]
    workers = [member for member in members if is_worker(member)]
    others = [member for member in members if member.pid != root and not is_worker(member)]
    files = 0
    with suppress(OSError):
        files = len(os.listdir(f"/proc/{root}/fd"))
    return Spent(
        server=sum(member.mib for member in server),
        workers=sum(member.mib for member in workers),
        builder=sum(member.mib for member in others),
        seconds=sum(member.seconds for member in members),
        files=files,
    )


def _members() -> Iterator[Member]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_text().replace("\0", " ")
                ticks = sum(map(int, stat[11:15]))
                yield Member(int(entry.name), int(stat[1]), command, ticks / TICKS)
