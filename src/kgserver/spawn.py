"""How this program starts another process of its own code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

__all__ = ["command"]

_PACKAGES: Final = str(Path(__file__).parent.parent)
"""Said to the other process, which must not depend on how this one came to find the package."""


def command(program: str, *words: str) -> list[str]:
    """Return the command line that runs a program which can import this package.

    Args:
        program: Python; it finds the words in `sys.argv` from 1 on.
    """
    begin = "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    return [sys.executable, "-P", "-c", begin + program, _PACKAGES, *words]
