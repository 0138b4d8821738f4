"""Words for findings about names, in the languages of the checks, and how they are filled."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DANGLING", "DECLARE", "DESCRIBE", "NO_SPACE", "NO_TERM", "UNDECLARED", "meant", "say"]

UNDECLARED = {
    "en": "`{term}` is not declared in ontology/.",
    "ru": "`{term}` не объявлен в ontology/.",
    "kk": "`{term}` ontology/ ішінде жарияланбаған.",
}
DECLARE = {
    "en": "Declare it in ontology/, or mend the spelling",
    "ru": "Объявите его в ontology/ или исправьте написание",
    "kk": "Оны ontology/ ішінде жариялаңыз немесе жазылуын түзетіңіз",
}
NO_TERM = {
    "en": "The vocabulary <{space}> has no term `{term}`.",
    "ru": "В словаре <{space}> нет термина `{term}`.",
    "kk": "<{space}> сөздігінде `{term}` термині жоқ.",
}
NO_SPACE = {
    "en": "`{term}` is of a namespace that this graph does not use: <{space}>.",
    "ru": "`{term}` взят из пространства имён, которым граф не пользуется: <{space}>.",
    "kk": "`{term}` бұл граф қолданбайтын атаулар кеңістігінен алынған: <{space}>.",
}
DANGLING = {
    "nothing": {
        "en": "Nothing describes `{term}`.",
        "ru": "`{term}` нигде не описан.",
        "kk": "`{term}` еш жерде сипатталмаған.",
    },
    "type": {
        "en": "`{term}` is referred to and has no type.",
        "ru": "На `{term}` есть ссылка, но у него нет типа.",
        "kk": "`{term}` дегенге сілтеме бар, бірақ оның түрі көрсетілмеген.",
    },
    "label": {
        "en": "`{term}` is referred to and has no label.",
        "ru": "На `{term}` есть ссылка, но у него нет названия.",
        "kk": "`{term}` дегенге сілтеме бар, бірақ оның атауы жоқ.",
    },
}
DESCRIBE = {
    "en": "Give it a type and a label in data/, or mend the spelling",
    "ru": "Дайте ему тип и название в data/ или исправьте написание",
    "kk": "Оған data/ ішінде түр мен атау беріңіз немесе жазылуын түзетіңіз",
}
_MEANT = {
    "en": "Did you mean `{name}`?",
    "ru": "Возможно, имелось в виду `{name}`?",
    "kk": "Бәлкім, `{name}` болар?",
}


def say(phrase: Mapping[str, str], **values: str) -> dict[str, str]:
    """Return a phrase with its values in each language it has."""
    return {language: words.format(**values) for language, words in phrase.items()}


def meant(name: str | None, otherwise: Mapping[str, str]) -> dict[str, str]:
    """Return "Did you mean …?" for a name, or another cure if there is none."""
    return say(_MEANT, name=name) if name else dict(otherwise)
