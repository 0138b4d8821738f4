"""Builds: what a revision holds, and that nothing that goes wrong harms the current one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

import kgserver.files.folder
import kgserver.store.apart
import kgserver.store.build
from folders.made import BASE, SMALL, large, write_folder
from kgserver.errors import DataSyntaxError, DateError, FolderError, KgError
from kgserver.files.folder import Folder
from kgserver.files.source import read_source
from kgserver.law import timeline, view_at
from kgserver.store.apart import prepare_apart
from kgserver.store.build import (
    build,
    default_store,
    export,
    export_record,
    make_current,
    prepare,
)
from kgserver.store.locks import in_use, is_in_use
from kgserver.store.revision import (
    Manifest,
    Revision,
    current,
    current_name,
    point,
    read_revision,
)

TODAY = date(2026, 11, 22)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A small folder."""
    return write_folder(tmp_path / "law", SMALL)


def make(place: Path, root: Path | None = None) -> Revision:
    """Build a folder as of a fixed day."""
    return build(Folder(place), root, today=TODAY)


def masters(revision: Revision, day: date) -> list[str]:
    """Ask a built revision to whom anybody was accountable on a day."""
    graphs = [NamedNode(graph) for graph in revision.manifest.state_at(day).graphs]
    rows = Store.read_only(str(revision.store)).query(
        "SELECT ?to WHERE { ?body <https://w3id.org/prok/ns#accountableTo> ?to }",
        default_graph=graphs,
        named_graphs=[],
    )
    return [row["to"].value.rsplit("/", 1)[-1] for row in rows]


def test_a_revision_answers_as_of_a_day(place: Path) -> None:
    """Shortcuts follow the law of each day, from dates that each event stated once."""
    revision = make(place)

    assert masters(revision, date(1995, 8, 30)) == masters(revision, date(2017, 3, 13))
    assert masters(revision, date(2017, 3, 13)) == ["president"]
    assert masters(revision, date(2017, 3, 14)) == ["parliament"]
    assert masters(revision, date(2026, 6, 30)) == ["parliament"]
    assert masters(revision, TODAY) == []
    with pytest.raises(DateError):
        revision.manifest.state_at(date(1995, 8, 29))


def test_the_manifest_says_what_there_is(place: Path) -> None:
    """States join without a gap; each of these few is one graph."""
    revision = make(place)
    manifest = revision.manifest
    graphs = f"{BASE}graph/"

    assert manifest.revision == Folder(place).digest() == revision.path.name
    assert (manifest.base, manifest.time_zone) == (BASE, "Asia/Almaty")
    assert manifest.checked_until == date(2026, 10, 1)
    assert [(s.first, s.until, s.graphs) for s in manifest.states] == [
        (date(1995, 8, 30), date(2017, 3, 14), (f"{graphs}view/1995-08-30",)),
        (date(2017, 3, 14), date(2026, 7, 1), (f"{graphs}view/2017-03-14",)),
        (date(2026, 7, 1), None, (f"{graphs}view/2026-07-01",)),
    ]
    assert manifest.record == f"{graphs}record"
    assert manifest.files == tuple(
        graphs + name for name in ("ontology/law", "data/acts/constitution", "data/bodies")
    )
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert json.loads(manifest.to_json())["states"][2]["until"] is None


def test_the_counts_are_those_of_the_store(place: Path) -> None:
    """Each number in the manifest can be counted in the store or the files."""
    revision = make(place)
    store, counts = Store.read_only(str(revision.store)), revision.manifest.counts
    source = read_source(Folder(place))

    def size(*graphs: str) -> int:
        return sum(
            1 for g in graphs for _ in store.quads_for_pattern(None, None, None, NamedNode(g))
        )

    assert counts.stored == len(store)
    assert (counts.files, counts.states) == (3, 3)
    assert counts.asserted == len(set(source.asserted)) == size(*revision.manifest.files)
    assert counts.derived == len(source.derived) == 10
    assert counts.record == size(revision.manifest.record) > counts.asserted + counts.derived
    assert counts.timeless == len(timeline(source.record()).timeless) > 0
    assert counts.views == {
        state.first.isoformat(): size(*state.graphs) for state in revision.manifest.states
    }


