"""The command line: what is asked and answered, what goes where, how each fault ends."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner, Result

from folders.made import HEAD, write_folder
from folders.served import BASE, SERVED
from kgserver import errors
from kgserver.answers.text import interval_text
from kgserver.answers.things import Interval
from kgserver.cli import EXIT, main
from kgserver.errors import KgError
from kgserver.web.problems import STATUS

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-c", "from kgserver.cli import main; main()"]
TEXT = f"SELECT ?to {{ <{BASE}id/office> <https://w3id.org/prok/ns#accountableTo> ?to }}"


def run(*words: str | Path, stdin: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(word) for word in words], input=stdin)


@pytest.fixture
def ask(served_folder: Path, served_graph: object) -> Iterator[object]:
    """Return a function that asks the small folder, which is built already."""
    yield lambda *words, **more: run("query", *words, "--folder", served_folder, **more)


@pytest.mark.parametrize("name", [None, *sorted(main.commands)])
def test_every_command_tells_how_it_is_used(name: str | None) -> None:
    """`--help` ends well, and each option has a word on it."""
    result = run(*([name] if name else []), "--help")

    assert result.exit_code == 0 and "Usage:" in result.stdout and not result.stderr


def test_the_version_is_told() -> None:
    """As packages do."""
    assert re.search(r"\d+\.\d+\.\d+", run("--version").stdout)


def test_a_question_comes_by_name_text_file_or_stdin(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """All four give the President; talk is apart from the answer."""
    file = tmp_path / "question.rq"
    file.write_text(TEXT, "utf-8")

    answers = [ask(TEXT), ask(str(file)), ask("-", stdin=TEXT)]

    assert [a.exit_code for a in answers] == [0, 0, 0], [a.stderr for a in answers]
    assert {a.stdout for a in answers} == {answers[0].stdout}
    assert answers[0].stdout.splitlines()[2:] == [f"{BASE}id/president", "(1 row)"]
    assert "President" in ask("bodies/masters").stdout
    assert "President" in ask("masters").stdout


def test_a_named_question_takes_parameters_and_a_day(ask) -> None:  # type: ignore[no-untyped-def]
    """Each changes the answer as it says."""
    russian = ask("bodies/masters", "-p", "lang=ru", "--at", "2018-01-01")
    late = ask("bodies/masters", "--param", "since=2026-01-01")
    history = ask("bodies/history", "--at", "2018-01-01")

    assert "Парламент" in russian.stdout and "(1 row)" in russian.stdout
    assert "(0 rows)" in late.stdout
    assert "(3 rows)" in history.stdout and "changes nothing" in history.stderr


def test_what_was_asked_is_told_in_one_line(ask) -> None:  # type: ignore[no-untyped-def]
    """Values that were given and values by default, the day, and how far the law is known."""
    told = [
        ask(*words).stderr.splitlines()[0]
        for words in (
            ["masters", "--at", "2018-01-01"],
            ["masters", "--at", "2026-11-22", "-p", "most=3", "--lang", "kk"],
            ["history"],
        )
    ]

    office = f"body = {BASE}id/office (default); since = 1990-01-01 (default)"
    assert told == [
        f"{office}; most = 10 (default); law of 2018-01-01",
        f"{office}; most = 3; lang = kk; law of 2026-11-22; changes looked for until 2026-10-01",
        "the record of all times",
    ]


@pytest.mark.parametrize("form", ["table", "json", "xml", "csv", "tsv"])
def test_a_value_of_which_nothing_is_known_is_told(ask, form: str) -> None:  # type: ignore[no-untyped-def]
    """The answer stays the empty one that it is; the likely value is named where there is one."""
    misspelt = ask("masters", "-p", f"body={BASE}id/ofice", "-f", form)
    alien = ask("masters", "-p", "body=urn:x:nobody", "-f", form)
    known = ask("masters", "-p", f"body={BASE}id/president", "-f", form)

    told = f"Nothing is known of {BASE}id/ofice. Did you mean {BASE}id/office?\n"
    assert misspelt.exit_code == 0 and misspelt.stderr.endswith(told)
    assert form != "table" or "(0 rows)" in misspelt.stdout
    assert alien.stderr.endswith("Nothing is known of urn:x:nobody.\n")
    assert "Nothing is known" not in known.stderr + ask("masters", "-f", form).stderr


def test_the_language_is_a_parameter_too(ask) -> None:  # type: ignore[no-untyped-def]
    """`--lang` fills `lang`; where there is no such parameter it is refused."""
    refusals = [
        ask("history", "--lang", "ru"),
        ask(TEXT, "--lang", "ru"),
        ask("masters", "--lang", "de"),
        ask("masters", "--lang", "ru", "-p", "lang=kk"),
    ]

    assert "Президент" in ask("masters", "--lang", "ru").stdout
    assert [refused.exit_code for refused in refusals] == [2, 2, 2, 2]
    assert all("lang" in refused.stderr and not refused.stdout for refused in refusals)


def test_today_is_a_day(ask, served_folder: Path) -> None:  # type: ignore[no-untyped-def]
    """Wherever a command takes one."""
    assert ask("masters", "--at", "today").output == ask("masters").output
    for command in ("describe", "export"):
        words = [command, *(["id/office"] if command == "describe" else [])]
        today = run(*words, "--at", "today", "--folder", served_folder)
        assert today.exit_code == 0, today.stderr
        assert today.stdout == run(*words, "--folder", served_folder).stdout


def test_every_row_of_a_table_is_aligned(ask) -> None:  # type: ignore[no-untyped-def]
    """A column is as wide as its longest value, however long that is."""
    long = "x" * 150
    text = f'SELECT ?a ?b {{ VALUES (?a ?b) {{ ("{long}" "end") ("short" "end") }} }} ORDER BY ?a'

    lines = ask(text).stdout.splitlines()

    assert {line.index("end") for line in lines[2:4]} == {152}
    assert lines[0].index("b") == lines[1].index(" ") + 2 == 152


FORMATS = {"json": "{", "xml": "<?xml", "csv": "to", "tsv": "?to"}


@pytest.mark.parametrize("name", FORMATS)
def test_rows_come_in_each_format(ask, name: str) -> None:  # type: ignore[no-untyped-def]
    """Nothing but the answer is on stdout."""
    answer = ask(TEXT, "--format", name)

    assert answer.exit_code == 0 and answer.stdout.startswith(FORMATS[name])
    assert f"{BASE}id/president" in answer.stdout


@pytest.mark.parametrize(
    ("name", "parser"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_graphs_come_in_each_format(ask, name: str, parser: str) -> None:  # type: ignore[no-untyped-def]
    """rdflib reads what the command writes; a format for rows is refused with the list."""
    text = TEXT.replace("SELECT ?to {", "CONSTRUCT WHERE {")

    assert len(rdflib.Graph().parse(data=ask(text, "-f", name).stdout, format=parser)) == 1
    assert ask(text, "-f", "csv").exit_code == 2 and "--format" in ask(text, "-f", "csv").stderr
    assert "There are ttl, nt, " in ask(text, "-f", "csv").stderr
    assert "accountableTo" in ask(text).stdout


def test_a_verdict_is_yes_or_no(ask) -> None:  # type: ignore[no-untyped-def]
    """In a table; the formats have their own words."""
    assert ask("ASK { ?s ?p ?o }").stdout == "yes\n"
    assert ask("ASK { <urn:x:a> ?p ?o }").stdout == "no\n"


def test_a_term_that_nothing_declares_is_told(ask) -> None:  # type: ignore[no-untyped-def]
    """The query has its answer, empty as it is; the reason stands beside it, with the cure."""
    told = ask(TEXT.replace("accountableTo", "acountableTo"))

    assert told.exit_code == 0 and "(0 rows)" in told.stdout
    assert "`prok:acountableTo`. Did you mean `prok:accountableTo`?" in told.stderr
    assert not ask(TEXT).stderr


MISUSE: dict[str, tuple[list[str], int, str]] = {
    "unknown query": (["bodies/mastres"], 2, "Did you mean `bodies/masters`?"),
    "unknown parameter": (["bodies/masters", "-p", "boddy=x"], 2, "Did you mean `body`?"),
    "value of the wrong type": (["bodies/masters", "-p", "since=soon"], 2, "YYYY-MM-DD"),
    "no value": (["bodies/masters", "-p", "since"], 2, "name=value"),
    "twice": (["bodies/masters", "-p", "most=1", "-p", "most=2"], 2, "given twice"),
    "parameter of a text": ([TEXT, "-p", "a=b"], 2, "Only named queries"),
    "no file": (["none.rq"], 2, "No such file"),
    "unknown prefix": (["SELECT * { ?s skos:note ?o }"], 2, "line 1, column 15"),
    "syntax": (["SELECT * { ?s ?p }"], 2, "line 1"),
    "another server": (["SELECT * { SERVICE <http://127.0.0.1:9/> {} }"], 2, "SERVICE"),
    "impossible day": ([TEXT, "--at", "2026-02-30"], 2, "no date"),
    "day before all law": ([TEXT, "--at", "1200-01-01"], 2, "first"),
    "endpoint that is none": ([TEXT, "--endpoint", "here"], 2, "address of an endpoint"),
    "endpoint that is away": ([TEXT, "--endpoint", "http://127.0.0.1:9/"], 3, "reached"),
    "unknown format": ([TEXT, "-f", "yaml"], 2, "is not one of"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_told_with_its_cure(ask, name: str) -> None:  # type: ignore[no-untyped-def]
    """On stderr, with the exit code that says whose fault it is; nothing on stdout."""
    words, code, cure = MISUSE[name]

    result = ask(*words)

    assert (result.exit_code, result.stdout) == (code, ""), result.stderr
    assert cure in result.stderr and "Traceback" not in result.output


@pytest.mark.parametrize(
    "words",
    [[TEXT], [TEXT, "--at", "2018-01-01"], ["bodies/masters", "-p", "lang=kk"], ["history"]],
)
def test_an_endpoint_gives_the_same_rows(ask, server: str, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    """Here or over HTTP: the same question, the same answer."""
    here = ask(*words, "--format", "csv")
    there = ask(*words, "--format", "csv", "--endpoint", f"{server}sparql")

    rows = list(csv.reader(io.StringIO(here.stdout)))
    assert there.exit_code == 0, there.stderr
    assert len(rows) > 1 and rows == list(csv.reader(io.StringIO(there.stdout)))


def test_an_endpoints_refusal_is_passed_on(ask, server: str) -> None:  # type: ignore[no-untyped-def]
    """With its own words."""
    result = ask("SELECT * { ?s ?p }", "--endpoint", f"{server}sparql")

    assert result.exit_code == 3 and "400" in result.stderr and "cannot stand here" in result.stderr


@pytest.mark.parametrize("iri", [f"{BASE}id/office", "id/office"])
def test_a_thing_is_described(served_folder: Path, served_graph: object, iri: str) -> None:
    """Name, law of the day, what follows and why, other times, facts."""
    result = run("describe", iri, "--at", "2018-01-01", "--lang", "ru", "--folder", served_folder)

    now, others = result.stdout.split("At other times")
    assert result.exit_code == 0, result.stderr
    assert now.startswith("ведомство\n") and "The law of 2018-01-01\n  правило 2017 года" in now
    assert "because of: правило 2017 года" in now and "правило 1995 года" in others
    assert "in force from 1995-08-30, until 2017-03-14 (first day without effect)" in others


@pytest.mark.parametrize(
    ("iri", "cure"),
    [
        ("id/nobody", "Nothing is known"),
        ("x> ?p ?o } #", "absolute IRI"),
        (f"{BASE}id/a> {{", "holds no blanks"),
        ("nix:a", "No prefix"),
    ],
)
def test_what_cannot_be_described_is_told(
    served_folder: Path, served_graph: object, iri: str, cure: str
) -> None:
    """An IRI is judged before it is put into a query."""
    result = run("describe", iri, "--folder", served_folder)

    assert result.exit_code == 2 and cure in result.stderr


def named(graph: rdflib.Graph) -> set[tuple[rdflib.term.Node, ...]]:
    """Return the triples without blank nodes, whose names say nothing."""
    return {t for t in graph if not any(isinstance(term, rdflib.BNode) for term in t)}


def test_an_export_is_the_view_of_the_day(ask, served_folder: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The file parses, and holds what the engine's view holds; `all` is the record."""
    file = tmp_path / "view.ttl"

    assert run("export", "--at", "2018-01-01", "-o", file, "--folder", served_folder).exit_code == 0
    record = run("export", "--at", "all", "--folder", served_folder)

    graph, view = rdflib.Graph().parse(file), rdflib.Graph()
    every = "CONSTRUCT WHERE { ?s ?p ?o }"
    view.parse(data=ask(every, "--at", "2018-01-01", "-f", "nt").stdout, format="nt")
    told = rdflib.URIRef("https://w3id.org/prok/ns#accountableTo")
    assert named(graph) == named(view) and len(graph) == len(view)
    assert [str(o) for o in graph.objects(None, told)] == [f"{BASE}id/parliament"]
    assert len(rdflib.Graph().parse(data=record.stdout)) > 50
    assert run("export", "--at", "soon", "--folder", served_folder).exit_code == 2
    bad = run("export", "-o", tmp_path / "no" / "x.ttl", "--folder", served_folder)
    assert bad.exit_code == 2 and "cannot be written" in bad.stderr


