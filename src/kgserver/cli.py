"""Commands. Answers go to stdout, talk to stderr; exit codes live here.

Exit 0: well. 1: findings. 2: misuse or unreadable input. 3: could not do the work.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click

from kgserver import __version__, errors, formats
from kgserver.build import build as build_revision
from kgserver.build import export as export_view
from kgserver.build import export_record
from kgserver.config import Settings
from kgserver.engine.dataset import ALL, read_day
from kgserver.engine.question import Answer, Dataset, Question
from kgserver.engine.remote import Remote
from kgserver.errors import KgError, ParameterError
from kgserver.folder import Folder
from kgserver.graph import Graph
from kgserver.library import Asks, Library, NamedQuery
from kgserver.opening import opened
from kgserver.text import describe_text, table_text
from kgserver.things import describe as describe_thing

P = ParamSpec("P")

EXIT: dict[type[KgError], int] = {
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
    errors.QueryTimeout: 3,
    errors.QueryFailed: 3,
    errors.ResultTooLarge: 3,
    errors.RemoteError: 3,
    errors.Busy: 3,
    errors.EngineFailure: 3,
    errors.PortInUse: 3,
}
DATA_FORMATS = [f.name for f in (*formats.SOLUTIONS, *formats.GRAPHS)]


def command(function: Callable[P, int | None]) -> Callable[P, None]:
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


def say(line: str) -> None:
    """Tell of progress, apart from the answer."""
    click.echo(line, err=True)


folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Folder of the graph. [default: here, else the packaged one]",
)
store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    envvar="KGSERVER_STORE",
    help="Where revisions are kept.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Check, reason over and serve a folder of legal knowledge, as of any date."""


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@store_option
@command
def build(folder: Path | None, store: Path | None) -> None:
    """Build FOLDER into a revision; nothing happens where nothing changed."""
    revision = build_revision(Folder.locate(folder), store, say)
    counts = revision.manifest.counts
    click.echo(
        f"{revision.manifest.revision}: {counts.files} files, {counts.asserted} triples, "
        f"{counts.states} states of the law, {counts.stored} triples stored"
    )


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--host", help="Address to listen on. [default: 127.0.0.1; env KGSERVER_HOST]")
@click.option("--port", type=int, help="Port to listen on. [default: 8080; env KGSERVER_PORT]")
@store_option
@command
def serve(folder: Path | None, host: str | None, port: int | None, store: Path | None) -> None:
    """Serve FOLDER over HTTP: SPARQL at /sparql, pages at /."""
    from kgserver.web.serving import serve_graph  # waitress and Flask are slow to import

    settings = Settings.resolve(host=host, port=port, folder=folder, store=store)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with opened(settings.folder, settings.store, say) as graph:
        serve_graph(graph, settings, say)


@main.command()
@click.argument("question")
@click.option(
    "--param",
    "-p",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of a named query.",
)
@click.option("--at", help="Day of the law, YYYY-MM-DD, or `all`. [default: today]")
@click.option(
    "--format", "-f", "format_", type=click.Choice(["table", *DATA_FORMATS]), default="table"
)
@click.option("--endpoint", metavar="URL", help="Ask a remote SPARQL endpoint instead.")
@folder_option
@store_option
@command
def query(
    question: str,
    params: tuple[str, ...],
    at: str | None,
    format_: str,
    endpoint: str | None,
    folder: Path | None,
    store: Path | None,
) -> None:
    """Ask QUESTION: a named query, a file.rq, SPARQL text, or - for stdin."""
    if endpoint:
        click.echo(_asked_remotely(endpoint, question, params, at, format_, folder), nl=False)
        return
    with opened(folder, store, say, workers=1) as graph:
        text, named = _text(question, params, graph.library)
        inspection = graph.inspect(text)
        day = "all" if named and named.asks is Asks.RECORD else at
        dataset = graph.dataset(inspection, at=(day,) if day else ())
        click.echo(_shown(graph.ask(_question(text, dataset, format_)), format_), nl=False)


def _asked_remotely(
    endpoint: str,
    question: str,
    params: tuple[str, ...],
    at: str | None,
    format_: str,
    folder: Path | None,
) -> str:
    library = Library()
    if not (_is_file(question) or _is_text(question)):
        place = Folder.locate(folder)
        library = Library.load(place.path / "queries", languages=place.settings.languages)
    text, named = _text(question, params, library)
    day = "all" if named and named.asks is Asks.RECORD else at
    answer = Remote(endpoint).answer(_question(text, Dataset(at=day), format_))
    return _shown(answer, format_)


def _question(text: str, dataset: Dataset, format_: str) -> Question:
    graphs = [f.name for f in formats.GRAPHS]
    if format_ == "table":
        return Question(text, dataset, "json", "ttl")
    return Question(
        text,
        dataset,
        None if format_ in graphs else format_,
        format_ if format_ in graphs else None,
    )


