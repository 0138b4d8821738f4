"""Settings: of a graph (`kg.toml`) and of the program that serves it.

A name carries its unit. Unknown names are errors, so that a misspelt limit is not an absent one.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pyoxigraph import NamedNode

from kgserver.errors import FolderError, SettingError
from kgserver.near import did_you_mean, nearest
from kgserver.terms import LANGUAGES

FILE: Final = "kg.toml"
_MAY_BE_ZERO: Final = ("queue", "cache_mib", "fresh_seconds")


@dataclass(frozen=True)
class Limits:
    """What one query may cost, and what is kept for the next.

    A query over a limit fails alone, with a clear word. `page_rows` are shown of a longer answer,
    with a note; `fresh_seconds` is for how long others may keep an answer without asking whether it
    still holds. A client may use `client_seconds` of evaluation at once and is given
    `client_seconds_per_minute` of them back.
    """

    query_seconds: float = 10.0
    query_kib: int = 256
    result_mib: int = 64
    result_rows: int = 1_000_000
    page_rows: int = 1_000
    workers: int = 3
    worker_mib: int = 2048
    queue: int = 64
    cache_mib: int = 64
    fresh_seconds: int = 0
    client_seconds: int = 60
    client_seconds_per_minute: int = 20


@dataclass(frozen=True)
class FolderSettings:
    """The settings of one graph, as its `kg.toml` gives them.

    `title` maps a language to the graph's title in it; `time_zone` is where midnight ends a
    legal day; `base` is the start of every IRI that the program itself makes; `first_question`
    is the named query (`topic/name`) whose answer the start page shows.
    """

    base: str
    title: Mapping[str, str] = field(default_factory=dict, hash=False)
    languages: tuple[str, ...] = LANGUAGES
    time_zone: str = "UTC"
    licence: str | None = None
    first_question: str | None = None
    limits: Limits = Limits()

    def today(self) -> date:
        """Return the day it is now in the graph's time zone."""
        return datetime.now(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True)
class Settings:
    """Where to serve, from which folder, with revisions kept where, and to whom.

    `folder` and `store` are None where the program is to find them itself. `public_url` is the
    address of the root as clients know it; None: what a client says. `trusted_proxies` is how many
    proxies of ours stand in front. `fair_use` is `on`, `off`, or `auto`: for all but clients on
    this machine. `log` is `json` (a line for each request) or `off`.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    folder: Path | None = None
    store: Path | None = None
    public_url: str | None = None
    trusted_proxies: int = 0
    fair_use: str = "auto"
    log: str = "off"

    @classmethod
    def resolve(
        cls,
        *,
        host: str | None = None,
        port: int | None = None,
        folder: Path | None = None,
        store: Path | None = None,
        public_url: str | None = None,
        trusted_proxies: int | None = None,
        fair_use: str | None = None,
        log: str | None = None,
        terminal: bool = True,
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Take each setting from the argument, else from KGSERVER_<NAME>, else the default.

        Args:
            terminal: Whether messages go to a terminal, where a log is in the way.

        Raises:
            SettingError: the port is no number from 0 to 65535 (0: any free one), or another
                setting has a value that it cannot have.
        """
        env = os.environ if environ is None else environ
        kept = env.get("KGSERVER_STORE")
        named = env.get("KGSERVER_PORT") or str(cls.port)
        proxies = env.get("KGSERVER_TRUSTED_PROXIES") or "0"
        env_url = "KGSERVER_PUBLIC_URL"
        public = public_url or env.get(env_url) or None
        logged = _choice(log, env, "log", ("auto", "json", "off"))
        return cls(
            host=host or env.get("KGSERVER_HOST") or cls.host,
            port=_port(named, "KGSERVER_PORT") if port is None else _port(str(port), "--port"),
            folder=folder,
            store=store or (Path(kept) if kept else None),
            public_url=public and _public(public, "--public-url" if public_url else env_url),
            trusted_proxies=_proxies(proxies, "KGSERVER_TRUSTED_PROXIES")
            if trusted_proxies is None
            else _proxies(str(trusted_proxies), "--trusted-proxies"),
            fair_use=_choice(fair_use, env, "fair_use", ("auto", "on", "off")),
            log=("off" if terminal else "json") if logged == "auto" else logged,
        )