def test_queries_are_listed(served_folder: Path) -> None:
    """With their question in the language asked for, and each parameter with its default."""
    listed = run("queries", "--folder", served_folder, "--lang", "ru")

    assert (
        f"bodies/masters\n    Начальники?\n    body = {BASE}id/office\n    since = 1990-01-01\n"
        "    most = 10\n    lang = en\n"
    ) in listed.stdout
    assert run("queries", "--folder", served_folder, "--topic", "none").exit_code == 2
    assert run("queries", "--folder", served_folder, "--lang", "de").exit_code == 2


def test_an_unchanged_folder_is_not_built_again(served_folder: Path, served_graph: object) -> None:
    """One line on stdout says what there is."""
    result = run("build", served_folder)

    assert result.exit_code == 0 and not result.stderr
    assert re.fullmatch(r"[0-9a-f]{16}: \d+ files, \d+ triples, \d+ states .*\n", result.stdout)


def test_a_folder_built_anew_is_said_to_be_unchecked(served_folder: Path, tmp_path: Path) -> None:
    """A build judges nothing; the second one did nothing that would have to be judged."""
    builds = [run("build", served_folder, "--store", tmp_path / "new") for _ in range(2)]

    assert builds[0].stderr.endswith("\nnot checked: run `kgserver check`\n")
    assert not builds[1].stderr and builds[0].stdout == builds[1].stdout


