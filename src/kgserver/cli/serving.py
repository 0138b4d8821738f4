"""The command that serves a folder: start, reload, end."""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

import click

from kgserver.answers.graph import Graph
from kgserver.answers.opening import open_revision, read_library
from kgserver.answers.reloading import Reloader
from kgserver.answers.served import Served
from kgserver.cli.frame import EXIT, folder_argument, say, store_option, telling
from kgserver.errors import EngineFailure, FolderError
from kgserver.files.config import Settings
from kgserver.files.folder import Folder
from kgserver.store.apart import prepare_apart, run_apart
from kgserver.store.build import make_current

__all__ = ["serve"]

LOG = logging.getLogger("kgserver.serving")
_CHECK: Final = "from kgserver.cli import main; main(['check', *sys.argv[1:]], 'kgserver')"
_SHOWN: Final = 5
"""Findings of a check that are told when a folder is refused for them."""


@click.command()
@folder_argument
@click.option("--host", help="Address to listen on. [default: 127.0.0.1; env KGSERVER_HOST]")
@click.option("--port", type=int, help="Port to listen on. [default: 8080; env KGSERVER_PORT]")
@store_option
@click.option("--watch", is_flag=True, help="Serve edits of the files as soon as they are built.")
@click.option(
    "--checked", is_flag=True, help="Refuse edits that `kgserver check` finds fault with."
)
@click.option(
    "--public-url", help="Address of the root as clients know it. [env KGSERVER_PUBLIC_URL]"
)
@click.option(
    "--trusted-proxies",
    type=int,
    help="Proxies of yours in front, whose X-Forwarded-For is believed. "
    "[default: 0; env KGSERVER_TRUSTED_PROXIES]",
)
@click.option(
    "--fair-use",
    type=click.Choice(["auto", "on", "off"]),
    help="Limit the evaluation time of each client; auto: but not on this machine. "
    "[default: auto; env KGSERVER_FAIR_USE]",
)
@click.option(
    "--log",
    type=click.Choice(["auto", "json", "off"]),
    help="A line of JSON for each request on the error stream; auto: but not at a terminal. "
    "[default: auto; env KGSERVER_LOG]",
)
@telling
def serve(
    folder: Path | None,
    host: str | None,
    port: int | None,
    store: Path | None,
    watch: bool,
    checked: bool,
    public_url: str | None,
    trusted_proxies: int | None,
    fair_use: str | None,
    log: str | None,
) -> None:
    """Serve FOLDER over HTTP: SPARQL at /sparql, pages at /.

    The signal HUP has the folder built anew and served when it is found good; TERM and INT end
    the server when requests under way are answered.
    """
    # Flask, waitress and their kin are slow to import.
    from kgserver.web.app import create_app
    from kgserver.web.record import log_as_json
    from kgserver.web.serving import Listener

    settings = Settings.resolve(
        host=host,
        port=port,
        folder=folder,
        store=store,
        public_url=public_url,
        trusted_proxies=trusted_proxies,
        fair_use=fair_use,
        log=log,
        terminal=sys.stderr.isatty(),
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Threads are started for what waits there; where they run out, clients are told.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    tell: Callable[[str], None] = _tell
    if settings.log == "json":
        log_as_json()
        LOG.setLevel(logging.INFO)
        tell = LOG.info
    _keep_memory_together()
    place = Folder.locate(settings.folder)
    early: list[bool] = []  # a hang-up while the server starts or ends does not end it
    with (
        _on_hangup(lambda: early.append(True)),
        _ending(_leave),
        closing(_opened(place, settings.store)) as graph,
    ):
        served = Served(graph)
        gate = partial(_check, settings.store) if checked else None
        reloader = Reloader(served, place.path, settings.store, tell, gate=gate, watch=watch)
        listener = Listener(create_app(served, settings), graph, settings)
        try:
            with _ending(listener.end), _on_hangup(reloader.request):
                reloader.start()
                if early:
                    reloader.request()
                if graph.pool and graph.pool.status().network == "open":
                    say("Warning: this system lets no worker cut itself off from the network")
                say(f"Serving at {listener.address} (end with Ctrl-C). {_how(watch)}")
                listener.run(drain_s=served.graph.settings.limits.query_seconds + 1)
        finally:
            reloader.end()
            listener.close()
            served.graph.close()  # another one may have taken the place of the first


def _opened(place: Folder, store: Path | None) -> Graph:
    """Return the folder's graph, open for questions."""
    library = read_library(place)  # faults of which are told before a build is waited for
    revision = prepare_apart(place, store, aloud=True)
    make_current(revision)
    return open_revision(place, revision, library)


def _keep_memory_together() -> None:
    """Have all threads share two arenas, where the system's allocator gives each its own.

    A thread that makes a page now and then would keep the room of its largest one for ever.
    """
    most_arenas = -8
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(most_arenas, 2)


def _how(watch: bool) -> str:
    if watch:
        return "Edits are served when they are built."
    return "Edits are served after a restart, or the signal HUP."


def _check(store: Path | None, folder: Path) -> None:
    """Run all rules in a process of their own.

    Raises:
        FolderError: there are findings, or the rules could not be run.
    """
    try:
        where = () if store is None else ("--store", str(store))
        done = run_apart(_CHECK, str(folder), *where)
        code, told = done.returncode, done.stdout if done.returncode == 1 else done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        code, told = EXIT[EngineFailure], str(error).encode()
    if code:
        lines = told.decode("utf-8", "replace").strip().splitlines()
        found = [line for line in lines if ": violation " in line][:_SHOWN]
        raise FolderError(
            "`kgserver check` is not content: " + "; ".join(found or lines[-_SHOWN:]),
            where=str(folder),
            hint="Run it in the folder, and mend what it finds",
        )


def _tell(line: str) -> None:
    """Tell of progress; where nobody listens any more, that is no reason to stop."""
    with suppress(OSError):
        say(line)


def _leave() -> None:
    raise SystemExit(0)


@contextmanager
def _ending(end: Callable[[], None]) -> Iterator[None]:
    """End on SIGTERM and on SIGINT alike, so that workers are told.

    Both are set, for a shell starts what it puts in the background with SIGINT ignored.
    """
    with _handling(signal.SIGTERM, end), _handling(signal.SIGINT, end):
        yield


def _on_hangup(act: Callable[[], None]) -> AbstractContextManager[None]:
    """Act on SIGHUP, where there is one."""
    number = getattr(signal, "SIGHUP", None)
    return nullcontext() if number is None else _handling(number, act)


@contextmanager
def _handling(number: signal.Signals, act: Callable[[], None]) -> Iterator[None]:
    def handle(_: int, __: FrameType | None) -> None:
        act()

    before = signal.signal(number, handle)
    try:
        yield
    finally:
        signal.signal(number, before)
