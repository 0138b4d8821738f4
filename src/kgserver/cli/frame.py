"""What all commands share: exit codes, how errors are told, and the options of a folder.

Exit 0: well. 1: findings. 2: misuse or unreadable input. 3: could not do the work.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import click

from kgserver import errors
from kgserver.errors import KgError

__all__ = [
    "EXIT",
    "at_option",
    "check_language",
    "collect_seldom",
    "folder_argument",
    "folder_option",
    "say",
    "store_option",
    "telling",
]

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., object])

EXIT: Final[dict[type[KgError], int]] = {
    errors.FolderError: 2,
    errors.SettingError: 2,
    errors.DataSyntaxError: 2,
    errors.VocabularyError: 2,
    errors.LibraryError: 2,
    errors.DateError: 2,
    errors.ParameterError: 2,
    errors.QuerySyntaxError: 2,
    errors.QueryTooComplex: 2,
    errors.QueryRefused: 2,
    errors.QueryNotFound: 2,
    errors.UnknownGraph: 2,
    errors.NotFound: 2,
    errors.NotAcceptable: 2,
    errors.TooLarge: 2,
    errors.UnsupportedMediaType: 2,
    errors.OverBudget: 3,
    errors.Abandoned: 3,
    errors.QueryTimeout: 3,
    errors.QueryFailed: 3,
    errors.ResultTooLarge: 3,
    errors.RemoteError: 3,
    errors.Busy: 3,
    errors.EngineFailure: 3,
    errors.PortInUse: 3,
}

folder_argument = click.argument("folder", required=False, type=click.Path(path_type=Path))
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Folder of the graph. [default: here, else the packaged one]",
)
store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    envvar="KGSERVER_STORE",
    help="Where revisions are kept. [env KGSERVER_STORE]",
)


def at_option(text: str) -> Callable[[F], F]:
    """Return the option `--at`; `today` is what no day means too, wherever the asked one is.

    It may stand once: a second day would silently be the answer to another question.
    """

    def day(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> str | None:
        if len(values) > 1:
            raise click.UsageError("--at is there more than once. Ask one day at a time.")
        return None if not values or values[0] == "today" else values[0]

    return click.option("--at", multiple=True, callback=day, metavar="DAY", help=text)


def telling(function: Callable[P, int | None]) -> Callable[P, None]:
    """Run a command; tell an error in its own words and leave with its exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs) or 0
        except KgError as error:
            click.echo(str(error), err=True)
            code = EXIT[type(error)]
        except BrokenPipeError:
            code = 0  # the reader of our output had enough
            sys.stderr.close()
        raise SystemExit(code)

    return run


def collect_seldom() -> None:
    """Look for garbage seldom: what a command reads of a folder stays until it ends.

    A third of the time of reading a folder went into looking through what is still in use.
    """
    gc.set_threshold(50_000, 20, 100)


def say(line: str) -> None:
    """Tell of progress, apart from the answer."""
    click.echo(line, err=True)


def check_language(lang: str, languages: tuple[str, ...]) -> None:
    """Raise a ParameterError where the graph has no such language."""
    if lang not in languages:
        raise errors.ParameterError(
            f"`{lang}` is no language of this graph",
            where="--lang",
            hint=f"Give one of {', '.join(languages)}",
        )
