"""Imports point down: the tree of modules reads like the way from files to answers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kgserver

ROOT = Path(kgserver.__file__).parent

LAYERS = """
errors
near spawn terms
lexis
formats
files.misread
files.config files.turtle
files.folder
reasoning.lists
reasoning.numbering reasoning.edges reasoning.axioms reasoning.closure reasoning.rules reasoning
law.facts law.windows law.bounded law.periods
law.participation law.intervals law.worlds law.views law
files.source files
store.locks store.revision
store.layout
store.build
store.apart store
engine.question engine.lexer engine.head engine.guard engine.dataset
engine.confine engine.frames engine.rows engine.sinks
engine.worker
engine.child engine.reply
engine.pool engine.memory engine.remote engine
library.parameters library.head library.query library.files library
answers.graph answers.lookalike answers.spreadsheet
answers.opening answers.served answers.windows
answers.reloading
answers.labels answers.spelling answers.unknown
answers.things
answers.text
answers.changes.period answers.changes.words answers.changes.calendar answers.changes.items
answers.changes.model answers.changes.asking
answers.changes.recorded
answers.changes.comparing answers.changes.elements
answers.changes.dossier answers.changes.grouping
answers.changes.finding answers.changes.text answers.changes.data answers.changes.rdf
answers.changes answers
check.finding check.source check.names check
web.request web.words web.messages web.wanted web.problems web.shown web.description
web.proxy web.budget web.compression web.freshness web.record
web.context web.front web.protocol web.sent
web.asked web.constructed
web.form web.document
web.changes web.graph_store web.questions web.resources web.sparql_page web.operations
web.sparql web.pages
web.app
web.serving web
cli.frame
cli.asking cli.checking cli.comparing cli.making cli.serving
cli
__main__
"""
"""Lowest first; modules of one line may import each other, higher ones all that are lower.

A package that is named without its modules (check) is one room: its modules share its place.
"""
PLACE = {name: row for row, line in enumerate(LAYERS.split("\n")) for name in line.split()}
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").rstrip(".")
    for path in ROOT.rglob("*.py")
)
OWNERS = {"flask": "web", "werkzeug": "web", "waitress": "web", "click": "cli"}
LAZY = {
    *(("cli.serving", f"web.{module}") for module in ("app", "record", "serving")),
    ("cli.checking", "check.run"),
}
"""Imports inside functions, so that `kgserver --help` does not wait for Flask or for Java."""


def place(module: str) -> int:
    """Return the layer of a module: its own, else its package's."""
    return PLACE[module] if module in PLACE else PLACE[module.partition(".")[0]]


def imports(module: str) -> Iterator[str]:
    """Yield what a module imports, ours without `kgserver.` in front."""
    path = ROOT.joinpath(*module.split("."))
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                inner = whole.removeprefix("kgserver.")
                yield whole if inner in MODULES else str(node.module)


def test_the_modules_are_here() -> None:
    """The table speaks of modules that exist, and the walk found them."""
    assert len(MODULES) > 60
    assert not [name for name in PLACE if name not in MODULES]


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_a_module_imports_only_what_is_below(module: str) -> None:
    """Each module has a place in the table, and imports nothing from above it."""
    assert module in PLACE or module.partition(".")[0] in PLACE, f"put {module} into the table"
    for name in imports(module):
        inner = name.removeprefix("kgserver.")
        if name.startswith("kgserver.") and inner in MODULES and (module, inner) not in LAZY:
            assert place(inner) <= place(module), f"{module} imports {inner} from above"


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_the_core_knows_neither_http_nor_the_terminal(module: str) -> None:
    """Only `web` imports Flask and its kin, only `cli` imports click."""
    for name in imports(module):
        owner = OWNERS.get(name.partition(".")[0])
        assert owner in (None, module.partition(".")[0]), f"{module} imports {name}"
