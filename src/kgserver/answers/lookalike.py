"""Words that mix alphabets: `раgе` may look like a name that is written in one.

Source: SPARQL 1.1 Protocol, section 4; Unicode Technical Standard 39, section 5.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["mixed_words"]

_WORD: Final = re.compile(r"[^\W\d_]+")
_ALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK"})
"""Alphabets that share shapes of letters."""


def mixed_words(text: str) -> list[str]:
    """Return the words of a text that have letters of more than one of the like alphabets.

    >>> mixed_words("https://example.org/орган/рrosecutor-kz")
    ['рrosecutor']
    """
    return [word for word in _WORD.findall(text) if len(_alphabets(word)) > 1]


def _alphabets(word: str) -> frozenset[str]:
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in word)
    return _ALIKE.intersection(names)
