"""The command line. Answers go to stdout, talk to stderr; exit codes live here."""

from __future__ import annotations

import click

from kgserver import __version__
from kgserver.cli.asking import describe, queries, query
from kgserver.cli.checking import check, validate
from kgserver.cli.comparing import changes
from kgserver.cli.frame import EXIT
from kgserver.cli.making import build, export
from kgserver.cli.serving import serve

__all__ = ["EXIT", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Check, reason over and serve a folder of legal knowledge, as of any date."""


for _command in (build, changes, check, describe, export, queries, query, serve, validate):
    main.add_command(_command)
