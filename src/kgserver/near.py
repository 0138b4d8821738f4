"""The nearest known word to one that is unknown, for "Did you mean …?"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "harmless", "nearest", "quoted"]


def nearest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """Return the known word that `word` most likely stands for, or None.

    Case is not looked at; of equally near words the first in the alphabet is taken.

    Args:
        cutoff: How alike the two must be, from 0 to 1; long words need more.

    >>> nearest("accountableto", ["memberOf", "accountableTo"])
    'accountableTo'
    >>> nearest("xyz", ["memberOf"]) is None
    True
    """
    folded: dict[str, str] = {}
    for candidate in sorted(known):
        folded.setdefault(candidate.casefold(), candidate)
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean `x`?", or the list of what is known if nothing is near.

    >>> did_you_mean("bdoy", ["body", "lang"])
    'Did you mean `body`?'
    >>> did_you_mean("q", ["body", "lang"])
    'Known: `body`, `lang`'
    """
    names = list(known)
    if near := nearest(word, names):
        return f"Did you mean `{near}`?"
    return f"Known: {', '.join(f'`{name}`' for name in names)}" if names else "There is none"


def harmless(text: str) -> str:
    r"""Return a foreign text with what a terminal might obey, line ends included, as escapes.

    >>> harmless("a" + chr(10) + "b" + chr(27) + "[2J")
    'a\\nb\\x1b[2J'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def quoted(text: str, length: int = 60) -> str:
    """Return a foreign text so that it can stand in a message: on one line, short, harmless.

    >>> quoted("lorem ipsum", 6)
    '`lorem…`'
    """
    shown = harmless(text[: length + 1])
    return f"`{shown}`" if len(shown) <= length else f"`{shown[: length - 1]}…`"
