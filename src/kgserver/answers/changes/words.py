"""The words in which changes are told, in the languages of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["WORDS", "sayer"]

WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "title": (
        "What changed in the law between {first} and {last}",
        "Что изменилось в праве между {first} и {last}",
        "{first} пен {last} аралығында құқықта не өзгерді",
    ),
    "nothing": (
        "Nothing changed between {first} and {last}: both lie in the legal state of {state}.",
        "Между {first} и {last} ничего не изменилось: оба дня лежат в одном состоянии права, "
        "которое начинается {state}.",
        "{first} пен {last} аралығында ештеңе өзгерген жоқ: екі күн де {state} күні басталатын "
        "бір құқықтық күйде.",
    ),
    "nothing about": (
        "Nothing changed between {first} and {last} about: {subject}.",
        "Между {first} и {last} ничего не изменилось для субъекта: {subject}.",
        "{first} пен {last} аралығында мына субъект үшін ештеңе өзгерген жоқ: {subject}.",
    ),
    "beyond": (
        "Law as known to us on {day}: later changes have not been looked for.",
        "Право, известное нам на {day}: более поздние изменения не искались.",
        "{day} күніне бізге белгілі құқық: одан кейінгі өзгерістер ізделген жоқ.",
    ),
    "uncertain": (
        "{event}: the day is not known exactly (between {earliest} and {latest}), so it may lie "
        "on the other side of {day}.",
        "{event}: день известен неточно (между {earliest} и {latest}), поэтому он может лежать "
        "по другую сторону от {day}.",
        "{event}: күні дәл белгісіз ({earliest} мен {latest} аралығында), сондықтан {day} күнінің "
        "екінші жағында болуы мүмкін.",
    ),
    "untouched": (
        "{count} hold as before.",
        "Действуют как прежде: {count}.",
        "Бұрынғыша қолданылады: {count}.",
    ),
    "events": ("By these events", "Этими событиями", "Мына оқиғалармен"),
    "made by": ("made by", "акт", "актісі"),
    "by": ("by", "событие", "оқиға"),
    "nobody": ("Acts and treaties", "Акты и договоры", "Актілер мен шарттар"),
    # Headings of the kinds of change, and of what follows
    "succeeded": ("Changed", "Изменено", "Өзгерді"),
    "begun": ("New", "Появилось", "Жаңадан пайда болды"),
    "ended": ("Ended", "Прекращено", "Тоқтатылды"),
    "displaced": (
        "Still in the text, but displaced by higher law",
        "Осталось в тексте, но вытеснено высшим правом",
        "Мәтінде тұр, бірақ жоғары құқық ығыстырды",
    ),
    "restored": ("No longer displaced", "Больше не вытеснено", "Енді ығыстырылмайды"),
    "added": (
        "Stands on a new ground too",
        "Опирается и на новое основание",
        "Жаңа негізге де сүйенеді",
    ),
    "continued": (
        "Stayed, on a new ground",
        "Сохранилось на новом основании",
        "Жаңа негізде сақталды",
    ),
    "lost": ("No longer follows", "Больше не следует", "Енді шықпайды"),
    "gained": ("Follows now", "Теперь следует", "Енді шығады"),
    "stayed": ("Still follows", "По-прежнему следует", "Бұрынғыдай шығады"),
    # Inside one change
    "kind of assertion": ("kind of assertion", "вид утверждения", "тұжырым түрі"),
    "gone": ("no longer", "больше нет:", "енді жоқ:"),
    "come": ("now", "теперь:", "енді:"),
    "in place of": ("in place of", "вместо", "мынаның орнына"),
    "continues": ("continues", "продолжает", "мынаны жалғастырады"),
    "beside": ("beside", "наряду с", "мынамен қатар"),
    "through": ("through", "через", "мына арқылы"),
    "lived on": ("lived on in", "продолжилось в", "мұнда жалғасты"),
    "not applied": (
        "displaced by higher law on the later day",
        "на более поздний день вытеснено высшим правом",
        "кейінгі күні жоғары құқық ығыстырған",
    ),
    "source": ("source", "источник", "дереккөз"),
    "since": ("effective {day}", "действует с {day}", "{day} бастап қолданыста"),
    "until": (
        "without effect since {day}",
        "не действует с {day}",
        "{day} бастап күші жоқ",
    ),
    "window": (
        "the day is not known exactly: between {earliest} and {latest}",
        "день известен неточно: между {earliest} и {latest}",
        "күні дәл белгісіз: {earliest} мен {latest} аралығында",
    ),
    "displaced rule": ("displaced rule", "вытесненная норма", "ығыстырылған норма"),
    "only in": ("only in", "лишь в части", "тек мына бөлігінде"),
    "reading": ("whose reading", "чьё толкование", "кімнің түсіндіруі"),
    "because of": ("because of", "на основании", "негізі"),
    "yes": ("yes", "да", "иә"),
    "no": ("no", "нет", "жоқ"),
    # The page
    "from": ("From", "С", "Басы"),
    "to": ("to", "по", "соңы"),
    "choose": (
        "Choose two days, or one on which the law changed.",
        "Выберите два дня или один из тех, когда право менялось.",
        "Екі күнді немесе құқық өзгерген күндердің бірін таңдаңыз.",
    ),
    "days": (
        "Days on which the law changed",
        "Дни, когда право менялось",
        "Құқық өзгерген күндер",
    ),
    "first day": (
        "the first day that is known",
        "первый известный день",
        "белгілі бірінші күн",
    ),
    "only": ("only this", "только это", "тек осы"),
    "all": ("all subjects", "все субъекты", "барлық субъектілер"),
}
_PLACE: Final = {"en": 0, "ru": 1, "kk": 2}


def sayer(language: str) -> Callable[..., str]:
    """Return the function that says one of `WORDS` in a language (others: in English).

    >>> sayer("ru")("untouched", count=3), sayer("de")("gone")
    ('Действуют как прежде: 3.', 'no longer')
    """
    place = _PLACE.get(language, 0)

    def say(key: str, **places: object) -> str:
        text = WORDS[key][place]
        return text.format(**places) if places else text

    return say
