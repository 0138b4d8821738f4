"""The whole run: learn what is right, make trouble, and judge what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing

from bench.soak.clients import Client
from bench.soak.ending import count, finish, memory, settle
from bench.soak.ground import Ground
from bench.soak.learning import compare, learn, prove
from bench.soak.server import Server, Spent, spent
from bench.soak.stage import Options, Report, Stage
from bench.soak.trouble import Editor, Killer
from bench.soak.watch import Gauge, Pulse

__all__ = ["soak"]


def soak(options: Options, say: Callable[[str], None]) -> Report:
    """Run, and return what came of it.

    Raises:
        Ununderstood: before any trouble an answer was an error, or two answers to one question
            differed, or another generation did not answer as it should.
    """
    ground = Ground(options.folder, options.place / "folder", options.query_seconds)
    say(f"Building {len(ground.folder.files)} files and starting the server")
    chosen = ["--log", "json", *(["--watch"] if options.reload == "watch" else [])]
    server = Server(ground.path, options.place / "store", options.place / "log", chosen)
    try:
        stage = Stage(options, ground, server, say)
        with closing(_editor(stage)) as editor:
            _prepare(stage, editor)
            before = spent(server.process.pid)
            samples = _trouble(stage, editor)
        settle(stage, before)
        memory(stage, samples)
        finish(stage)
        count(stage, samples, editor.seconds)
        return stage.report
    finally:
        server.kill()


def _editor(stage: Stage) -> Editor:
    options = stage.options
    return Editor(
        stage.server,
        stage.ground,
        stage.known,
        stage.ledger,
        stage.edits_over,
        stage.chance("editor"),
        pause_s=options.edit_s,
        bound_s=stage.bound_s,
        watched=options.reload == "watch",
    )


def _prepare(stage: Stage, editor: Editor) -> None:
    """Learn what is right in three generations."""
    stage.known.announce(stage.ground.folder.digest(), 0)
    stage.known.confirm()
    learn(stage, 0, times=2)
    if stage.options.reload != "none":
        editor.better()
        learn(stage, 1)
        compare(stage)
        editor.better()
        prove(stage)


def _trouble(stage: Stage, editor: Editor) -> Sequence[Spent]:
    """Run the clients and all that happens to the server meanwhile."""
    options = stage.options
    stage.say(f"{options.clients} clients for {options.seconds:g} s, seed {options.seed}")
    gauge = Gauge(stage.server, stage.over, every_s=min(0.5, options.seconds / 20))
    clients = [
        Client(
            stage.server.address,
            stage.probes,
            stage.judge,
            stage.known,
            stage.ledger,
            stage.over,
            stage.chance(f"client {number}"),
            stage.bound_s,
        )
        for number in range(options.clients)
    ]
    killer = Killer(stage.server, stage.ledger, stage.over, stage.chance("killer"), options.kill_s)
    pulse = Pulse(stage.server, stage.ledger, stage.over, stage.bound_s)
    edits = [editor] if options.reload != "none" else []
    for thread in (gauge, *clients, killer, pulse, *edits):
        thread.start()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end and stage.server.process.poll() is None:
        time.sleep(0.1)
    # The last reload ends under load too: what was spoilt is mended.
    stage.edits_over.set()
    for thread in edits:
        thread.join()
    stage.over.set()
    for client in clients:
        client.join(stage.bound_s + 5)
        if client.is_alive():
            stage.ledger.fault("hung", "client", "it did not come to its end")
    for thread in (killer, pulse, gauge):
        thread.join(stage.bound_s + 5)
    return gauge.samples
