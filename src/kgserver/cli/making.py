"""Commands that make something of a folder: a revision, a served graph, one Turtle file."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from kgserver.answers.opening import opened
from kgserver.cli.frame import at_option, folder_argument, folder_option, say, store_option, telling
from kgserver.engine.dataset import ALL, read_day
from kgserver.errors import ParameterError
from kgserver.files.config import Settings
from kgserver.files.folder import Folder
from kgserver.store.build import build as build_revision
from kgserver.store.build import default_store, export_record
from kgserver.store.build import export as export_view

__all__ = ["build", "export", "serve"]


@click.command()
@folder_argument
@store_option
@telling
def build(folder: Path | None, store: Path | None) -> None:
    """Build FOLDER into a revision; nothing happens where nothing changed."""
    place = Folder.locate(folder)
    kept = _names(store or default_store(place))
    revision = build_revision(place, store, say)
    counts = revision.manifest.counts
    click.echo(
        f"{revision.manifest.revision}: {counts.files} files, {counts.asserted} triples, "
        f"{counts.states} states of the law, {counts.stored} triples stored, "
        f"{revision.size() / 1e6:.1f} MB"
    )
    if revision.manifest.revision not in kept:
        say("not checked: run `kgserver check`")


def _names(root: Path) -> set[str]:
    """Return the names of what is in a directory that need not be there."""
    return {entry.name for entry in root.iterdir()} if root.is_dir() else set()


@click.command()
@folder_argument
@click.option("--host", help="Address to listen on. [default: 127.0.0.1; env KGSERVER_HOST]")
@click.option("--port", type=int, help="Port to listen on. [default: 8080; env KGSERVER_PORT]")
@store_option
@telling
def serve(folder: Path | None, host: str | None, port: int | None, store: Path | None) -> None:
    """Serve FOLDER over HTTP: SPARQL at /sparql, pages at /."""
    from kgserver.web.serving import serve_graph  # waitress and Flask are slow to import

    settings = Settings.resolve(host=host, port=port, folder=folder, store=store)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with _ending_well(), opened(settings.folder, settings.store, say) as graph:
        serve_graph(graph, settings, say)


@contextmanager
def _ending_well() -> Iterator[None]:
    """End on SIGTERM and on SIGINT alike, so that workers are told.

    Both are set, for a shell starts what it puts in the background with SIGINT ignored.
    """

    def end(_: int, __: FrameType | None) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command()
@at_option("Day of the view, `today`, or `all` for the record. [default: today]")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File to write. [default: stdout]"
)
@folder_option
@telling
def export(at: str | None, output: Path | None, folder: Path | None) -> None:
    """Write the law of a day as one Turtle file."""
    day = read_day(at) if at and at != ALL else None
    place = Folder.locate(folder)
    text = export_record(place) if at == ALL else export_view(place, day or place.settings.today())
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise ParameterError(
            f"The file cannot be written: {error.strerror}",
            where=str(output),
            hint="Name another with --output",
        ) from None