@pytest.mark.parametrize("today", [date(1990, 1, 1), date(2005, 1, 1), TODAY, date(2099, 1, 1)])
def test_every_view_in_the_store_is_the_view_by_definition(tmp_path: Path, today: date) -> None:
    """In each state, for whatever today, the graphs share no triple and make up the view."""
    folder = Folder(write_folder(tmp_path, large(assertions=12, days=30)))
    revision = build(folder, today=today)
    store, law = Store.read_only(str(revision.store)), read_source(folder).record()

    assert {len(s.graphs) for s in revision.manifest.states} <= {1, 2}
    for state in revision.manifest.states:
        held = Counter(
            quad.triple
            for graph in state.graphs
            for quad in store.quads_for_pattern(None, None, None, NamedNode(graph))
        )
        assert set(held.values()) == {1}
        assert held.keys() == view_at(law, state.first).triples
        if state.until is None or state.until > today:
            assert len(state.graphs) == 1


def test_the_record_and_the_files_are_graphs_of_their_own(place: Path) -> None:
    """The record holds all times and no shortcut; a file's graph holds what the file asserts."""
    revision, source = make(place), read_source(Folder(place))
    store = Store.read_only(str(revision.store))

    def triples(graph: str) -> set[object]:
        return {q.triple for q in store.quads_for_pattern(None, None, None, NamedNode(graph))}

    law = source.record()
    assert triples(revision.manifest.record) == set(law.rules.without_chains().close(law.triples))
    for graph, file in zip(revision.manifest.files, source.ontology + source.data, strict=True):
        assert triples(graph) == {at.triple for at in file.triples}


def test_an_unchanged_folder_is_not_built_again(place: Path) -> None:
    """The same revision comes back at once, nothing is written, nothing is said."""
    first = make(place)
    written = (first.path / "manifest.json").stat().st_mtime_ns
    said: list[str] = []

    assert build(Folder(place), progress=said.append) == first and not said
    assert (first.path / "manifest.json").stat().st_mtime_ns == written
    assert current(default_store(Folder(place))) == first


def test_progress_is_told(place: Path) -> None:
    """Each stage says itself, the last with the revision's name."""
    said: list[str] = []
    revision = build(Folder(place), progress=said.append)

    assert len(said) >= 5 and revision.manifest.revision in said[-1]


def test_the_current_and_the_previous_revision_are_kept(place: Path) -> None:
    """Workers of the previous one may still answer; older ones go; a way back builds nothing."""
    root = default_store(Folder(place))
    names = []
    for n in range(3):
        (place / "data/more.ttl").write_text(f"<http://x/{n}> a <http://x/c> .")
        names.append(make(place).manifest.revision)
        kept = {path.name for path in root.iterdir() if (path / "manifest.json").exists()}
        assert kept == set(names[-2:])
        assert current(root) == read_revision(root / names[-1])
    (place / "data/more.ttl").write_text("<http://x/1> a <http://x/c> .")
    made = (root / names[1] / "manifest.json").stat().st_mtime_ns

    assert make(place).manifest.revision == names[1]
    assert (root / names[1] / "manifest.json").stat().st_mtime_ns == made
    assert {p.name for p in root.iterdir() if p.is_dir()} == {names[1], names[2]}


def test_what_is_prepared_is_not_current_before_it_is_made_so(place: Path) -> None:
    """Who prepares looks at it first; what was current before is kept until the next one."""
    first, root = make(place), default_store(Folder(place))
    names = [first.path.name]
    for n in range(2):
        (place / "data/more.ttl").write_text(f"<http://x/{n}> a <http://x/c> .")
        ready = prepare(Folder(place))
        names.append(ready.path.name)
        assert current_name(root) == names[-2]
        assert prepare(Folder(place)) == ready == read_revision(root / names[-1])
        make_current(ready)
        assert current_name(root) == names[-1]

    assert {path.name for path in root.iterdir() if path.is_dir()} == set(names[1:])


def test_a_revision_is_kept_as_long_as_it_is_used(place: Path) -> None:
    """However many builds come meanwhile; the next one after that removes it."""
    first = make(place)
    with in_use(first.store), in_use(first.store):
        for n in range(3):
            (place / "data/more.ttl").write_text(f"<http://x/{n}> a <http://x/c> .")
            make(place)
        assert read_revision(first.path) == first
        assert masters(first, date(2000, 1, 1)) == ["president"]
        assert len(list(first.path.parent.glob("*/manifest.json"))) == 3
    (place / "data/more.ttl").unlink()
    (place / "data/other.ttl").write_text("<http://x/a> a <http://x/c> .")
    make(place)

    assert not first.path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there its open files keep a folder")
def test_use_ends_with_its_last_user(tmp_path: Path) -> None:
    """Whoever looks in between disturbs nobody; what is not there is not used."""
    assert not is_in_use(tmp_path)
    with in_use(tmp_path):
        with in_use(tmp_path):
            assert is_in_use(tmp_path)
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path) and not is_in_use(tmp_path / "none")
    with pytest.raises(OSError), in_use(tmp_path / "none"):
        pass


