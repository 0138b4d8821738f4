"""Open a folder for questions: build what is not built, start the workers, end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kgserver.answers.graph import Graph
from kgserver.engine.memory import Memory
from kgserver.engine.pool import Pool
from kgserver.errors import QueryNotFound, SettingError
from kgserver.files.config import FILE
from kgserver.files.folder import Folder
from kgserver.library import Library
from kgserver.store.build import build
from kgserver.store.revision import Revision


@contextmanager
def opened(
    folder: Path | None,
    store: Path | None,
    say: Callable[[str], None],
    *,
    workers: int | None = None,
) -> Iterator[Graph]:
    """Yield the folder as a graph that answers; its workers end with the block.

    Args:
        folder: The folder; None: the current one, else the packaged one.
        store: Where revisions are kept; None: the folder's own place.
        workers: How many processes answer; None: what `kg.toml` says.

    Raises:
        KgError: the folder is no graph, or its files have faults.
    """
    place = Folder.locate(folder)
    library = read_library(place)
    graph = open_revision(place, build(place, store, say), library, workers=workers)
    try:
        yield graph
    finally:
        graph.close()


def open_revision(
    place: Folder, revision: Revision, library: Library, *, workers: int | None = None
) -> Graph:
    """Return a built revision of a folder, open for questions; it is to be closed.

    Raises:
        QueryFailed: the store cannot be opened.
    """
    limits = place.settings.limits
    pool = Pool(
        revision.store,
        workers=workers or limits.workers,
        query_seconds=limits.query_seconds,
        queue=limits.queue,
        worker_mib=limits.worker_mib,
        result_bytes=limits.result_mib << 20,
        result_rows=limits.result_rows,
    )
    memory = Memory(pool, limits.cache_mib << 20)
    today = place.settings.today
    return Graph(place.settings, revision.manifest, library, memory, today, pool, memory)


def read_library(place: Folder) -> Library:
    """Return the queries of a folder.

    Raises:
        LibraryError: a file is not well-formed.
        SettingError: the question of the start page is none of them.
    """
    library = Library.load(place.path / "queries", languages=place.settings.languages)
    _check_first_question(place.settings.first_question, library)
    return library


def _check_first_question(name: str | None, library: Library) -> None:
    """Find a start page that would have no answer to show before anyone sees it."""
    if name is None:
        return
    try:
        library.get(name)
    except QueryNotFound as error:
        raise SettingError(
            f"`first_question` is no query of the library: `{name}`", where=FILE, hint=error.hint
        ) from None
