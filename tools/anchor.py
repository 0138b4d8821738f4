"""Write passages: find anchoring words in a text and print the passage as Turtle.

    python tools/anchor.py FOLDER[:FOLDER...] table.tsv > passages.ttl

A line of the table is `slug<TAB>document<TAB>paragraph<TAB>words`: the passage's slug, its
document (`document/lecture-ru`), the paragraph's number (empty where the words stand once in
the whole text), and at most twelve words as they stand in the text. The documents, and the
names of their text files, are read from `data/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kgserver.check.evidence import Document, EvidenceError, documents, locate, turtle
from kgserver.terms import PREFIXES

BASE = PREFIXES["id"]


def main(texts: str, table: str) -> int:
    """Print the passages of the table; say on stderr which lines were not found."""
    known: dict[str, Document] = documents(Path("data"), *map(Path, texts.split(":")))
    failed = 0
    blocks = []
    for number, line in enumerate(Path(table).read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            slug, document, paragraph, words = (field.strip() for field in line.split("\t"))
            blocks.append(turtle(slug, locate(known, BASE + document, paragraph, words)))
        except (EvidenceError, ValueError) as error:
            failed += 1
            print(f"{table}:{number}: {error}", file=sys.stderr)
    print("\n".join(blocks))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
