"""Serving what the folder says now, in place of what it said before.

A new revision is built apart, opened, and asked every question of the library; only then does it
take the place of the old one. If anything is wrong, the old one goes on being served, and why is
told where it can be asked (`Served.news`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from kgserver.answers.graph import Graph
from kgserver.answers.opening import open_revision, read_library
from kgserver.answers.served import Served
from kgserver.engine.question import Question
from kgserver.errors import Busy, FolderError, KgError, QueryFailed, QueryTimeout
from kgserver.files.folder import Folder
from kgserver.store.apart import prepare_apart
from kgserver.store.build import make_current

__all__ = ["Reloader"]

LOG = logging.getLogger("kgserver.reloading")
_LOOK_SECONDS: Final = 1.0
"""How often a watched folder is looked at; it must be at rest for as long before it is built."""

Stamp = frozenset[tuple[str, int, int]]


class Reloader:
    """Reloads a folder when told to, or when its files change; one reload at a time.

    Args:
        served: Where the graph stands that is served.
        folder: The folder that it came from.
        store: Where revisions are kept; None: the folder's own place.
        gate: What else must be true of the folder; it raises a KgError where it is not.
        watch: Whether to look for changed files.
        say: Is told of each step.
    """

    def __init__(
        self,
        served: Served,
        folder: Path,
        store: Path | None,
        say: Callable[[str], None],
        *,
        gate: Callable[[Path], None] | None = None,
        watch: bool = False,
    ) -> None:
        self._served = served
        self._folder = folder
        self._store = store
        self._say = say
        self._gate = gate
        self._watch = watch
        self._requests: SimpleQueue[None] = SimpleQueue()
        self._ended = False

    def start(self) -> None:
        """Begin to wait for what there is to do, in a thread of its own."""
        threading.Thread(target=self._run, name="reloader", daemon=True).start()

    def request(self) -> None:
        """Have the folder reloaded soon; safe in a signal handler that interrupts another."""
        self._requests.put(None)

    def end(self) -> None:
        """Begin no further reload."""
        self._ended = True
        self.request()

    def reload(self) -> None:
        """Reload once, now: serve the new revision, or tell why the old one stays."""
        self._served.tell("building")
        try:
            fresh = self._opened()
        except KgError as error:
            self._refuse(str(error))
        except Exception:
            LOG.exception("fault at a reload")
            self._refuse("The server made a mistake, which it has logged")
        else:
            if fresh is not None:
                self._served.replace(fresh)
            self._served.tell("served")
            now = f"Serving revision {fresh.manifest.revision}" if fresh else "Nothing has changed"
            self._say(now)

    def _refuse(self, why: str) -> None:
        self._served.tell("refused", why)
        self._say(f"Not reloaded, the old revision is still served. {why}")

    def _run(self) -> None:
        seen = self._stamp() if self._is_served() else frozenset()
        while not self._ended:
            if not self._told(_LOOK_SECONDS if self._watch else None):
                if (stamp := self._stamp()) == seen:
                    continue
                seen = self._rested(stamp)
            if not self._ended:
                self.reload()

    def _rested(self, stamp: Stamp) -> Stamp:
        """Return the stamp that the folder has when it has not changed for a while."""
        while not self._told(_LOOK_SECONDS) and (later := self._stamp()) != stamp:
            stamp = later
        return stamp

    def _is_served(self) -> bool:
        """Tell whether what is served is what the folder says: it may be edited while we start."""
        with suppress(KgError):
            return Folder(self._folder).digest() == self._served.graph.manifest.revision
        return False

    def _told(self, seconds: float | None) -> bool:
        """Wait until a reload is requested, for so many seconds; tell whether it is."""
        try:
            self._requests.get(timeout=seconds)
        except Empty:
            return False
        while not self._requests.empty():  # one reload will do for all of them
            self._requests.get()
        return True

    def _stamp(self) -> Stamp:
        """Return what tells whether a file has changed, without reading it."""
        names = ("kg.toml", "ontology/*.ttl", "data/**/*.ttl", "shapes/**/*.ttl", "queries/**/*.rq")
        found = set()
        try:
            for path in (path for name in names for path in self._folder.glob(name)):
                with suppress(OSError):  # an editor's lock, which is a link to nothing
                    stat = path.stat()
                    found.add((str(path), stat.st_mtime_ns, stat.st_size))
        except OSError:
            return frozenset()  # a folder went away meanwhile; the next look will tell
        return frozenset(found)

    def _opened(self) -> Graph | None:
        """Return the folder's graph as it is now, open and asked; None if it is served already.

        Raises:
            KgError: something is wrong with it.
        """
        name = Folder(self._folder).digest()
        place = Folder(self._folder)
        library = read_library(place)
        revision = prepare_apart(place, self._store)
        if revision.manifest.revision == self._served.graph.manifest.revision:
            return None
        if self._gate:
            self._gate(place.path)
        # All that was read in between is then of one moment: settings, queries and revision.
        if not name == revision.manifest.revision == Folder(self._folder).digest():
            raise FolderError(
                "The folder changed while it was built, or the program since it was started",
                where=str(place.path),
                hint="Reload again when the files are at rest; start an upgraded program again",
            )
        graph = open_revision(place, revision, library)
        try:
            _try_out(graph)
            make_current(revision)
        except BaseException:
            graph.close()
            raise
        return graph


def _try_out(graph: Graph) -> None:
    """Ask each question of the library; raise the error that one of them meets.

    That one takes its time is no fault of the folder: the machine may have other work.
    """
    for named in graph.library:
        question = Question(named.bind({}), graph.dataset_of(named, None))
        try:
            _ask_twice(graph, question)
        except (QueryTimeout, Busy):
            continue
        except KgError as error:
            raise type(error)(error.message, where=named.path, hint=error.hint) from None


def _ask_twice(graph: Graph, question: Question) -> None:
    """Ask, and once more if the worker dies: that may not have been for the question."""
    try:
        graph.ask(question).loaded()
    except QueryFailed:
        graph.ask(question).loaded()
