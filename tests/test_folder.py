"""The folder: which files belong to it, what is refused, and when it counts as changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import kgserver.files.folder
from folders.made import SMALL, write_folder
from kgserver.errors import FolderError
from kgserver.files.folder import Folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A small folder."""
    return write_folder(tmp_path / "law", SMALL)


def test_the_files_are_found_in_order(place: Path) -> None:
    """Data, shapes and queries at any depth, the ontology at the top; nothing else."""
    extra = {
        "ontology/deep/x.ttl": "",
        "data/.hidden.ttl": "",
        "data/.git/x.ttl": "",
        "data/notes.md": "",
        "data/a/b/c.ttl": "",
        "shapes/x.rq": "",
        "queries/deep/er/q.rq": "",
    }
    folder = Folder(write_folder(place, extra))

    def names(files: tuple[Path, ...]) -> list[str]:
        return [folder.name(file) for file in files]

    assert names(folder.ontology) == ["ontology/law.ttl"]
    assert names(folder.data) == ["data/a/b/c.ttl", "data/acts/constitution.ttl", "data/bodies.ttl"]
    assert names(folder.shapes) == ["shapes/body.ttl"]
    assert names(folder.queries) == ["queries/deep/er/q.rq", "queries/who.rq"]
    assert len(folder.files) == 8 and folder.files[0].name == "kg.toml"


def test_a_file_has_a_graph(place: Path) -> None:
    """By its path without the ending; what an IRI may not hold is percent-encoded."""
    folder = Folder(write_folder(place, {"data/a b/акт.ttl": ""}))
    graphs = [folder.graph(file).value for file in folder.data]

    assert graphs[1] == "https://example.org/law/graph/data/acts/constitution"
    assert graphs[0] == "https://example.org/law/graph/data/a%20b/%D0%B0%D0%BA%D1%82"


def test_what_is_no_folder_of_a_graph_is_refused(tmp_path: Path, place: Path) -> None:
    """Each error says which of the conditions fails, and the cure."""
    (tmp_path / "empty").mkdir()
    bare = write_folder(tmp_path / "bare", {"kg.toml": SMALL["kg.toml"], "data/x.txt": ""})
    for path, wrong in [
        (tmp_path / "nowhere", "does not exist"),
        (place / "kg.toml", "is not a folder"),
        (tmp_path / "empty", "no kg.toml"),
        (bare, "no data"),
    ]:
        with pytest.raises(FolderError, match=wrong) as caught:
            Folder(path)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("data/out.ttl", "outside.ttl"),
        ("data/gone.ttl", "nowhere.ttl"),
        ("data/tree", "law/shapes"),
        ("data/loop", "law/data"),
        ("queries/out", "."),
    ],
)
def test_a_link_that_leads_astray_is_refused(place: Path, link: str, target: str) -> None:
    """Out of the folder, to nothing, or to a folder, which could loop."""
    (place.parent / "outside.ttl").write_text("")
    (place / link).symlink_to(place.parent / target)

    with pytest.raises(FolderError) as caught:
        Folder(place)

    assert caught.value.where == link and "link" in caught.value.message


def test_settings_and_parts_may_not_be_links_out_either(tmp_path: Path, place: Path) -> None:
    """kg.toml and the parts themselves keep the same rule; the folder itself may be a link."""
    (tmp_path / "link").symlink_to(place)
    assert Folder(tmp_path / "link").path == place.resolve()
    for name in ("kg.toml", "ontology"):
        outside = tmp_path / name
        (place / name).rename(outside)
        (place / name).symlink_to(outside)
        with pytest.raises(FolderError, match="link"):
            Folder(place)
        (place / name).unlink()
        outside.rename(place / name)


def test_a_link_to_a_file_of_the_folder_is_kept(place: Path) -> None:
    """It names the file once more."""
    (place / "data/again.ttl").symlink_to(place / "data/bodies.ttl")

    assert len(Folder(place).data) == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read_is_said(place: Path) -> None:
    """A file and a folder without leave to read."""
    (place / "data/bodies.ttl").chmod(0)
    with pytest.raises(FolderError, match="cannot be read"):
        Folder(place).digest()
    (place / "data").chmod(0)
    with pytest.raises(FolderError, match="cannot be read"):
        Folder(place)
    (place / "data").chmod(0o700)


def test_the_digest_changes_with_every_part_and_only_then(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content, names, settings and the layout of revisions count; times do not."""
    seen = [Folder(place).digest()]
    os.utime(place / "data/bodies.ttl", (0, 0))
    (place / "data/notes.md").write_text("not part of the graph")
    assert Folder(place).digest() == seen[0] and len(seen[0]) == 16 and int(seen[0], 16) >= 0

    for name in SMALL:
        (place / name).write_text(SMALL[name] + "\n#", "utf-8")
        seen.append(Folder(place).digest())
    (place / "data/bodies.ttl").rename(place / "data/body.ttl")
    seen.append(Folder(place).digest())
    monkeypatch.setattr(kgserver.files.folder, "builder", lambda: "another program")
    seen.append(Folder(place).digest())

    assert len(set(seen)) == len(seen) == 9


def test_a_move_of_bytes_between_files_is_a_change(place: Path) -> None:
    """The same bytes in the same order, but cut elsewhere, are other files."""
    first, second = place / "data/acts/constitution.ttl", place / "data/bodies.ttl"
    before = Folder(place).digest()
    cut = first.read_bytes()
    first.write_bytes(cut[:-10])
    second.write_bytes(cut[-10:] + second.read_bytes())

    assert Folder(place).digest() != before


def test_the_folder_asked_for_goes_before_the_current_before_the_packaged(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without any of them there is a hint."""
    packaged = write_folder(tmp_path / "packaged", SMALL)
    here = write_folder(tmp_path / "here", SMALL)
    monkeypatch.setattr(kgserver.files.folder, "packaged_path", lambda: packaged)
    monkeypatch.chdir(here)
    assert Folder.locate(place).path == place.resolve()
    assert Folder.locate().path == here.resolve() and not Folder.locate().packaged
    monkeypatch.chdir(tmp_path)
    assert Folder.locate().path == packaged.resolve() and Folder.locate().packaged
    monkeypatch.setattr(kgserver.files.folder, "packaged_path", lambda: tmp_path / "nowhere")
    with pytest.raises(FolderError) as caught:
        Folder.locate()
    assert caught.value.hint and str(tmp_path) in (caught.value.where or "")
