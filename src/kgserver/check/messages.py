"""What a result says, in each language: the words stand in the shapes, engines pass on few of them.

Of a SPARQL constraint both engines return all messages without their language tags, so a report
alone does not tell which is in which language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kgserver.terms import SH

__all__ = ["Messages"]

_SLOT: Final = re.compile(r"\{[?$](\w+)\}")


class Messages:
    """The messages of shapes and of their constraints, by language.

    Source: SHACL, sections 2.1.5 (`sh:message`) and 5.3.2 (those of a SPARQL constraint, and the
    names in braces that they hold).
    """

    def __init__(self, shapes: Iterable[Triple]) -> None:
        self._of: Final[dict[str, dict[str, str]]] = {}
        for triple in shapes:
            subject, text = triple.subject, triple.object
            if triple.predicate.value != SH + "message" or not isinstance(text, Literal):
                continue
            if isinstance(subject, NamedNode | BlankNode):
                said = self._of.setdefault(subject.value, {})
                said.setdefault(text.language or "", text.value)

    def told(
        self,
        nodes: Iterable[str | None],
        reported: Mapping[str, str],
        rendered: Iterable[str],
        known: Mapping[str, str],
    ) -> dict[str, str]:
        """Return the messages of one result; those without a language stand under the empty name.

        Args:
            nodes: The constraint and the shape: the first one with messages gives them.
            reported: What the engine returned, by language; kept where it has as many languages.
            rendered: All texts that the engine returned: they tell values that `known` has not.
            known: Values of the names in braces.
        """
        own = next((self._of[node] for node in nodes if node in self._of), {})
        if not own or own.keys() <= reported.keys() - {""}:
            return dict(reported)
        texts = list(rendered)
        return {language: _filled(text, texts, known) for language, text in own.items()}


def _filled(template: str, rendered: Iterable[str], known: Mapping[str, str]) -> str:
    """Return a template with its values; a name whose value nobody tells stays as it is."""
    if all(name in known for name in _SLOT.findall(template)):
        return _SLOT.sub(lambda slot: known[slot[1]], template)
    parts = _SLOT.sub("\0", template).split("\0")
    shape = re.compile("(?s:.*)".join(map(re.escape, parts)))
    return next((text for text in rendered if shape.fullmatch(text)), template)
