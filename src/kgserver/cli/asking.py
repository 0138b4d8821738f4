"""Commands that ask: a query, the list of named queries, what is known of one thing."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from kgserver import formats
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.spelling import undeclared
from kgserver.answers.text import asked_text, describe_text, is_empty, table_text
from kgserver.answers.things import describe as describe_thing
from kgserver.answers.things import thing_iri
from kgserver.answers.unknown import unknown_values
from kgserver.answers.windows import window_text, windows_at
from kgserver.cli.frame import at_option, check_language, folder_option, say, store_option, telling
from kgserver.engine.dataset import ALL
from kgserver.engine.question import Answer, Dataset, Question
from kgserver.engine.remote import Remote
from kgserver.errors import NotFound, ParameterError
from kgserver.files.folder import Folder
from kgserver.library import Asks, Library, NamedQuery
from kgserver.near import harmless
from kgserver.terms import shorten

__all__ = ["describe", "queries", "query"]

GRAPH_FORMATS = [format_.name for format_ in formats.GRAPHS]
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
@at_option("Day of the law, YYYY-MM-DD, `today` or `all`. [default: today]")
@click.option("--lang", help="The parameter `lang` of a named query.")
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), default="table")
@click.option("--endpoint", metavar="URL", help="Ask a remote SPARQL endpoint instead.")
@folder_option
@store_option
@telling
def query(
    question: str,
    params: tuple[str, ...],
    at: str | None,
    lang: str | None,
    format_: str,
    endpoint: str | None,
    folder: Path | None,
    store: Path | None,
) -> None:
    """Ask QUESTION: a named query, a file.rq, SPARQL text, or - for stdin."""
    given = _given(question, params, lang)
    if endpoint:
        named = _named(question, _library_for(question, folder))
        given = _on(named, given, at, date.today())
        text, day = _text(question, named, given, at)
        answer = Remote(endpoint).answer(_question(text, Dataset(at=day), format_))
        if named:
            say(asked_text(named, given, day or "today"))
    else:
        with opened(folder, store, say, workers=1) as graph:
            named = _named(question, graph.library)
            given = _on(named, given, at, graph.clock())
            text, day = _text(question, named, given, at)
            dataset = graph.dataset(graph.inspect(text), at=(day,) if day else ())
            answer = graph.ask(_question(text, dataset, format_)).loaded()
            if named:
                say(asked_text(named, given, str(dataset.at), graph.manifest.checked_until))
            _tell_windows(graph, dataset, lang)
            unknown = unknown_values(graph, named, given) if named and is_empty(answer) else []
            for fault in (*undeclared(graph, text), *unknown):
                say(str(fault))
    click.echo(_shown(answer, format_), nl=False)


@click.command()
@click.option("--topic", help="Only the queries of one topic.")
@click.option("--lang", default="en", help="Language of the questions.")
@folder_option
@telling
def queries(topic: str | None, lang: str, folder: Path | None) -> None:
    """List the named queries: the question, and each parameter with its default."""
    place = Folder.locate(folder)
    check_language(lang, place.settings.languages)
    library = Library.load(place.path / "queries", languages=place.settings.languages)
    topics = list(dict.fromkeys(named.topic for named in library))
    if topic not in (None, *topics):
        raise ParameterError(
            f"There is no topic `{topic}`", where="--topic", hint=f"Known: {', '.join(topics)}"
        )
    for named in library:
        if topic in (None, named.topic):
            click.echo(f"{named.full_name}\n    {named.question[lang]}")
            for name, parameter in named.params.items():
                click.echo(f"    {name} = {harmless(shorten(parameter.default.value))}")


@click.command()
@click.argument("iri")
@at_option("Day of the law, YYYY-MM-DD, `today` or `all`. [default: today]")
@click.option("--lang", default="en", help="Language of the labels.")
@folder_option
@store_option
@telling
def describe(iri: str, at: str | None, lang: str, folder: Path | None, store: Path | None) -> None:
    """Tell what is known of IRI: what the law says of it, what follows, since when.

    IRI may be written in full, with a prefix (id:…, prok:…), or from id/ on.
    """
    with opened(folder, store, say, workers=1) as graph:
        check_language(lang, graph.settings.languages)
        text = _described(graph, iri, at, lang)
        _tell_windows(graph, graph.at(at), lang)
        click.echo(text, nl=False)


def _tell_windows(graph: Graph, view: Dataset, lang: str | None) -> None:
    for window in windows_at(graph, view):
        say(window_text(window, str(view.at), lang or "en"))


def _described(graph: Graph, iri: str, at: str | None, lang: str) -> str:
    full = thing_iri(graph, iri, "IRI")
    view = graph.at(at)
    thing = describe_thing(graph, full, view, lang)
    if thing is None:
        raise NotFound("Nothing is known of this IRI", where=full)
    return describe_text(thing, "all times" if view.at == ALL else str(view.at))


def _named(question: str, library: Library) -> NamedQuery | None:
    """Return the query that a question names, if it names one."""
    return library.get(question) if _is_named(question) else None


def _on(
    named: NamedQuery | None, given: dict[str, str], at: str | None, today: date
) -> dict[str, str]:
    """Return the parameters with the day asked, where a query of the record takes it as one."""
    if named is None:
        return given
    day = today.isoformat() if at is None or at == ALL else at
    return named.on(day, given)


def _text(
    question: str, named: NamedQuery | None, given: dict[str, str], at: str | None
) -> tuple[str, str | None]:
    """Return the SPARQL of a question and the day to ask it of."""
    if named is None:
        return (_read(question) if _is_file(question) else question), at
    text = named.bind(given)
    if named.asks is not Asks.RECORD:
        return text, at
    if at not in (None, ALL) and not named.of_a_day:
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


def _given(question: str, params: tuple[str, ...], lang: str | None) -> dict[str, str]:
    """Return the values given for parameters, `--lang` among them."""
    if not _is_named(question) and (params or lang):
        where = "--param" if params else "--lang"
        raise ParameterError("Only named queries take parameters", where=where)
    return _pairs((*params, f"lang={lang}") if lang else params)


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
        return Question(text, dataset, "json", "ttl", chosen_by="--format")
    is_graph = format_ in GRAPH_FORMATS
    return Question(
        text,
        dataset,
        None if is_graph else format_,
        format_ if is_graph else None,
        chosen_by="--format",
    )


def _shown(answer: Answer, format_: str) -> str:
    if format_ == "table" and answer.kind != "graph":
        return table_text(answer)
    body = answer.whole().decode()
    return body if body.endswith("\n") else f"{body}\n"
