"""The served folder with what an attacker would want in it: markup, odd schemes, a long ring."""

from __future__ import annotations

from folders.made import BASE, HEAD, SMALL
from folders.served import HEADED, LABEL, SERVED

__all__ = [
    "ATTACKED",
    "BASE",
    "CANARY",
    "FILE_MARK",
    "INJECTIONS",
    "LOOKALIKES",
    "MARKUP",
    "PAYLOADS",
    "RING",
    "SCHEMES",
    "limited",
    "quoted",
]

RING = 2_000
"""Things, each of which leads to the next, the last to the first."""

CANARY = "canary-7f3a91"
"""Stands in files that nobody may read over HTTP."""

MARK = "top.document.documentElement.setAttribute(/data-hit-{}/.source,1)"
"""Leaves a mark on the outermost page when it runs; no quotes and no blanks, to fit anywhere."""

PAYLOADS = {
    # These leave what they may stand in before they run.
    "double": '"><img src=x onerror={}>',
    "single": "'><img src=x onerror={}>",
    "textarea": "</textarea><script>{}</script>",
    "title": "</title><script>{}</script>",
    "pre": "</pre></code></p><script>{}</script>",
    "option": "</option></select><script>{}</script>",
    # These run where text stands.
    "script": "<script>{}</script>",
    "image": "<img src=x onerror={}>",
    "drawing": "<svg onload={}></svg>",
    "details": "<details open ontoggle={}>x</details>",
    "frame": "<iframe src=javascript:{}></iframe>",
    "document": "<iframe srcdoc='<script>{}</script>'></iframe>",
    "link": "<a href=javascript:void({})>x</a>",
    "button": "<form action=javascript:void({})><button>x</button></form>",
}
PAYLOADS = {name: text.format(MARK.format(name)) for name, text in PAYLOADS.items()}
"""Texts that run something where they are taken for markup, by name; each leaves its own mark."""

MARKUP = "".join(PAYLOADS.values())
"""All of them in one text."""

TITLE = f"</title><img src=x onerror={MARK.format('of-site')}>"
"""The title of the folder: it stands on every page."""

FILE_MARK = "<img src=x onerror=top.document.documentElement.setAttribute('data-hit-file',1)>"
"""The name of a file, and so of a graph: no slash may stand in it."""

SCHEMES = {
    "javascript:alert(1)": False,
    "JavaScript:alert(1)": False,
    "javascript://example.net/%0Aalert(1)": False,
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==": False,
    "vbscript:msgbox(1)": False,
    "file:///etc/passwd": False,
    "view-source:https://example.net/": False,
    "blob:https://example.net/9115d58c": False,
    "filesystem:https://example.net/temporary/x": False,
    "about:blank": False,
    "ftp://example.net/": False,
    "ws://example.net/": False,
    "mailto:a@example.net": False,
    "tel:+77172": False,
    "intent://example.net/#Intent;scheme=https;end": False,
    "urn:isbn:1": False,
    "httpx://example.net/": False,
    "http:alert(1)": False,
    "https://example.net/page": True,
    "http://example.net/page": True,
}
"""IRIs that may stand in data, and whether a page may lead there."""


INJECTIONS = [
    'office" } UNION { ?thing ?p ?name } #',
    'office" "system',
    'office"} VALUES ?other {"',
    'office")} #',
    "office' } #",
    'office"@en "',
    "office\n} } #",
    "office\r\n} #",
    'office \\" } #',
    "office\\",
    "office\\\\",
    "office \\u0022 } #",
    "office \\U00000022 } UNION { ?thing ?p ?name } #",
    '"""',
    "'''",
    "{",
    "}",
    "} #",
    "#",
    "?label",
    "$label",
    "UNDEF",
    "<urn:x>",
    "\\1 \\g<0> $&",
    "%22%20%7D",
    "{{ name }}",
    "{name}",
    "%(name)s",
    "office\u2028} #",
]
"""Texts that would change a query into which they came as text; each is the name of a thing."""


LOOKALIKES = {
    "office": None,
    "\u043effice": "\u043effice",
    "\u03bfffice": "\u03bfffice",
    "\u0440rosecutor": "\u0440rosecutor",
    "орг\u0061н/прокуратура": "орг\u0061н",
    "ведомство": None,
    "орган/прокуратура": None,
    "орган-kz-2022": None,
    "қызмет": None,
}
"""Ends of IRIs, with the word in each that mixes Latin, Cyrillic or Greek letters, if any."""


