"""From a folder to a revision: read, date, reason, store, and only then point to it.

A build works in a directory of its own and gives it the revision's name as its last act but one;
whatever ends it before that leaves the current revision as it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, Store, Triple, serialize

from kgserver.errors import FolderError
from kgserver.files.folder import Folder
from kgserver.files.source import Progress, Source, quiet, read_source
from kgserver.law import timeline, view_at, windows
from kgserver.law.facts import Facts
from kgserver.store.layout import Layout
from kgserver.store.locks import is_in_use, locked
from kgserver.store.revision import (
    MANIFEST,
    STORE,
    Manifest,
    Revision,
    current_name,
    point,
    read_revision,
)
from kgserver.terms import PREFIXES, TYPE, prok

UNFINISHED: Final = ".building-"
CHECKED: Final = prok("checkedUntil")


def default_store(folder: Folder) -> Path:
    """Return where revisions of a folder are kept if nothing else is said.

    In the folder itself under build/kg; in the user's cache if the folder came with the
    installation or cannot be written to.
    """
    if not folder.packaged and os.access(folder.path, os.W_OK):
        return folder.path / "build" / "kg"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = sha256(str(folder.path).encode()).hexdigest()[:8]
    return cache / "kgserver" / f"{folder.path.name}-{place}"


def build(
    folder: Folder,
    store_root: Path | None = None,
    progress: Progress = quiet,
    *,
    today: date | None = None,
) -> Revision:
    """Return the revision of a folder as it is now, built if need be, and make it the current one.

    An unchanged folder is not built again. The revision that was current before is kept, older
    ones are removed. Builds into one store root wait for each other.

    Args:
        today: From the state of this day on each view is one graph; the default is the day it
            is in the folder's time zone.

    Raises:
        KgError: the folder is faulty, or changed during the build; the current revision stays.
    """
    root = store_root or default_store(folder)
    name = folder.digest()
    ready = _ready(root, name)
    if ready and current_name(root) == name:
        return ready
    with _writing(root, progress):
        ready = _made(folder, root, name, progress, today)
        _point(root, name)
    return ready


def built(folder: Folder, store_root: Path | None = None) -> Revision | None:
    """Return the revision of a folder as it is now, if it has been built already."""
    return _ready(store_root or default_store(folder), folder.digest())


def prepare(
    folder: Folder,
    store_root: Path | None = None,
    progress: Progress = quiet,
    today: date | None = None,
) -> Revision:
    """Return the revision of a folder as `build` does, and leave the current one current.

    Who prepares a revision looks at it and then makes it the current one, or does not.
    """
    root = store_root or default_store(folder)
    with _writing(root, progress):
        return _made(folder, root, folder.digest(), progress, today)


def make_current(revision: Revision) -> None:
    """Make a built revision the current one of its store root.

    Raises:
        FolderError: the store root cannot be written to.
    """
    root = revision.path.parent
    with _writing(root, quiet):
        _point(root, revision.path.name)


def export(folder: Folder, at: date) -> str:
    """Return the view of a day as Turtle.

    Raises:
        DateError: the day is before the first legal state.
        KgError: the folder is faulty.
    """
    return _turtle(view_at(read_source(folder).record(), at).triples)


def export_record(folder: Folder) -> str:
    """Return what is stated and derived of all times, without shortcuts, as Turtle.

    Raises:
        KgError: the folder is faulty.
    """
    law = read_source(folder).record()
    return _turtle(law.rules.without_chains().close(law.triples))


def _turtle(triples: Iterable[Triple]) -> str:
    def place(triple: Triple) -> tuple[str, bool, str, str]:
        s, p, o = triple.subject, triple.predicate, triple.object
        return str(s), p != TYPE, str(p), str(o)

    ordered = sorted(triples, key=place)
    return (serialize(ordered, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()


def _ready(root: Path, name: str) -> Revision | None:
    try:
        return read_revision(root / name)
    except FolderError:
        return None


def _sweep(root: Path) -> None:
    """Remove what ended builds left; whoever holds the lock is the only one who builds."""
    for left in root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def _made(
    folder: Folder, root: Path, name: str, progress: Progress, today: date | None
) -> Revision:
    """Return the revision of that name; whoever calls this holds the lock."""
    _sweep(root)
    ready = _ready(root, name)
    return ready or _build(folder, root, name, progress, today or folder.settings.today())


def _point(root: Path, name: str) -> None:
    """Point to a revision and remove old ones; the one before and those in use are kept."""
    before = current_name(root)
    if before == name:
        return
    point(root, name)
    for old in root.iterdir():
        kept = old.name in (name, before) or not (old / MANIFEST).is_file()
        if not kept and not is_in_use(old / STORE):
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _writing(root: Path, progress: Progress) -> Iterator[None]:
    """Be the only one who writes to a store root, which is made if need be.

    Raises:
        FolderError: it cannot be written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with locked(root / ".lock", lambda: progress("Waiting for another build to end")):
            yield
    except OSError as error:
        raise FolderError(
            f"The revision cannot be written: {error}",
            where=str(root),
            hint="Make room there, or name another place with --store",
        ) from None


def _build(folder: Folder, root: Path, name: str, progress: Progress, today: date) -> Revision:
    work = root / f"{UNFINISHED}{os.getpid()}"
    work.mkdir()
    try:
        source = read_source(folder, progress)
        manifest = _fill(work / STORE, source, name, today, progress)
        if Folder(folder.path).digest() != name:
            raise FolderError(
                "The folder changed while it was built",
                where=str(folder.path),
                hint="Build again when the files are at rest",
            )
        (work / MANIFEST).write_text(manifest.to_json(), "utf-8")
        shutil.rmtree(root / name, ignore_errors=True)  # a damaged one, or it would be in use
        os.rename(work, root / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress(f"Built revision {name}: {manifest.counts.stored} triples stored")
    return Revision(root / name, manifest)


def _fill(place: Path, source: Source, name: str, today: date, progress: Progress) -> Manifest:
    """Write every graph into a new store and return what the revision's manifest says."""
    settings = source.folder.settings
    law = source.record()
    progress(f"Reasoning over {len(law.triples)} triples")
    whole = timeline(law)
    layout = Layout(source, whole, today)
    store = Store(str(place))
    store.bulk_extend(layout.quads(progress))
    store.flush()
    checked = Facts(t for t in law.triples if t.predicate == CHECKED)
    days = [day for act in checked.using(CHECKED) for day in checked.dates(act, CHECKED)]
    return Manifest(
        revision=name,
        base=settings.base,
        time_zone=settings.time_zone,
        languages=settings.languages,
        checked_until=min(days, default=None),
        states=layout.states,
        record=layout.record,
        files=tuple(layout.files),
        windows=windows(source.asserted),
        counts=layout.counts(),
    )