def test_a_first_day_that_is_not_known_exactly_is_told_as_the_first() -> None:
    """The window is of the beginning, though the end stands before it."""
    told = interval_text(Interval("1995-08-30", "2017-03-14", False, "1995-01-01", "1995-12-31"))

    assert told.endswith("(the first day is not known exactly: between 1995-01-01 and 1995-12-31)")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_in_the_background_ends_when_told(
    served_folder: Path, served_graph: object, number: signal.Signals
) -> None:
    """A shell starts a background job with SIGINT ignored; the start line says what to expect."""
    words = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *COMMAND, "serve", str(served_folder)]
    with subprocess.Popen([*words, "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if line.startswith("Serving at "))
        process.send_signal(number)
        try:
            code = process.wait(timeout=10)
        finally:
            process.kill()

    assert code == 0 and "Edits are served after a restart" in line


def broken(place: Path, name: str, text: str | None) -> Path:
    """Return a copy of the small folder with one file changed, or taken away."""
    files = {key: value for key, value in SERVED.items() if key != name}
    return write_folder(place, {**files, **({} if text is None else {name: text})})


FAULTS: dict[str, tuple[str, str | None, str]] = {
    "broken Turtle": ("data/odd.ttl", HEAD + ":a :b .\n", "data/odd.ttl:9:7"),
    "unknown prefix": ("data/odd.ttl", HEAD + ":a nix:b :c .\n", "data/odd.ttl:9:4"),
    "impossible date": (
        "data/odd.ttl",
        HEAD + ':a prok:checkedUntil "2026-02-30"^^xsd:date .\n',
        "data/odd.ttl:9",
    ),
    "unknown key": ("kg.toml", SERVED["kg.toml"] + 'time_zon = "UTC"\n', "`time_zone`"),
    "first question that is none": (
        "kg.toml",
        SERVED["kg.toml"].replace("bodies/masters", "bodies/mastres"),
        "Did you mean `bodies/masters`?",
    ),
    "broken query": (
        "queries/bodies/masters.rq",
        SERVED["queries/bodies/masters.rq"].replace("?rule prok:", "?rule prk:"),
        "Did you mean `prok:`?",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_folder_names_file_and_place(tmp_path: Path, name: str) -> None:
    """Exit 2: the reader can mend it; the message says where."""
    file, text, told = FAULTS[name]

    result = run("query", "ASK {}", "--folder", broken(tmp_path, file, text))

    assert result.exit_code == 2 and told in result.stderr, result.stderr
    assert not result.stdout and "Traceback" not in result.output


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    """And one without settings, and one that is not there."""
    write_folder(tmp_path, {"kg.toml": SERVED["kg.toml"]})

    results = [run("build", tmp_path), run("build", tmp_path / "none"), run("build", ROOT / "src")]

    assert [result.exit_code for result in results] == [2, 2, 2]
    assert "holds no data" in results[0].stderr and "does not exist" in results[1].stderr
    assert "kg.toml" in results[2].stderr


VALID = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <https://example.org/> .
:Rule a sh:NodeShape ; sh:targetClass :Body ;
    sh:property [ sh:path :name ; sh:minCount 1 ; sh:message "Name it."@en ] .
"""
JUDGED = {
    "good": ("@prefix : <https://example.org/> .\n:a a :Body ; :name 1 .\n", VALID, 0),
    "bad": ("@prefix : <https://example.org/> .\n:a a :Body .\n", VALID, 1),
    "unreadable": ("@prefix : <https://example.org/> .\n:a a .\n", VALID, 2),
    "broken shapes": (
        "@prefix : <https://example.org/> .\n:a a :Body .\n",
        VALID.replace("sh:path :name", 'sh:path "name"'),
        3,
    ),
}


@pytest.mark.parametrize("name", JUDGED)
def test_validate_ends_with_what_it_found(tmp_path: Path, name: str) -> None:
    """0 clean, 1 findings, 2 unreadable input, 3 shapes that no engine can use."""
    data, shapes, code = JUDGED[name]
    write_folder(tmp_path, {"data.ttl": data, "shapes.ttl": shapes})

    result = run("validate", tmp_path / "data.ttl", "-s", tmp_path / "shapes.ttl")

    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    if code == 1:
        assert "data.ttl:2" in result.stdout and "Name it." in result.stdout
        told = run(
            "validate", tmp_path / "data.ttl", "-s", tmp_path / "shapes.ttl", "--format", "json"
        )
        assert json.loads(told.stdout)


def test_validate_refuses_files_without_shapes(tmp_path: Path) -> None:
    """Nothing checked is no clean bill."""
    write_folder(tmp_path, {"data.ttl": "@prefix : <https://example.org/> .\n:a a :Body .\n"})

    result = run("validate", tmp_path / "data.ttl", "-s", tmp_path / "data.ttl")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "No shape in" in result.stderr and "hint: " in result.stderr


def test_validate_says_when_no_rule_met_anything(tmp_path: Path) -> None:
    """A target that nothing is, is told beside the verdict; one that is met is not."""
    other = VALID.replace(":Body", ":Other")
    data, _, _ = JUDGED["good"]
    write_folder(tmp_path, {"data.ttl": data, "met.ttl": VALID, "other.ttl": other})

    met, missed = (
        run("validate", tmp_path / "data.ttl", "-s", tmp_path / name)
        for name in ("met.ttl", "other.ttl")
    )

    assert met.exit_code == missed.exit_code == 0
    assert "found anything to check" in missed.stdout
    assert "found anything to check" not in met.stdout


def test_validate_takes_any_language_and_check_those_of_the_graph(
    tmp_path: Path, served_folder: Path
) -> None:
    """Shapes of others may speak what they will; the checks of a folder say what they speak."""
    data, _, _ = JUDGED["bad"]
    german = VALID.replace('"Name it."@en', '"Name it."@en , "Benenne es."@de')
    write_folder(tmp_path, {"data.ttl": data, "shapes.ttl": german})
    asked = ["validate", tmp_path / "data.ttl", "-s", tmp_path / "shapes.ttl", "--lang"]

    assert "Benenne es." in run(*asked, "de").stdout
    assert "Benenne es." in run(*asked, "de", "--format", "json").stdout
    assert "Name it." in run(*asked, "fr").stdout
    refused = run("check", served_folder, "--lang", "de")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "`de` is no language of this graph" in refused.stderr


def test_a_broken_shape_is_told_with_its_place(tmp_path: Path) -> None:
    """The line of the part that is wrong, and the name of the shape that has it."""
    broken = VALID.replace("sh:path :name ;", "")
    data, _, _ = JUDGED["good"]
    write_folder(tmp_path, {"data.ttl": data, "shapes.ttl": broken})

    result = run("validate", tmp_path / "data.ttl", "-s", tmp_path / "shapes.ttl")

    assert result.exit_code == 3
    assert re.match(r"shapes\.ttl:\d+: `https://example\.org/\w+` is not", result.stderr)
    assert "no sh:path" in result.stderr


def test_a_port_in_use_is_told(served_folder: Path, served_graph: object) -> None:
    """Exit 3, with the address and the option that helps; in a process of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            [*COMMAND, "serve", str(served_folder), "--port", port],
            capture_output=True,
            text=True,
            timeout=20,
        )

    assert result.returncode == 3 and f"127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words", [["--port", "99999"], ["--port", "x"], ["--host", "no.such.host.invalid"]]
)
def test_an_address_that_is_none_is_told(
    served_folder: Path, served_graph: object, words: list[str]
) -> None:
    """Before anything listens."""
    result = run("serve", served_folder, *words)

    assert result.exit_code in (2, 3) and result.stderr and "Traceback" not in result.output


def test_a_reader_that_had_enough_is_no_fault(served_folder: Path, served_graph: object) -> None:
    """`kgserver query … | head` ends without a trace."""
    words = [*COMMAND, "query", "SELECT * { ?s ?p ?o }", "--folder", str(served_folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()

    assert "Traceback" not in said and process.returncode in (0, 1), said


@pytest.mark.skipif(sys.platform == "win32", reason="no account of children's time")
def test_an_unchanged_folder_answers_at_once(own_store: Path, own_graph: object) -> None:
    """From the start of the program to the answer: 1.5 s of the processor, workers included."""
    import resource

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def cost() -> float:
        before = spent()
        words = ["query", "accountability/to-whom", "--folder", str(ROOT)]
        done = subprocess.run(
            [*COMMAND, *words, "--store", str(own_store)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "President of the Republic" in done.stdout
        assert "Reading" not in done.stderr, "nothing was to be built"
        return spent() - before

    # The best of three: a busy machine makes the same work cost more.
    assert min(cost() for _ in range(3)) <= 1.5


def kinds(parent: type[KgError] = KgError) -> Iterator[type[KgError]]:
    """Yield every kind of error."""
    for kind in parent.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_error_has_a_status_an_exit_code_and_a_line_in_the_manual() -> None:
    """A new class is forgotten nowhere, and codes are not used twice."""
    manual = (ROOT / "docs" / "errors.md").read_text("utf-8")
    ours = {kind for kind in kinds() if kind.__module__ == errors.__name__}

    assert ours == set(EXIT) == set(STATUS) and len(ours) > 20
    assert len({kind.code for kind in ours}) == len(ours)
    assert set(EXIT.values()) <= {2, 3} and set(STATUS.values()) <= {*range(400, 600)}
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}, \d) \|", manual, re.MULTILINE))
    assert listed == {kind.code: f"{STATUS[kind]}, {EXIT[kind]}" for kind in ours}
