"""The environment that holds what the benches compare with, apart from the project's own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import kgserver

ROOT: Final = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
_PLACE: Final = ROOT / "build" / "peers"


def program(name: str) -> str:
    """Return a program of the environment, which is made or made anew if it has to be."""
    mark = _PLACE / "made-from"
    wanted = sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    programs = _PLACE / "bin"
    if not mark.is_file() or mark.read_text("utf-8") != wanted:
        print(f"Installing the peers in {_PLACE.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", _PLACE], check=True)
        install = ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command = [str(programs / "python"), "-m", *install, "--requirement", str(REQUIREMENTS)]
        subprocess.run(command, check=True)
        mark.write_text(wanted, "utf-8")
    return str(programs / name)


def with_our_packages() -> dict[str, str]:
    """Return the environment in which a program from there finds the project and what it needs.

    Of a package that both have, the project's own comes first.
    """
    places = [ROOT, Path(kgserver.__file__).parent.parent, sysconfig.get_path("purelib")]
    return {"PYTHONPATH": os.pathsep.join(map(str, places))}


def pinned() -> dict[str, str]:
    """Return the version of each package of that environment."""
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if line and not line.startswith("#"))
    return {name: number for name, _, number in pairs}


def ours() -> dict[str, str]:
    """Return the versions of what the project serves with."""
    return {name: version(name) for name in ("kgserver", "pyoxigraph", "flask", "waitress")}
