"""Commands that judge: a whole folder, or any Turtle files against any shapes."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click

from kgserver.cli.frame import (
    check_language,
    collect_seldom,
    folder_argument,
    say,
    store_option,
    telling,
)
from kgserver.errors import EngineFailure
from kgserver.files.folder import Folder

__all__ = ["check", "validate"]

_format = click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
_lang = click.option("--lang", default="en", help="Language of the messages.")
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    help="Least severity that makes the command exit with 1. [default: violation]",
)


@click.command()
@folder_argument
@_format
@_lang
@_fail_on
@click.option(
    "--entailments",
    is_flag=True,
    help="Also compare with HermiT what the rule engine derives in each legal state (minutes).",
)
@store_option
@telling
def check(
    folder: Path | None,
    format_: str,
    lang: str,
    fail_on: str,
    entailments: bool,
    store: Path | None,
) -> int:
    """Run all rules over ontology, shapes, data and queries of FOLDER."""
    place = Folder.locate(folder)
    check_language(lang, place.settings.languages)
    collect_seldom()
    report = _checks().check(place, say, store=store, entailments=entailments)
    click.echo(report.text(lang) if format_ == "text" else report.json(lang))
    return int(report.exit_code(fail_on))


@click.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--shapes", "-s", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ontology",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Classes and properties the shapes know.",
)
@click.option("--engine", type=click.Choice(["auto", "turbo", "pyshacl"]), default="auto")
@_format
@_lang
@_fail_on
@telling
def validate(
    data: tuple[Path, ...],
    shapes: tuple[Path, ...],
    ontology: tuple[Path, ...],
    engine: str,
    format_: str,
    lang: str,
    fail_on: str,
) -> int:
    """Validate any Turtle files or folders against SHACL shapes."""
    report = _checks().validate(data, shapes, ontology, engine)
    click.echo(report.text(lang) if format_ == "text" else report.json(lang))
    return int(report.exit_code(fail_on))


def _checks() -> ModuleType:
    """Import the checks, whose engines are an extra of the package."""
    try:
        from kgserver.check import run
    except ImportError as error:
        raise EngineFailure(
            f"The checks need `{error.name}`", hint="pip install 'kgserver[check]'"
        ) from None
    return run
