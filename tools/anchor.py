"""Write passages: find anchoring words in a text and print the passage as Turtle.

    python tools/anchor.py FOLDER[:FOLDER...] table.tsv > passages.ttl

A line of the table is `slug<TAB>document<TAB>paragraph<TAB>words`: the passage's slug, its
document (`document/lecture-ru`), the paragraph's number (empty where the words stand once in
the whole text), and at most twelve words as they stand in the text. Lines that begin with `#`
are remarks. The documents, and the names of their text files, are read from `data/`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kgserver.check.evidence import Document, EvidenceError, documents, locate, turtle
from kgserver.terms import PREFIXES

BASE = PREFIXES["id"]


def main() -> int:
    """Print the passages of the table; say on stderr which lines were not found."""
    asked = _arguments().parse_args()
    try:
        rows = asked.table.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        print(f"{asked.table}: the table cannot be read: {error}", file=sys.stderr)
        return 2
    known: dict[str, Document] = documents(Path("data"), *map(Path, asked.texts.split(os.pathsep)))
    failed = 0
    blocks = []
    for number, line in enumerate(rows, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            blocks.append(_block(known, line))
        except EvidenceError as error:
            failed += 1
            print(f"{asked.table}:{number}: {error}", file=sys.stderr)
    print("\n".join(blocks))
    return 1 if failed else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "texts", metavar="FOLDERS", help=f"folders that hold the texts, joined by `{os.pathsep}`"
    )
    parser.add_argument("table", type=Path, metavar="TABLE", help="the table, in UTF-8")
    return parser


def _block(known: Mapping[str, Document], line: str) -> str:
    """Return the passage of one line of the table.

    Raises:
        EvidenceError: the line is not of the table's form, or its words are not found once.
    """
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) != 4 or not (fields[2].isdecimal() or not fields[2]):
        raise EvidenceError("a line is slug<TAB>document<TAB>paragraph<TAB>words, with a number")
    slug, document, paragraph, words = fields
    return turtle(slug, locate(known, BASE + document, paragraph, words))


if __name__ == "__main__":
    sys.exit(main())
