"""The head of a named query: YAML in `#+ ` lines at the top of the file.

All scalars are texts: `no` is Norwegian and `2016-01-01` ten characters, whatever YAML thinks.
Every key must be known, every language given; a fault is named with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NoReturn

import yaml

from kgserver.errors import LibraryError, ParameterError
from kgserver.library.document import Document, Sentence
from kgserver.library.parameters import Declaration, ParamType, Term
from kgserver.near import did_you_mean, quoted

__all__ = ["Asks", "Head", "read_head"]

_MARK = "#+"
_REQUIRED = ("title", "question", "description", "asks")
_OPTIONAL = ("params", "columns", "document")


class Asks(StrEnum):
    """What a query's answer is about."""

    VIEW = "view"
    """The law of one day."""
    RECORD = "record"
    """Everything asserted of all times."""


@dataclass(frozen=True)
class Head:
    """What the head of a query says."""

    title: Mapping[str, str]
    question: Mapping[str, str]
    description: Mapping[str, str]
    asks: Asks
    params: Mapping[str, Declaration]
    columns: tuple[str, ...] | None
    """None if the head names no columns."""
    document: Document | None = None


def read_head(text: str, path: str, languages: tuple[str, ...]) -> Head:
    """Return the head of a query file.

    Args:
        path: The file's name in messages.
        languages: Those in which each label must be given; no others are known.

    Raises:
        LibraryError: the head is missing or not well-formed; `where` is file:line.
    """
    return _Reader(path, languages).head(text)