def _shown(answer: Answer, format_: str) -> str:
    if format_ == "table" and answer.kind != "graph":
        return table_text(answer)
    return answer.body.decode() + ("" if answer.body.endswith(b"\n") else "\n")


def _is_file(question: str) -> bool:
    return question == "-" or question.endswith(".rq")


def _is_text(question: str) -> bool:
    return any(mark in question for mark in "{ \n")


def _text(
    question: str, params: tuple[str, ...], library: Library
) -> tuple[str, NamedQuery | None]:
    """Return the SPARQL of a question, and the named query where it is one."""
    if _is_file(question) or _is_text(question):
        if params:
            raise ParameterError("Only named queries take parameters", where="--param")
        return (_read(question) if _is_file(question) else question), None
    named = library.get(question)
    return named.bind(dict(_pair(param) for param in params)), named


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except OSError as error:
        raise ParameterError(f"The file cannot be read: {error.strerror}", where=name) from None
    except UnicodeDecodeError:
        raise ParameterError("The file is not UTF-8", where=name) from None


def _pair(param: str) -> tuple[str, str]:
    name, equals, value = param.partition("=")
    if not equals:
        raise ParameterError(f"`{param}` is no parameter", where="--param", hint="Write name=value")
    return name, value


@main.command()
@click.option("--topic", help="Only the queries of one topic.")
@click.option("--lang", default="en", help="Language of the questions.")
@folder_option
@command
def queries(topic: str | None, lang: str, folder: Path | None) -> None:
    """List the named queries with their questions and parameters."""
    place = Folder.locate(folder)
    for named in Library.load(place.path / "queries", languages=place.settings.languages):
        if topic in (None, named.topic):
            names = " ".join(f"[{name}]" for name in named.params)
            click.echo(f"{named.full_name} {names}\n    {named.question.get(lang, '')}")


@main.command()
@click.argument("iri")
@click.option("--at", help="Day of the law. [default: today]")
@click.option(
    "--lang", default="en", type=click.Choice(["en", "ru", "kk"]), help="Language of the labels."
)
@folder_option
@store_option
@command
def describe(iri: str, at: str | None, lang: str, folder: Path | None, store: Path | None) -> None:
    """Tell what is known of IRI: what the law says of it, what follows, since when."""
    with opened(folder, store, say, workers=1) as graph:
        click.echo(_described(graph, iri, at, lang), nl=False)


def _described(graph: Graph, iri: str, at: str | None, lang: str) -> str:
    full = graph.settings.base + iri if iri.startswith(("id/", "ns#")) else iri
    view = graph.at(at)
    thing = describe_thing(graph, full, view, lang)
    if thing is None:
        raise errors.NotFound("Nothing is known of this IRI", where=full)
    return describe_text(thing, view.at or "")


@main.command()
@click.option("--at", help="Day of the view, or `all` for the record. [default: today]")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File to write. [default: stdout]"
)
@folder_option
@command
def export(at: str | None, output: Path | None, folder: Path | None) -> None:
    """Write the law of a day as one Turtle file."""
    place = Folder.locate(folder)
    day = read_day(at) if at and at != ALL else place.settings.today()
    text = export_record(place) if at == ALL else export_view(place, day)
    if output:
        output.write_text(text, "utf-8")
    else:
        click.echo(text, nl=False)


@contextmanager
def _checks() -> Iterator[Any]:
    """Import the checks, whose engines are an extra of the package."""
    try:
        from kgserver.check import run
    except ImportError as error:
        raise errors.EngineFailure(
            f"The checks need `{error.name}`", hint="pip install 'kgserver[check]'"
        ) from None
    yield run


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--lang", default="en", help="Language of the messages.")
@click.option("--fail-on", type=click.Choice(["violation", "warning", "info"]), default="violation")
@command
def check(folder: Path | None, format_: str, lang: str, fail_on: str) -> int:
    """Run all rules over ontology, shapes, data and queries of FOLDER."""
    with _checks() as run:
        report = run.check(Folder.locate(folder), say)
        click.echo(report.text(lang) if format_ == "text" else report.json())
        return int(report.exit_code(fail_on))


@main.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--shapes", "-s", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ontology",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Classes and properties the shapes know.",
)
@click.option("--engine", type=click.Choice(["auto", "turbo", "pyshacl"]), default="auto")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--lang", default="en", help="Language of the messages.")
@click.option("--fail-on", type=click.Choice(["violation", "warning", "info"]), default="violation")
@command
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
    with _checks() as run:
        report = run.validate(data, shapes, ontology, engine)
        click.echo(report.text(lang) if format_ == "text" else report.json())
        return int(report.exit_code(fail_on))


__all__ = ["EXIT", "main"]