def test_what_is_prepared_apart_is_what_a_build_makes(place: Path) -> None:
    """By another process, in the same place; nothing becomes current by it."""
    first, root = make(place), default_store(Folder(place))
    (place / "data/more.ttl").write_text("<http://x/a> a <http://x/c> .")
    ready = prepare_apart(Folder(place))

    assert current_name(root) == first.path.name != ready.path.name
    assert make(place) == ready


FAULTS = {
    "no Turtle": ("data/bodies.ttl", ":a :b"),
    "no Turtle in a shape": ("shapes/body.ttl", ":a :b"),
    "an impossible date": (
        "data/bodies.ttl",
        '<http://x/a> <http://x/b> "2017-02-30"^^<http://www.w3.org/2001/XMLSchema#date> .',
    ),
    "another meaning of a prefix": (
        "data/bodies.ttl",
        "@prefix prok: <http://x/> . prok:a a prok:b .",
    ),
    "a chain over a nameless inverse": (
        "ontology/law.ttl",
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "<http://x/p> owl:propertyChainAxiom ( [ owl:inverseOf <http://x/q> ] <http://x/r> ) .",
    ),
}


@pytest.mark.parametrize(("name", "text"), FAULTS.values(), ids=FAULTS.keys())
def test_bad_files_leave_the_current_revision_as_it_is(place: Path, name: str, text: str) -> None:
    """The build fails with the file's fault, and nothing of it stays."""
    first = make(place)
    (place / name).write_text(text)
    with pytest.raises(KgError):
        make(place)

    root = default_store(Folder(place))
    assert current(root) == first and masters(first, date(2000, 1, 1)) == ["president"]
    assert {p.name for p in root.iterdir()} == {"current", ".lock", first.path.name}


@pytest.mark.parametrize("fault", ["no Turtle", "another meaning of a prefix"])
def test_a_fault_is_told_in_the_same_words_from_another_process(place: Path, fault: str) -> None:
    """Its kind, its place and its cure come over whole."""
    name, text = FAULTS[fault]
    (place / name).write_text(text)
    with pytest.raises(KgError) as here:
        make(place)
    with pytest.raises(KgError) as there:
        prepare_apart(Folder(place))

    assert (type(there.value), str(there.value)) == (type(here.value), str(here.value))
    assert there.value.where and there.value.where.startswith(f"{name}:")


