"""The words of the pages, in the languages of the graph.

A text is looked up by its English form; what a language lacks is shown in English, and a test
finds every text that a template uses in every language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MESSAGES: Final[dict[str, dict[str, str]]] = {
    "ru": {
        "yes": "да",
        "no": "нет",
        "There is more: the first %s are shown, the data have all.": (
            "Это не всё: показаны первые %s, в данных есть всё."
        ),
        "The law of all times": "Право всех времён",
        "as a question of its own": "как отдельный вопрос",
        "Nothing is recorded.": "Ничего не записано.",
        "The answer as a table": "Ответ таблицей",
        "Questions by topic": "Вопросы по темам",
        "stated in": "записано в",
        "Format": "Формат",
        "Query": "Запрос",
        "day or `all`; empty: today": "день или `all`; пусто: сегодня",
        "The messages of errors are in English.": "Сообщения об ошибках даны по-английски.",
        "Skip to the content": "К содержанию",
        "Questions": "Вопросы",
        "What changed": "Что изменилось",
        "what changed until today": "что изменилось до сегодняшнего дня",
        "Law as of": "Право на день",
        "Show": "Показать",
        "today": "сегодня",
        "all times": "все времена",
        "Language": "Язык",
        "Read as data": "Прочитать как данные",
        "What the law says on this day": "Что говорит право в этот день",
        "Nothing is recorded for this day.": "На этот день ничего не записано.",
        "In short": "Коротко",
        "At other times": "В другое время",
        "Facts": "Факты",
        "Named by": "Упоминается в",
        "because of": "на основании",
        "in force since": "действует с",
        "in force from": "действовало с",
        "until": "до",
        "comes into force on": "вступает в силу",
        "first day without effect": "первый день без действия",
        "the first day of effect is not known: it is in no view of a date": (
            "первый день действия неизвестен: не входит ни в один срез на дату"
        ),
        "displaced by higher law": "вытеснено высшим правом",
        "the first day is not known exactly": "первый день известен неточно",
        "the end is not known exactly": "конец известен неточно",
        "The law changes in this window, on a day that is not known exactly": (
            "В этом промежутке право меняется, точный день неизвестен"
        ),
        "Counted here from": "Здесь учтено с",
        "between": "между",
        "and": "и",
        "Answer": "Ответ",
        "No row: nothing in the graph answers this on this day.": (
            "Нет строк: в графе ничто не отвечает на это в этот день."
        ),
        "Nothing is known of": "Ничего не известно о",
        "This name mixes letters of several alphabets, which can look alike": (
            "В этом имени смешаны буквы разных алфавитов, которые могут быть похожи"
        ),
        "Did you mean": "Возможно, имелось в виду",
        "Rows": "Строк",
        "Ask": "Спросить",
        "The query itself": "Сам запрос",
        "asks the record of all times: the day plays no part": (
            "спрашивает о всех временах: день не важен"
        ),
        "Law as known to us on": "Право, известное нам на",
        "Licence": "Лицензия",
        "Revision": "Ревизия",
        "Ask in SPARQL": "Спросить на SPARQL",
        "Begin here": "Начните здесь",
        "intro": "Граф правовых знаний: каждый ответ дан на день, каждое утверждение называет "
        "положение, на котором оно основано.",
        "Errors": "Ошибки",
        "where": "где",
        "hint": "как исправить",
        "more": "ещё",
    },
    "kk": {
        "as a question of its own": "жеке сұрақ ретінде",
        "Nothing is recorded.": "Ештеңе жазылмаған.",
        "The answer as a table": "Жауап кесте түрінде",
        "yes": "иә",
        "no": "жоқ",
        "There is more: the first %s are shown, the data have all.": (
            "Бұл бәрі емес: алғашқы %s көрсетілген, деректерде бәрі бар."
        ),
        "The law of all times": "Барлық уақыттың құқығы",
        "Questions by topic": "Тақырып бойынша сұрақтар",
        "stated in": "жазылған жері",
        "Format": "Пішім",
        "Query": "Сұрау мәтіні",
        "day or `all`; empty: today": "күн немесе `all`; бос болса: бүгін",
        "The messages of errors are in English.": "Қате туралы хабарлар ағылшын тілінде.",
        "Skip to the content": "Мазмұнға өту",
        "Questions": "Сұрақтар",
        "What changed": "Не өзгерді",
        "what changed until today": "бүгінге дейін не өзгерді",
        "Law as of": "Құқық мына күнге",
        "Show": "Көрсету",
        "today": "бүгін",
        "all times": "барлық уақыт",
        "Language": "Тіл",
        "Read as data": "Дерек ретінде оқу",
        "What the law says on this day": "Құқық осы күні не айтады",
        "Nothing is recorded for this day.": "Бұл күнге ештеңе жазылмаған.",
        "In short": "Қысқаша",
        "At other times": "Басқа уақытта",
        "Facts": "Фактілер",
        "Named by": "Аталатын жерлері",
        "because of": "негізі",
        "in force since": "қолданыста, басталуы",
        "in force from": "қолданыста болған, басталуы",
        "until": "дейін",
        "comes into force on": "күшіне енеді",
        "first day without effect": "күші жоқ бірінші күн",
        "the first day of effect is not known: it is in no view of a date": (
            "қолданыстың бірінші күні белгісіз: күнге арналған бірде-бір көріністе жоқ"
        ),
        "displaced by higher law": "жоғары құқық ығыстырған",
        "the first day is not known exactly": "бірінші күні дәл белгісіз",
        "the end is not known exactly": "соңы дәл белгісіз",
        "The law changes in this window, on a day that is not known exactly": (
            "Осы аралықта құқық өзгереді, дәл күні белгісіз"
        ),
        "Counted here from": "Мұнда мына күннен ескерілген:",
        "between": "аралығы",
        "and": "және",
        "Answer": "Жауап",
        "No row: nothing in the graph answers this on this day.": (
            "Жол жоқ: графта бұл күнге жауап беретін ештеңе жоқ."
        ),
        "Nothing is known of": "Бұл туралы ештеңе белгісіз:",
        "This name mixes letters of several alphabets, which can look alike": (
            "Бұл атауда ұқсас көрінуі мүмкін әртүрлі әліпби әріптері араласқан"
        ),
        "Did you mean": "Мүмкін, мынаны айтқыңыз келді:",
        "Rows": "Жолдар",
        "Ask": "Сұрау",
        "The query itself": "Сұраудың өзі",
        "asks the record of all times: the day plays no part": (
            "барлық уақыт туралы сұрайды: күннің мәні жоқ"
        ),
        "Law as known to us on": "Бізге белгілі құқық, күні",
        "Licence": "Лицензия",
        "Revision": "Ревизия",
        "Ask in SPARQL": "SPARQL тілінде сұрау",
        "Begin here": "Осыдан бастаңыз",
        "intro": "Құқықтық білім графы: әр жауап бір күнге беріледі, әр тұжырым өзі негізделген "
        "ережені атайды.",
        "Errors": "Қателер",
        "where": "қайда",
        "hint": "қалай түзетуге болады",
        "more": "тағы",
    },
    "en": {
        "intro": "A legal knowledge graph: every answer is an answer as of a day, and every "
        "statement names the provision that makes it true.",
    },
}


def translator(language: str) -> Callable[[str], str]:
    """Return the function that gives a text of the pages in the language."""
    words = MESSAGES.get(language, {})
    return lambda text: words.get(text) or MESSAGES["en"].get(text, text)
