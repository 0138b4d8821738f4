"""The command that compares: what changed between two days."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kgserver import formats
from kgserver.answers.changes import (
    Changes,
    changes_data,
    changes_rdf,
    changes_text,
    known_thing,
    read_period,
)
from kgserver.answers.changes import changes as find_changes
from kgserver.answers.opening import opened
from kgserver.cli.frame import check_language, folder_option, say, store_option, telling

__all__ = ["changes"]

_FORMATS = ["text", "json", *(format_.name for format_ in formats.GRAPHS)]


@click.command()
@click.argument("from", metavar="FROM")
@click.argument("to", metavar="TO")
@click.option("--about", metavar="IRI", help="Only what changed about one body, office or treaty.")
@click.option("--lang", default="en", help="Language of the summary.")
@click.option("--format", "-f", "format_", type=click.Choice(_FORMATS), default="text")
@folder_option
@store_option
@telling
def changes(
    about: str | None,
    lang: str,
    format_: str,
    folder: Path | None,
    store: Path | None,
    **days: str,
) -> None:
    """Tell what changed in the law between the days FROM and TO, and what stayed.

    A day is YYYY-MM-DD or `today`. IRI may be written in full, with a prefix, or from id/ on.
    """
    with opened(folder, store, say, workers=1) as graph:
        check_language(lang, graph.settings.languages)
        period = read_period(graph, days["from"], days["to"], names=("FROM", "TO"))
        subject = known_thing(graph, about, "--about") if about else None
        told = find_changes(graph, period, lang, subject)
        text = _written(told, format_, graph.settings.base, graph.manifest.revision)
    click.echo(text, nl=False)


def _written(told: Changes, format_: str, base: str, revision: str) -> str:
    if format_ == "text":
        return changes_text(told)
    if format_ == "json":
        return json.dumps(changes_data(told, revision), ensure_ascii=False, indent=2) + "\n"
    return changes_rdf(told, base, format_).decode()
