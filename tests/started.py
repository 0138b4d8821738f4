"""`kgserver serve` as a process, for tests that need no more of it than its address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["started"]


@contextmanager
def started(folder: Path, *options: str) -> Iterator[str]:
    """Yield the address at which a folder is served until the block ends."""
    command = [sys.executable, "-c", "from kgserver.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, str(folder), "--port", "0", "--log", "off", *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("Serving at "):
                break
        else:
            pytest.fail("the server ended before it served")
        yield line.split()[2]
    finally:
        process.terminate()
        process.communicate(timeout=20)
