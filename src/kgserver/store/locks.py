"""Locks that a process holds on a file or a folder, and that end with the process at the latest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _wait(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)

    @contextmanager
    def in_use(folder: Path) -> Iterator[None]:
        """There a folder with open files cannot be removed anyway."""
        yield

    def is_in_use(folder: Path) -> bool:
        """Tell what trying to remove it will tell."""
        return False
else:
    import fcntl

    def _try(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _wait(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    @contextmanager
    def in_use(folder: Path) -> Iterator[None]:
        """Say to other processes that a folder is in use; any number may.

        Raises:
            OSError: there is no such folder.
        """
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)

    def is_in_use(folder: Path) -> bool:
        """Tell whether a process has said that it uses a folder."""
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                _try(handle)
            except OSError:
                return True
            finally:
                os.close(handle)
        return False


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock on a file, which is made if need be; `waiting` is called if it is taken.

    Raises:
        OSError: the file cannot be made, or the lock cannot be had.
    """
    with path.open("a") as file:
        try:
            _try(file.fileno())
        except OSError:
            waiting()
            _wait(file.fileno())
        yield