def quoted(text: str) -> str:
    """Return a text as a string of Turtle and of SPARQL."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'


def limited(**limits: float) -> dict[str, str]:
    """Return the folder with other limits."""
    lines = "".join(f"{name} = {value}\n" for name, value in limits.items())
    return {**ATTACKED, "kg.toml": f"{ATTACKED['kg.toml']}\n[limits]\n{lines}"}


_EVERYWHERE = " , ".join(f"{quoted(MARKUP)}@{tag}" for tag in ("en", "ru", "kk"))
_DANGER = f"""
:danger a prok:Body ; rdfs:label {_EVERYWHERE} ; skos:definition {_EVERYWHERE} ;
    prok:content {_EVERYWHERE} ; prok:partOf :system ;
    rdfs:comment {" , ".join(quoted(text) for text in PAYLOADS.values())} ;
    rdfs:comment {quoted(MARKUP)}@x-script-onerror-img , {quoted(MARKUP)}^^<javascript:alert(1)> ,
        {quoted(MARKUP)}^^<urn:x#date> , {quoted(MARKUP)}^^<urn:x#boolean> ,
        {quoted(MARKUP)}^^rdf:HTML ;
    rdfs:seeAlso <https://example.net/'onmouseover='alert(1)> .
:links rdfs:label "links"@en ; rdfs:seeAlso {" , ".join(f"<{iri}>" for iri in SCHEMES)} .
:rule-of-danger a prok:Accountability ; prok:groundedIn :art-1-v1 ; rdfs:label {_EVERYWHERE} ;
    prok:content {_EVERYWHERE} ; prok:accountableBody :office ; prok:master :danger .
:event-of-danger a prok:ChangeEvent ; rdfs:label {_EVERYWHERE} ; prok:madeBy :danger-act ;
    prok:takesEffectOn "2025-01-01"^^xsd:date ; prok:beginsVersion :art-7-v1 .
:danger-act a prok:Act ; rdfs:label {_EVERYWHERE} ; prok:checkedUntil "2026-11-22"^^xsd:date .
:art-7 a prok:Provision ; eli:is_part_of :danger-act .
:art-7-v1 a prok:ProvisionVersion ; eli:is_member_of :art-7 ; rdfs:label {_EVERYWHERE} .
"""

_NAMED = (
    HEADED.format(en="By name", ru="По названию", kk="Атауы бойынша", asks="view")
    + f"""\
#+ params:
#+   name: {{type: string, {LABEL}}}
#+   except: {{type: iri, {LABEL}}}
#+ columns: [thing, name]
PREFIX id: <{BASE}id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?name {{
  VALUES ?name {{ "office" }}
  VALUES ?except {{ id:nobody }}
  ?thing rdfs:label ?label FILTER(STR(?label) = ?name && ?thing != ?except)
}}
ORDER BY ?thing
"""
)

_MARKED = (
    HEADED.format(en="Marked", ru="Размечено", kk="Белгіленген", asks="view")
    .replace("title: {en: Marked", f"title: {{en: {quoted(MARKUP)}")
    .replace("About Marked.", MARKUP.replace('"', '\\"'))
    + "#+ columns: [x]\nSELECT ?x { VALUES ?x { 1 } } ORDER BY ?x\n"
)

ATTACKED = {
    **{name: text for name, text in SERVED.items() if name != "data/odd.ttl"},
    "kg.toml": f"# {CANARY}\n"
    + SMALL["kg.toml"]
    + "title = {{ en = {0}, ru = {0}, kk = {0} }}\n".format(quoted(TITLE))
    + 'first_question = "bodies/masters"\n',
    "notes.txt": CANARY,
    "data/ring.ttl": HEAD
    + "".join(
        f":n{n} :next :n{(n + 1) % RING} ; :skip :n{(7 * n + 3) % RING} .\n" for n in range(RING)
    ),
    "data/danger.ttl": HEAD
    + "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    + _DANGER,
    "data/lookalikes.ttl": HEAD
    + "".join(f"<{BASE}id/{tail}> prok:partOf :system .\n" for tail in LOOKALIKES),
    "data/injections.ttl": HEAD
    + "".join(f":named-{n} rdfs:label {quoted(t)} .\n" for n, t in enumerate(INJECTIONS)),
    f"data/{FILE_MARK}.ttl": f'{HEAD}:marked rdfs:label "marked"@en ; prok:partOf :system .\n',
    "queries/bodies/by-name.rq": _NAMED,
    "queries/bodies/marked.rq": _MARKED,
}
"""As `SERVED`, but that every name is markup where the data can have it so."""
