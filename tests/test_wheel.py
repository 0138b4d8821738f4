"""The package as strangers get it: a wheel in a clean environment and an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QUERY = (
    "SELECT ?to { <https://w3id.org/prok/id/body/prosecutors-office-kz> "
    "<https://w3id.org/prok/ns#accountableTo> ?to }"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this tree."""
    place = tmp_path_factory.mktemp("dist")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    where = ["--wheel-dir", str(place), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *build, *where], check=True)
    (built,) = place.glob("*.whl")
    return built


def test_the_wheel_carries_the_graph(wheel: Path) -> None:
    """Ontology, shapes, data, queries and settings are inside."""
    names = zipfile.ZipFile(wheel).namelist()

    assert "kgserver/prok/kg.toml" in names
    assert "kgserver/prok/ontology/prok.ttl" in names
    for part, least in (("data", 50), ("shapes", 20), ("queries", 50)):
        assert sum(name.startswith(f"kgserver/prok/{part}/") for name in names) >= least
    assert any(name.endswith("web/templates/thing.html") for name in names)


def test_an_installed_program_answers_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Installed alone, without development groups, in a folder that holds nothing."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    program = home / "bin"
    subprocess.run(
        [program / "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)],
        check=True,
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    surroundings.pop("PYTHONPATH", None)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program / "kgserver", *arguments],
            cwd=empty,
            env=surroundings,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert "serve" in run("--help")
    assert run("query", QUERY, "--format", "csv").split() == [
        "to",
        "https://w3id.org/prok/id/office/president-kz",
    ]
    assert list(empty.iterdir()) == []
