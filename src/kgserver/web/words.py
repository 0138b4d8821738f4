"""Headings of tables and topics in words: the names of variables are for programs.

A name that is not here is taken apart at its capitals, so that a query of any folder has headings
that can be read.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["heading"]

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_]")

# fmt: off
_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "about": ("about", "о ком, о чём", "кім, не туралы"),
    "accountability": ("accountability", "подотчётность", "есеп беру"),
    "act": ("act", "акт", "акт"),
    "actKind": ("kind of act", "вид акта", "акт түрі"),
    "action": ("action", "действие", "әрекет"),
    "addressee": ("addressee", "кому", "кімге"),
    "agent": ("body or office", "орган или должность", "орган немесе лауазым"),
    "appointer": ("appointed by", "кем назначается", "кім тағайындайды"),
    "article": ("article", "статья", "бап"),
    "articles": ("articles searched", "статей просмотрено", "қаралған баптар"),
    "assertion": ("what it says", "что говорится", "не айтылған"),
    "author": ("author", "автор", "авторы"),
    "authority": ("authority", "кто", "кім"),
    "basis": ("basis", "основание", "негіз"),
    "bearer": ("bearer", "носитель", "иесі"),
    "binds": ("binds", "кого обязывает", "кімді міндеттейді"),
    "body": ("body", "орган", "орган"),
    "by": ("by", "чем", "немен"),
    "byWhom": ("by whom", "кем", "кім"),
    "change": ("change", "изменение", "өзгеріс"),
    "checked": ("checked until", "проверено по", "тексерілген күні"),
    "circumstance": ("circumstance", "обстоятельство", "мән-жай"),
    "claim": ("claim", "высказывание источника", "дереккөздің пікірі"),
    "component": ("part", "часть", "бөлігі"),
    "concerned": ("concerns", "кого касается", "кімге қатысты"),
    "condition": ("condition", "условие", "шарт"),
    "consent": ("consent of", "чьё согласие", "кімнің келісімі"),
    "content": ("content", "содержание", "мазмұны"),
    "continues": ("continues", "продолжает", "жалғастырады"),
    "cooperation": ("cooperation", "сотрудничество", "ынтымақтастық"),
    "copy": ("copy read", "прочитанный текст", "оқылған мәтін"),
    "count": ("how many", "сколько", "қанша"),
    "dated": ("dated", "дата", "күні"),
    "day": ("day", "день", "күн"),
    "dayKind": ("days are", "какие дни", "қандай күндер"),
    "days": ("days", "дней", "күн"),
    "deadline": ("deadline", "срок", "мерзімі"),
    "delegable": ("may be delegated", "можно передать", "беруге болады"),
    "delegate": ("delegate", "кому передаётся", "кімге беріледі"),
    "describedFrom": ("describes from", "описывает с", "сипаттайды, басы"),
    "describedUntil": ("describes until", "описывает до", "сипаттайды, соңы"),
    "digest": ("digest", "контрольная сумма", "бақылау қосындысы"),
    "direct": ("directly", "непосредственно", "тікелей"),
    "dismisser": ("dismissed by", "кем освобождается", "кім босатады"),
    "displaced": ("displaced by higher law", "вытеснено высшим правом", "жоғары құқық ығыстырған"),
    "displacedBy": ("displaced by", "чем вытеснено", "немен ығыстырылған"),
    "displacement": ("displacement", "вытеснение", "ығыстыру"),
    "dissolved": ("dissolved", "упразднён", "таратылған"),
    "document": ("document", "документ", "құжат"),
    "earlier": ("earlier", "раньше", "бұрынғысы"),
    "earliest": ("not before", "не раньше", "одан ерте емес"),
    "edition": ("edition", "редакция текста", "мәтін редакциясы"),
    "element": ("what of it", "что именно", "нақты не"),
    "encoded": ("encoded as", "чем выражено", "немен берілген"),
    "end": ("end", "конец", "соңы"),
    "endEarliest": ("ends not before", "прекращается не раньше", "тоқтауы одан ерте емес"),
    "endLatest": ("ends not after", "прекращается не позже", "тоқтауы одан кеш емес"),
    "ended": ("ended", "прекращено", "тоқтатылған"),
    "established": ("established", "учреждён", "құрылған"),
    "event": ("event", "событие", "оқиға"),
    "evidence": ("evidence", "подтверждение", "дәлел"),
    "exception": ("exception", "исключение", "ерекшелік"),
    "from": ("from", "с", "басы"),
    "heading": ("heading", "заголовок", "тақырыбы"),
    "higher": ("higher", "вышестоящий", "жоғары тұрған"),
    "holder": ("holder", "кто", "кім"),
    "includes": ("includes", "включает", "нені қамтиды"),
    "institutions": ("institutions", "органы и должности", "органдар мен лауазымдар"),
    "kind": ("kind", "вид", "түрі"),
    "language": ("language", "язык", "тілі"),
    "lasts": ("lasts until", "до какого события", "қай оқиғаға дейін"),
    "later": ("later", "позже", "кейінгісі"),
    "latest": ("not after", "не позже", "одан кеш емес"),
    "lifts": ("lifts", "что снимает", "нені алып тастайды"),
    "list": ("list", "перечень", "тізбе"),
    "lower": ("lower", "нижестоящий", "төмен тұрған"),
    "matter": ("matter", "предмет", "мәселе"),
    "maximum": ("at most", "не более", "ең көбі"),
    "measure": ("measure", "мера", "шара"),
    "member": ("member", "член", "мүше"),
    "named": ("named", "названо", "аталған"),
    "number": ("number", "номер", "нөмірі"),
    "object": ("object", "объект", "объект"),
    "office": ("office", "должность", "лауазым"),
    "offices": ("offices", "должности", "лауазымдар"),
    "officialIn": ("name official in", "название официально на", "атауы ресми тіл"),
    "on": ("on", "когда", "қашан"),
    "only": ("to nobody else", "только ему", "тек соған"),
    "organisation": ("organisation", "организация", "ұйым"),
    "other": ("other", "другой", "басқа"),
    "over": ("over", "над чем", "нені"),
    "paragraph": ("paragraph", "абзац", "абзац"),
    "participation": ("participation", "участие", "қатысу"),
    "party": ("party", "участник", "қатысушы"),
    "passage": ("passage", "место в тексте", "мәтіндегі орны"),
    "person": ("person", "лицо", "тұлға"),
    "powers": ("powers", "полномочия", "өкілеттіктер"),
    "prevails": ("prevails", "преобладает", "басым"),
    "protected": ("protected", "защищён", "қорғалған"),
    "provision": ("provision", "положение", "ереже"),
    "reading": ("whose reading", "чьё толкование", "кімнің түсіндіруі"),
    "reason": ("not encoded because", "не закодировано, потому что", "кодталмау себебі"),
    "relation": ("relation", "связь", "байланыс"),
    "remark": ("remark", "замечание", "ескерту"),
    "reserved": ("reserved", "нельзя передать", "беруге болмайды"),
    "role": ("role", "роль", "рөлі"),
    "rule": ("rule", "правило", "қағида"),
    "sender": ("sender", "отправитель", "жіберуші"),
    "sentTo": ("sent to", "кому направляется", "кімге жолданады"),
    "shortcut": ("it follows", "следует", "шығады"),
    "sources": ("sources", "источники", "дереккөздер"),
    "standIn": ("stand-in", "заместитель", "алмастырушы"),
    "standing": ("standing", "как соотносится с правом", "құқыққа қатысы"),
    "start": ("start", "начало", "басы"),
    "statement": ("statement", "утверждение", "тұжырым"),
    "status": ("status", "статус", "мәртебесі"),
    "succeeds": ("succeeds", "на смену чему", "ненің орнына"),
    "takesPlaceOf": ("takes the place of", "на место кого", "кімнің орнына"),
    "tenure": ("tenure", "пребывание в должности", "лауазымда болу"),
    "towards": ("towards", "перед кем", "кімнің алдында"),
    "translates": ("translates", "что переводит", "нені аударады"),
    "treaty": ("treaty", "договор", "шарт"),
    "under": ("under", "в рамках", "негізінде"),
    "unknown": ("day unknown", "день неизвестен", "күні белгісіз"),
    "until": ("until", "до", "соңы"),
    "value": ("value", "значение", "мәні"),
    "version": ("version", "редакция", "редакция"),
    "why": ("why", "почему", "неге"),
    "words": ("words", "слова", "сөздер"),
    "years": ("years", "лет", "жыл"),
    "yields": ("yields", "уступает", "орын береді"),
}
# fmt: on
_PLACE: Final = {"en": 0, "ru": 1, "kk": 2}


def heading(name: str, language: str) -> str:
    """Return the words that stand over a column, or over the queries of a topic.

    >>> heading("provision", "ru"), heading("kindLabel", "en"), heading("noSuchName", "kk")
    ('положение', 'kind', 'no such name')
    """
    name = name.removesuffix("Label") or name
    if name in _WORDS and language in _PLACE:
        return _WORDS[name][_PLACE[language]]
    return _HUMP.sub(" ", name).lower()
