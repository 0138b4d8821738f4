"""Write what Protégé needs to open ontology and data offline: a load file and a catalog.

    python tools/load_files.py [--check]

`ontology/prok-load.ttl` imports every file of `ontology/` and `data/`;
`ontology/catalog-v001.xml` tells where each stands. With `--check` nothing is written: the exit
status is 1 where a file differs from what would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

from pyoxigraph import NamedNode, RdfFormat, parse

from kgserver.files.config import read_settings
from kgserver.terms import OWL, TYPE

ONTOLOGY = NamedNode(OWL + "Ontology")


def headers(root: Path) -> dict[str, str]:
    """Return ontology IRI → path below the root, for every file but the load file."""
    found = {}
    for path in sorted([*root.glob("ontology/*.ttl"), *root.glob("data/**/*.ttl")]):
        if path.name == "prok-load.ttl":
            continue
        for quad in parse(path=path, format=RdfFormat.TURTLE):
            if quad.predicate == TYPE and quad.object == ONTOLOGY:
                assert isinstance(quad.subject, NamedNode)
                found[quad.subject.value] = path.relative_to(root).as_posix()
    return found


def load_file(base: str, imports: list[str]) -> str:
    """Return the Turtle of an ontology that imports all the others."""
    lines = " ,\n    ".join(f"<{iri}>" for iri in imports)
    return (
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n\n"
        f"<{base}ns/load> a owl:Ontology ;\n  owl:imports {lines} .\n"
    )


def catalog(places: dict[str, str]) -> str:
    """Return the OASIS XML catalog, with paths relative to `ontology/`."""
    rows = "\n".join(
        f"    <uri name={quoteattr(iri)} uri={quoteattr(relative(path))}/>"
        for iri, path in places.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        '<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">\n'
        f"{rows}\n</catalog>\n"
    )


def relative(path: str) -> str:
    """Return a path below the root as seen from `ontology/`."""
    return path.removeprefix("ontology/") if path.startswith("ontology/") else f"../{path}"


def main(arguments: list[str]) -> int:
    """Write the two files, or compare them."""
    root = Path()
    places = headers(root)
    files = {
        root / "ontology/prok-load.ttl": load_file(
            read_settings(root / "kg.toml").base, list(places)
        ),
        root / "ontology/catalog-v001.xml": catalog(places),
    }
    stale = [p for p, text in files.items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path}: not up to date\nhint: run `make format`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(files[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