def _choice(given: str | None, env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = given or env.get(f"KGSERVER_{name.upper()}") or choices[0]
    if value not in choices:
        raise SettingError(
            f"`{value}` is no value of {name.replace('_', '-')}",
            where=f"KGSERVER_{name.upper()}",
            hint=f"Give one of {', '.join(choices)}",
        )
    return value


def _public(text: str, where: str) -> str:
    if not _is_root(text):
        raise SettingError(
            f"`{text}` is no address of a server",
            where=where,
            hint="Give one such as https://law.example.org/ or https://example.org/law/",
        )
    return text


def _is_root(text: str) -> bool:
    """Whether pages can lie below an address: one of the web, as it goes into a request."""
    try:
        parts = urlsplit(NamedNode(text).value)
        parts.port  # noqa: B018 - raises ValueError if it is none
    except ValueError:
        return False
    plain = text.isascii() and not set("?#@") & set(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


def _proxies(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 10):
        raise SettingError(
            f"`{text}` is no number of proxies",
            where=where,
            hint="Give how many proxies of yours a request comes through, mostly 1",
        )
    return int(text)


def _port(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise SettingError(
            f"`{text}` is no port", where=where, hint="Give a whole number from 0 to 65535"
        )
    return int(text)


def read_settings(path: Path) -> FolderSettings:
    """Read a `kg.toml`.

    Raises:
        FolderError: there is no such file, or it cannot be read.
        SettingError: it is not TOML, or a key is unknown, missing or of the wrong kind.
    """
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise FolderError(
            f"There is no {FILE}",
            where=str(path.parent),
            hint=f"Name a folder that holds {FILE}, or write one; `base` is all it needs",
        ) from None
    except OSError as error:
        raise FolderError(f"{FILE} cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise SettingError("Not UTF-8", where=FILE, hint="Save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"Not TOML: {error}", where=FILE) from None
    return _folder_settings(table)


def _folder_settings(table: dict[str, Any]) -> FolderSettings:
    _known(table, [f.name for f in fields(FolderSettings)])
    if "base" not in table:
        raise SettingError(
            "`base` is missing", where=FILE, hint='Add a line like base = "https://example.org/"'
        )
    languages = _languages(table.get("languages", list(LANGUAGES)))
    licence, first = table.get("licence"), table.get("first_question")
    return FolderSettings(
        base=_base(table["base"]),
        title=_title(table.get("title", {}), languages),
        languages=languages,
        time_zone=_zone(table.get("time_zone", "UTC")),
        licence=None if licence is None else _licence(licence),
        first_question=None if first is None else _question(first),
        limits=_limits(table.get("limits", {})),
    )


def _known(table: Mapping[str, object], names: list[str], within: str = "") -> None:
    for key in table:
        if key not in names:
            hint = did_you_mean(key, names)
            raise SettingError(f"`{within}{key}` is no setting", where=FILE, hint=hint)


def _wrong(key: str, value: object, wanted: str) -> SettingError:
    return SettingError(f"`{key}` is {value!r}", where=FILE, hint=f"Give {wanted}")


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(key, value, "a text in quotation marks")
    return value


def _base(value: object) -> str:
    wanted = "an http or https IRI that ends in `/`, without `?` or `#`"
    text = _text("base", value)
    try:
        parts = urlsplit(NamedNode(text).value)
    except ValueError:
        raise _wrong("base", value, wanted) from None
    plain = parts.netloc and not set("?#") & set(text)
    if parts.scheme not in ("http", "https") or not plain or not text.endswith("/"):
        raise _wrong("base", value, wanted)
    return text


def _licence(value: object) -> str:
    text = _text("licence", value)
    if ":" in text and not text.startswith(("https://", "http://")):
        raise _wrong("licence", value, "an address that begins with https:// or http://, or a name")
    return text


def _languages(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else []
    tags = tuple(tag for tag in listed if isinstance(tag, str) and tag and tag == tag.lower())
    if not tags or len(set(tags)) != len(listed):
        raise _wrong("languages", value, 'a list of different lower-case tags: ["en", "ru"]')
    return tags


def _title(value: object, languages: tuple[str, ...]) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _wrong("title", value, 'a table of languages: { en = "…" }')
    _known(value, list(languages), "title.")
    return {tag: _text(f"title.{tag}", text) for tag, text in value.items()}


def _zone(value: object) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        near = nearest(str(value), available_timezones()) or "Asia/Almaty"
        raise _wrong("time_zone", value, f"the name of a time zone, such as {near}")
    return value


def _question(value: object) -> str:
    text = _text("first_question", value)
    if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", text):
        raise _wrong("first_question", value, "a named query as topic/name")
    return text


def _limits(value: object) -> Limits:
    if not isinstance(value, dict):
        raise _wrong("limits", value, "a table: [limits]")
    _known(value, [f.name for f in fields(Limits)], "limits.")
    for key, number in value.items():
        whole = key != "query_seconds"
        least = 0 if key in _MAY_BE_ZERO or not whole else 1
        kinds = (int,) if whole else (int, float)
        kind = f"a whole number, {least} or more" if whole else "a number of seconds above 0"
        if isinstance(number, bool) or not isinstance(number, kinds):
            raise _wrong(f"limits.{key}", number, kind)
        if not (number >= least if whole else 0 < number < float("inf")):
            raise _wrong(f"limits.{key}", number, kind)
    return Limits(**value)