def test_a_build_that_says_nothing_is_told_as_such(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should its process die, that is an error of the folder's build, and no riddle."""
    monkeypatch.setattr(kgserver.store.apart, "_PROGRAM", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(FolderError, match="without a word"):
        prepare_apart(Folder(place))


def test_a_folder_that_changes_during_its_build_is_refused(place: Path) -> None:
    """The revision's name would lie about what is in it."""

    def meddle(said: str) -> None:
        if said.startswith("Reasoning"):
            (place / "data/new.ttl").write_text("<http://x/a> a <http://x/b> .")

    with pytest.raises(FolderError, match="changed"):
        build(Folder(place), progress=meddle)

    assert current(default_store(Folder(place))) is None


def other_build(place: Path, root: Path) -> subprocess.Popen[str]:
    """Start a build in a process of its own; its progress comes line by line."""
    code = (
        "import sys; from pathlib import Path\n"
        "from kgserver.store.build import build; from kgserver.files.folder import Folder\n"
        "tell = lambda said: print(said, flush=True)\n"
        "print(build(Folder(Path(sys.argv[1])), Path(sys.argv[2]), tell).path, flush=True)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(place), str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_killed_build_leaves_the_current_revision_and_is_swept_away(
    place: Path, tmp_path: Path
) -> None:
    """Killed while it stores: the old revision answers, and the next build removes the rest."""
    root = tmp_path / "store"
    first = make(place, root)
    write_folder(place, large(assertions=400, days=60))
    process = other_build(place, root)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Storing"):
            break
    process.kill()
    assert process.wait() != 0
    process.stdout.close()

    left = [path.name for path in root.iterdir() if path.name.startswith(".building")]
    assert len(left) == 1
    assert current(root) == first and masters(first, date(2000, 1, 1)) == ["president"]
    second = make(write_folder(place, SMALL | {"data/more.ttl": SMALL["data/bodies.ttl"]}), root)
    assert current(root) == second != first
    assert not list(root.glob(".building*"))


def test_builds_of_one_folder_wait_for_each_other(place: Path, tmp_path: Path) -> None:
    """Of two at once one builds, and both have the same revision."""
    write_folder(place, large(assertions=100, days=30))
    both = [other_build(place, tmp_path / "store") for _ in range(2)]
    said = [process.communicate()[0].splitlines() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert said[0][-1] == said[1][-1]
    assert sum(any(line.startswith("Built") for line in lines) for lines in said) == 1


def test_a_damaged_revision_is_built_again(place: Path) -> None:
    """Without its manifest it is none; the pointer alone does not make it one."""
    first = make(place)
    (first.path / "manifest.json").write_text("{}")
    with pytest.raises(FolderError, match="no whole revision"):
        current(first.path.parent)

    assert make(place) == first and current(first.path.parent) == first


def test_where_nothing_was_built_nothing_is_current(tmp_path: Path) -> None:
    """No pointer is no error; a pointer to nowhere is."""
    assert current(tmp_path / "none") is None
    point(tmp_path, "0123456789abcdef")
    with pytest.raises(FolderError):
        current(tmp_path)


def test_a_store_that_cannot_be_written_is_an_error_of_the_folder(place: Path) -> None:
    """With the place and what to do."""
    with pytest.raises(FolderError, match="cannot be written") as caught:
        make(place, place / "kg.toml" / "kg")

    assert "--store" in (caught.value.hint or "")


def test_revisions_are_kept_in_the_folder_or_in_the_cache(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the cache if the folder came with the installation, or may not be written to."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = Folder(place)
    assert default_store(folder) == place.resolve() / "build/kg"
    monkeypatch.setattr(kgserver.files.folder, "packaged_path", lambda: place)
    cached = default_store(folder)
    assert cached.parent == tmp_path / "cache/kgserver" and cached.name.startswith("law-")
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(kgserver.store.build.os, "access", lambda *_: False)
    assert default_store(folder) == Path.home() / ".cache/kgserver" / cached.name


def test_without_a_horizon_none_is_claimed(place: Path) -> None:
    """Where no act says until when it was checked, the manifest says nothing."""
    for name in ("data/bodies.ttl", "data/acts/constitution.ttl"):
        text = SMALL[name].replace("prok:checkedUntil", "prok:adoptedOn")
        (place / name).write_text(text, "utf-8")

    assert make(place).manifest.checked_until is None
    assert '"checked_until": null' in make(place).manifest.to_json()


def test_an_export_is_the_view_and_can_be_read_again(place: Path) -> None:
    """Turtle with the common prefixes, the same at each call; also the record."""
    folder, day = Folder(place), date(2000, 1, 1)
    text = export(folder, day)

    def triples(turtle: str) -> set[object]:
        return {quad.triple for quad in parse(turtle.encode(), format=RdfFormat.TURTLE)}

    law = read_source(folder).record()
    assert triples(text) == view_at(law, day).triples
    assert text == export(folder, day)
    assert "@prefix prok:" in text and "prok:accountableTo" in text
    assert triples(export_record(folder)) == set(law.rules.without_chains().close(law.triples))
    with pytest.raises(DateError):
        export(folder, date(1900, 1, 1))


def test_the_same_triple_in_two_files_counts_once(place: Path) -> None:
    """In a view it stands once; in each file's graph it stands too."""
    (place / "data/again.ttl").write_text(SMALL["data/bodies.ttl"], "utf-8")
    revision = make(place)
    store = Store.read_only(str(revision.store))
    quads = [
        q
        for q in store
        if isinstance(q, Quad)
        and q.predicate.value.endswith("partOf")
        and "system" in str(q.object)
    ]

    assert Counter(q.graph_name.value.removeprefix(f"{BASE}graph/") for q in quads) == {
        "view/1995-08-30": 1, "view/2017-03-14": 1, "view/2026-07-01": 1,
        "record": 1, "data/bodies": 1, "data/again": 1,
    }  # fmt: skip


def test_a_syntax_error_is_placed_in_its_file(place: Path) -> None:
    """By the file's path in the folder."""
    (place / "data/acts/constitution.ttl").write_text("@prefix : <http://x/> .\n:a :b foo:c .")
    with pytest.raises(DataSyntaxError) as caught:
        make(place)

    assert caught.value.where == "data/acts/constitution.ttl:2:7"


def test_fifteen_thousand_triples_in_sixty_states_build_well_within_the_limit(
    tmp_path: Path,
) -> None:
    """The limit for a build is 15 seconds of processor time; this leaves slower machines room."""
    folder = Folder(write_folder(tmp_path, large(assertions=600, days=60)))
    start = time.process_time()
    manifest = build(folder, today=TODAY).manifest
    spent = time.process_time() - start

    assert manifest.counts.asserted > 15_000 and manifest.counts.states >= 55
    assert spent < 10
