"""One small built folder, asked in the process and over HTTP; and the project's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from folders.made import write_folder
from folders.served import SERVED
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.cli.frame import collect_seldom
from kgserver.files.folder import Folder
from kgserver.files.source import quiet
from kgserver.store.build import default_store
from kgserver.web.app import create_app
from started import started

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 22)

collect_seldom()


@pytest.fixture(scope="session")
def served_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder; tests leave it as it is."""
    return write_folder(tmp_path_factory.mktemp("served"), SERVED)


@pytest.fixture(scope="session")
def served_graph(served_folder: Path) -> Iterator[Graph]:
    """The small folder, open, on a day that stays."""
    with opened(served_folder, None, quiet, workers=2) as graph:
        yield replace(graph, clock=lambda: TODAY)


@pytest.fixture
def client(served_graph: Graph) -> FlaskClient:
    """A client of the application on the small folder."""
    return create_app(Served(served_graph)).test_client()


@pytest.fixture(scope="session")
def server(served_folder: Path, served_graph: Graph) -> Iterator[str]:
    """The address of `kgserver serve` on the small folder, in a process of its own."""
    with started(served_folder) as address:
        yield address


@pytest.fixture(scope="session")
def own_store() -> Path:
    """Where the project's own folder is built: once, for all tests that only ask it."""
    return default_store(Folder(ROOT))


@pytest.fixture(scope="session")
def own_graph(own_store: Path) -> Iterator[Graph]:
    """The project's own folder, open, today."""
    with opened(ROOT, own_store, quiet, workers=2) as graph:
        yield graph


@pytest.fixture
def own_client(own_graph: Graph) -> FlaskClient:
    """A client of the application on the project's own folder."""
    return create_app(Served(own_graph)).test_client()
