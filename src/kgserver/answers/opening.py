"""Open a folder for questions: build what is not built, start the workers, end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kgserver.answers.graph import Graph
from kgserver.engine.pool import Pool
from kgserver.errors import QueryNotFound, SettingError
from kgserver.files.config import FILE
from kgserver.files.folder import Folder
from kgserver.library import Library
from kgserver.store.build import build


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
    library = Library.load(place.path / "queries", languages=place.settings.languages)
    _check_first_question(place.settings.first_question, library)
    revision = build(place, store, say)
    limits = place.settings.limits
    pool = Pool(
        revision.store,
        workers=workers or limits.workers,
        query_seconds=limits.query_seconds,
        queue=limits.queue,
        worker_mib=limits.worker_mib,
        result_bytes=limits.result_mib * 1024 * 1024,
    )
    try:
        yield Graph(place.settings, revision.manifest, library, pool, place.settings.today)
    finally:
        pool.close()


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
