"""Work in a process of its own, so that who serves meanwhile is not slowed down.

Such a process ends when the one that started it does, however that ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Final

from kgserver import errors
from kgserver.errors import FolderError, KgError
from kgserver.files.folder import Folder
from kgserver.files.source import quiet
from kgserver.spawn import command
from kgserver.store.build import built, default_store, prepare
from kgserver.store.revision import Revision, read_revision

__all__ = ["prepare_apart", "run_apart"]

_BEGIN: Final = "from kgserver.store.apart import end_with_parent; end_with_parent(); "
_PROGRAM: Final = "from kgserver.store.apart import main; main(*sys.argv[1:])"
_SECONDS: Final = 3600.0


def prepare_apart(
    folder: Folder, store_root: Path | None = None, *, aloud: bool = False
) -> Revision:
    """Return the revision of a folder as it is now, as `prepare` does.

    What building takes of memory is gone with the process that built.

    Args:
        aloud: Whether it tells of its progress on the error stream.

    Raises:
        KgError: what `prepare` raises, in its words.
        FolderError: the process came to no end, or to an unforeseen one.
    """
    if ready := built(folder, store_root):
        return ready
    root = store_root or default_store(folder)
    words = (str(folder.path), str(root), *(("aloud",) if aloud else ()))
    try:
        told = json.loads(run_apart(_PROGRAM, *words, aloud=aloud).stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise FolderError(
            "The build ended without a word", where=str(folder.path), hint="Run `kgserver build`"
        ) from None
    if "code" in told:
        raise _KINDS[told["code"]](told["message"], where=told["where"], hint=told["hint"])
    return read_revision(root / told["revision"])


def run_apart(program: str, *words: str, aloud: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run a program that knows this package and finds the words in `sys.argv`.

    Args:
        aloud: Whether its error stream is ours; else it is part of what is returned.

    Raises:
        OSError: no process could be started.
        TimeoutExpired: it took longer than an hour.
    """
    life, held = os.pipe()  # nobody writes to it; its end is the end of this process
    try:
        return subprocess.run(
            command(_BEGIN + program, *words),
            stdin=life,
            stdout=subprocess.PIPE,
            stderr=None if aloud else subprocess.PIPE,
            timeout=_SECONDS,
            check=False,
        )
    finally:
        os.close(life)
        os.close(held)


def end_with_parent() -> None:
    """End this process as soon as the one that started it by `run_apart` has ended."""

    def wait() -> None:
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


_KINDS: Final = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, KgError)
}
"""Each kind of error by its code, which is what can be handed from process to process."""


def main(folder: str, store_root: str, *words: str) -> None:
    """Prepare, and say on standard output what came of it."""
    progress = partial(print, file=sys.stderr, flush=True) if "aloud" in words else quiet
    try:
        revision = prepare(Folder(Path(folder)), Path(store_root), progress)
        told: dict[str, str | None] = {"revision": revision.path.name}
    except KgError as error:
        parts = {"message": error.message, "where": error.where, "hint": error.hint}
        told = {"code": error.code, **parts}
    print(json.dumps(told))
