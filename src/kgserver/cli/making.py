"""Commands that make something of a folder: a revision, one Turtle file."""

from __future__ import annotations

from pathlib import Path

import click

from kgserver.cli.frame import (
    at_option,
    collect_seldom,
    folder_argument,
    folder_option,
    say,
    store_option,
    telling,
)
from kgserver.engine.dataset import ALL, read_day
from kgserver.errors import ParameterError
from kgserver.files.folder import Folder
from kgserver.store.build import build as build_revision
from kgserver.store.build import default_store, export_record
from kgserver.store.build import export as export_view

__all__ = ["build", "export"]


@click.command()
@folder_argument
@store_option
@telling
def build(folder: Path | None, store: Path | None) -> None:
    """Build FOLDER into a revision; nothing happens where nothing changed."""
    collect_seldom()
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