class _Reader:
    """Reads nodes of YAML, which know their lines; plain dicts would not."""

    def __init__(self, path: str, languages: tuple[str, ...]) -> None:
        self.path = path
        self.languages = languages

    def head(self, text: str) -> Head:
        root = self.compose(text)
        if root is None:
            self.fail(1, "The file has no head", f"Begin it with lines `{_MARK} title: …`")
        keys = self.mapping(root, "the head", _REQUIRED, _OPTIONAL)
        return Head(
            title=self.labels(keys["title"], "title"),
            question=self.labels(keys["question"], "question"),
            description=self.labels(keys["description"], "description"),
            asks=Asks(self.one_of(keys["asks"], "asks", list(Asks))),
            params=self.params(keys["params"]) if "params" in keys else {},
            columns=self.items(keys["columns"], "columns") if "columns" in keys else None,
            document=self.document(keys["document"]) if "document" in keys else None,
        )

    def compose(self, text: str) -> yaml.Node | None:
        """Return the YAML of the leading `#+` lines; line n of it is line n of the file."""
        lines = text.splitlines()
        count = next((n for n, line in enumerate(lines) if not line.startswith(_MARK)), len(lines))
        for number, line in enumerate(lines, start=1):
            if line.startswith(_MARK) and number > count:
                self.fail(number, f"A `{_MARK}` line below the head", "Move it up, or use `#`")
            if line.startswith(_MARK) and line[2:3] not in ("", " "):
                self.fail(number, f"No blank after `{_MARK}`", f"Write `{_MARK} `")
        head = "\n".join(line[3:] for line in lines[:count])
        try:
            node: yaml.Node | None = yaml.compose(head, Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = f"{mark.line + 1}:{mark.column + 4}" if mark else "1"
            self.fail(
                where,
                f"The head is not YAML: {error.problem}",
                "Quote texts that hold `: `, `?` or `,`",
            )
        except yaml.reader.ReaderError as error:
            line_number = head.count("\n", 0, error.position) + 1
            self.fail(line_number, f"The head is not YAML: {error.reason}", "Remove the character")
        return node

    def params(self, node: yaml.Node) -> dict[str, Declaration]:
        params = {}
        for name, value in self.mapping(node, "params").items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                cure = "Use lower-case letters, digits and `_`"
                self.fail(value, f"A parameter cannot be called {quoted(name)}", cure)
            params[name] = self.param(name, value)
        return params

    def param(self, name: str, node: yaml.Node) -> Declaration:
        what = f"parameter `{name}`"
        required = ("type", "label", "description")
        optional = ("choices", "choices-class", "choices-of")
        keys = self.mapping(node, what, required, optional)
        type_ = ParamType(self.one_of(keys["type"], f"{what}: type", list(ParamType)))
        declared = Declaration(
            name=name,
            type=type_,
            label=self.labels(keys["label"], f"{what}: label"),
            description=self.labels(keys["description"], f"{what}: description"),
            languages=self.languages,
            line=node.start_mark.line + 1,
        )
        if "choices" in keys:
            choices = self.items(keys["choices"], f"{what}: choices")
            for choice in choices:
                self.typed(keys["choices"], declared, choice)
            declared = replace(declared, choices=choices)
        for key in ("choices-class", "choices-of"):
            if key in keys:
                declared = self.choices_from(key, keys[key], declared, what)
        return declared

    def choices_from(
        self, key: str, node: yaml.Node, declared: Declaration, what: str
    ) -> Declaration:
        """Return the parameter with the class or the property that its choices come from."""
        if declared.type is not ParamType.IRI or declared.choices or declared.choices_from:
            cure = "Give one of `choices`, `choices-class`, `choices-of`, the last two to an `iri`"
            self.fail(node, f"{what} takes no {key}", cure)
        term = self.typed(node, declared, self.text(node, f"{what}: {key}"))
        return replace(declared, choices_from=(key.removeprefix("choices-"), term))

    def document(self, node: yaml.Node) -> Document:
        keys = self.mapping(node, "document", ("row",), ("group", "values", "none", "parts"))
        rows = self.labels(keys["row"], "document: row")
        sentences = {language: Sentence(text) for language, text in rows.items()}
        for sentence in sentences.values():
            if sentence.fault:
                self.fail(keys["row"], f"document: row: {sentence.fault}", "Close each bracket")
        if ("values" in keys or "none" in keys) and "group" not in keys:
            self.fail(node, "document has values and no group", "Name the column of the values")
        return Document(
            row=sentences,
            group=self.text(keys["group"], "document: group") if "group" in keys else None,
            values=self.iris(keys["values"]) if "values" in keys else (),
            none=self.labels(keys["none"], "document: none") if "none" in keys else None,
            parts=self.items(keys["parts"], "document: parts") if "parts" in keys else (),
        )

    def iris(self, node: yaml.Node) -> tuple[str, ...]:
        texts = self.items(node, "document: values")
        declared = Declaration("values", ParamType.IRI, {}, {}, self.languages, line=0)
        return tuple(self.typed(node, declared, text).value for text in texts)

    def typed(self, node: yaml.Node, declared: Declaration, text: str) -> Term:
        try:
            return declared.read(text)
        except ParameterError as error:
            self.fail(node, f"parameter `{declared.name}`: {error.message}", error.hint or "")

    def labels(self, node: yaml.Node, what: str) -> dict[str, str]:
        """Return a text in each language of the graph."""
        keys = self.mapping(node, what, self.languages)
        return {language: self.text(keys[language], what) for language in self.languages}

    def mapping(
        self,
        node: yaml.Node,
        what: str,
        required: tuple[str, ...] = (),
        optional: tuple[str, ...] = (),
    ) -> dict[str, yaml.Node]:
        """Return the keys of a mapping: all that are required and no unknown or doubled ones."""
        if not isinstance(node, yaml.MappingNode):
            keys = ", ".join(required) or "a name and what belongs to it"
            self.fail(node, f"{what} has no keys", f"Give it {keys}")
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}")
            if key in found:
                self.fail(key_node, f"{what} has `{key}` twice", "Keep one")
            if required and key not in (*required, *optional):
                cure = did_you_mean(key, [*required, *optional])
                self.fail(key_node, f"{what} has an unknown key {quoted(key)}", cure)
            found[key] = value
        if missing := [key for key in required if key not in found]:
            self.fail(node, f"{what} lacks {', '.join(missing)}", f"Add {', '.join(missing)}")
        return found

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.fail(node, f"{what} is no text", "Write a text, in quotes if it holds `: `")
        return str(node.value).strip()

    def items(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fail(node, f"{what} is no list", "Write a list: [a, b]")
        items = tuple(self.text(item, what) for item in node.value)
        if len(set(items)) < len(items):
            self.fail(node, f"{what} names a thing twice", "Keep one")
        return items

    def one_of(self, node: yaml.Node, what: str, known: Iterable[str]) -> str:
        text, names = self.text(node, what), [str(name) for name in known]
        if text not in names:
            self.fail(node, f"{what} is {quoted(text)}", did_you_mean(text, names))
        return text

    def fail(self, place: yaml.Node | int | str, message: str, cure: str) -> NoReturn:
        line = place.start_mark.line + 1 if isinstance(place, yaml.Node) else place
        raise LibraryError(message[0].upper() + message[1:], where=f"{self.path}:{line}", hint=cure)
