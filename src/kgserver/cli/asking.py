"""Commands that ask: a query, the list of named queries, what is known of one thing."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kgserver import formats
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.spelling import undeclared
from kgserver.answers.text import describe_text, table_text
from kgserver.answers.things import describe as describe_thing
from kgserver.cli.frame import folder_option, say, store_option, telling
from kgserver.engine.dataset import ALL
from kgserver.engine.question import Answer, Dataset, Question
from kgserver.engine.remote import Remote
from kgserver.errors import NotFound, ParameterError
from kgserver.files.folder import Folder
from kgserver.library import Asks, Library, NamedQuery, ParamType
from kgserver.library.parameters import Declaration

__all__ = ["describe", "queries", "query"]

GRAPH_FORMATS = [format_.name for format_ in formats.GRAPHS]
_IRI = Declaration("IRI", ParamType.IRI, label={}, description={}, languages=(), line=0)
FORMATS = ["table", *(format_.name for format_ in formats.SOLUTIONS), *GRAPH_FORMATS]


@click.command()
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
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), default="table")
@click.option("--endpoint", metavar="URL", help="Ask a remote SPARQL endpoint instead.")
@folder_option
@store_option
@telling
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
        text, day = _text(question, params, at, _library_for(question, folder))
        answer = Remote(endpoint).answer(_question(text, Dataset(at=day), format_))
    else:
        with opened(folder, store, say, workers=1) as graph:
            text, day = _text(question, params, at, graph.library)
            dataset = graph.dataset(graph.inspect(text), at=(day,) if day else ())
            answer = graph.ask(_question(text, dataset, format_))
            for fault in undeclared(graph, text):
                say(fault)
    click.echo(_shown(answer, format_), nl=False)


@click.command()
@click.option("--topic", help="Only the queries of one topic.")
@click.option("--lang", default="en", help="Language of the questions.")
@folder_option
@telling
def queries(topic: str | None, lang: str, folder: Path | None) -> None:
    """List the named queries with their questions and parameters."""
    place = Folder.locate(folder)
    _check_language(lang, place.settings.languages)
    library = Library.load(place.path / "queries", languages=place.settings.languages)
    topics = list(dict.fromkeys(named.topic for named in library))
    if topic not in (None, *topics):
        raise ParameterError(
            f"There is no topic `{topic}`", where="--topic", hint=f"Known: {', '.join(topics)}"
        )
    for named in library:
        if topic in (None, named.topic):
            names = "".join(f" [{name}]" for name in named.params)
            click.echo(f"{named.full_name}{names}\n    {named.question[lang]}")


@click.command()
@click.argument("iri")
@click.option("--at", help="Day of the law, or `all`. [default: today]")
@click.option("--lang", default="en", help="Language of the labels.")
@folder_option
@store_option
@telling
def describe(iri: str, at: str | None, lang: str, folder: Path | None, store: Path | None) -> None:
    """Tell what is known of IRI: what the law says of it, what follows, since when.

    IRI may be written in full, with a prefix (id:…, prok:…), or from id/ on.
    """
    with opened(folder, store, say, workers=1) as graph:
        _check_language(lang, graph.settings.languages)
        click.echo(_described(graph, iri, at, lang), nl=False)


def _described(graph: Graph, iri: str, at: str | None, lang: str) -> str:
    full = graph.settings.base + iri if iri.startswith(("id/", "ns#")) else iri
    full = _IRI.read(full).value
    view = graph.at(at)
    thing = describe_thing(graph, full, view, lang)
    if thing is None:
        raise NotFound("Nothing is known of this IRI", where=full)
    return describe_text(thing, "all times" if view.at == ALL else str(view.at))


def _check_language(lang: str, languages: tuple[str, ...]) -> None:
    if lang not in languages:
        raise ParameterError(
            f"`{lang}` is no language of this graph",
            where="--lang",
            hint=f"Give one of {', '.join(languages)}",
        )


def _text(
    question: str, params: tuple[str, ...], at: str | None, library: Library
) -> tuple[str, str | None]:
    """Return the SPARQL of a question, and the day to ask it of."""
    if not _is_named(question):
        if params:
            raise ParameterError("Only named queries take parameters", where="--param")
        return (_read(question) if _is_file(question) else question), at
    named: NamedQuery = library.get(question)
    text = named.bind(_pairs(params))
    if named.asks is not Asks.RECORD:
        return text, at
    if at not in (None, ALL):
        say(f"{named.full_name} asks the record of all times: --at {at} changes nothing")
    return text, ALL


def _is_named(question: str) -> bool:
    return not _is_file(question) and not any(mark in question for mark in "{ \n")


def _is_file(question: str) -> bool:
    return question == "-" or question.endswith(".rq")


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except OSError as error:
        raise ParameterError(f"The file cannot be read: {error.strerror}", where=name) from None
    except UnicodeDecodeError:
        raise ParameterError("The file is not UTF-8", where=name) from None


def _pairs(params: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise ParameterError(
                f"`{param}` is no parameter", where="--param", hint="Write name=value"
            )
        if name in pairs:
            raise ParameterError(f"`{name}` is given twice", where="--param", hint="Give it once")
        pairs[name] = value
    return pairs


def _library_for(question: str, folder: Path | None) -> Library:
    """Return the library if the question needs one: a remote endpoint needs no folder."""
    if not _is_named(question):
        return Library()
    place = Folder.locate(folder)
    return Library.load(place.path / "queries", languages=place.settings.languages)


def _question(text: str, dataset: Dataset, format_: str) -> Question:
    if format_ == "table":
        return Question(text, dataset, "json", "ttl")
    is_graph = format_ in GRAPH_FORMATS
    return Question(text, dataset, None if is_graph else format_, format_ if is_graph else None)


def _shown(answer: Answer, format_: str) -> str:
    if format_ == "table" and answer.kind != "graph":
        return table_text(answer)
    return answer.body.decode() + ("" if answer.body.endswith(b"\n") else "\n")
