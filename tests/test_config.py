"""Settings: what is read, what is refused, and with which cure."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgserver.errors import FolderError, SettingError
from kgserver.files.config import FolderSettings, Limits, Settings, read_settings

BASE = 'base = "https://example.org/"\n'


def read(place: Path, text: str) -> FolderSettings:
    """Write a kg.toml and read it."""
    (place / "kg.toml").write_text(text, "utf-8")
    return read_settings(place / "kg.toml")


def test_the_settings_of_this_graph_can_be_read() -> None:
    """The project's own kg.toml is well-formed and names its languages."""
    settings = read_settings(Path(__file__).parent.parent / "kg.toml")

    assert settings.base.endswith("/") and settings.languages[0] in settings.title


def test_every_setting_is_read(tmp_path: Path) -> None:
    """What the file says is what one gets, the limits with their units."""
    text = (
        'base = "http://example.org/a/"\ntitle = { en = "Law", ru = "Право" }\n'
        'languages = ["ru", "en"]\ntime_zone = "Europe/Paris"\nlicence = "CC0"\n'
        "[limits]\nquery_seconds = 2.5\nquery_kib = 1\nresult_mib = 2\nworkers = 3\n"
        "worker_mib = 4\nqueue = 0\nresult_rows = 5\npage_rows = 6\ncache_mib = 0\n"
        "fresh_seconds = 0\nclient_seconds = 7\nclient_seconds_per_minute = 8\n"
    )

    assert read(tmp_path, text) == FolderSettings(
        base="http://example.org/a/",
        title={"en": "Law", "ru": "Право"},
        languages=("ru", "en"),
        time_zone="Europe/Paris",
        licence="CC0",
        limits=Limits(
            query_seconds=2.5,
            query_kib=1,
            result_mib=2,
            result_rows=5,
            page_rows=6,
            workers=3,
            worker_mib=4,
            queue=0,
            cache_mib=0,
            fresh_seconds=0,
            client_seconds=7,
            client_seconds_per_minute=8,
        ),
    )


def test_the_first_question_is_read(tmp_path: Path) -> None:
    """It is the name of a query; whether there is such a query, opening the folder tells."""
    text = BASE + 'first_question = "powers/of-agent"\n'

    assert read(tmp_path, text).first_question == "powers/of-agent"
    assert read(tmp_path, BASE).first_question is None


def test_only_the_base_must_be_given(tmp_path: Path) -> None:
    """All else has a default."""
    assert read(tmp_path, BASE) == FolderSettings(base="https://example.org/")


BAD = {
    "unknown key": (BASE + "time_zon = 'UTC'", "time_zon", "`time_zone`"),
    "unknown limit": (BASE + "[limits]\nworker = 3", "limits.worker", "`workers`"),
    "first question without topic": (
        BASE + "first_question = 'to-whom'",
        "first_question",
        "topic/name",
    ),
    "first question that is a list": (BASE + "first_question = []", "first_question", "text"),
    "far from any key": (BASE + "xyzzy = 1", "xyzzy", "licence"),
    "title in no language of the graph": (BASE + "title = { fr = 'Droit' }", "title.fr", "`en`"),
    "no base": ("licence = 'CC0'", "base", "base ="),
    "base without end": ("base = 'https://example.org'", "https://example.org", "ends in `/`"),
    "base of another scheme": ("base = 'ftp://example.org/'", "ftp:", "http"),
    "base without host": ("base = 'https:///'", "https:///", "http"),
    "base with a query": ("base = 'https://e.org/?a=/'", "?a=/", "`?`"),
    "base with a space": ("base = 'https://e.org/a b/'", "a b", "IRI"),
    "base that is a number": ("base = 5", "base", "text"),
    "licence that is a list": (BASE + "licence = []", "licence", "text"),
    "title that is a text": (BASE + "title = 'Law'", "title", "table"),
    "language that is a number": (BASE + "languages = ['en', 5]", "languages", "list"),
    "language twice": (BASE + "languages = ['en', 'en']", "languages", "different"),
    "no language": (BASE + "languages = []", "languages", "list"),
    "zone that is near one": (BASE + "time_zone = 'Asia/Almati'", "Asia/Almati", "Asia/Almaty"),
    "zone that is none": (BASE + "time_zone = '../etc/passwd'", "passwd", "time zone"),
    "limits that are a number": (BASE + "limits = 3", "limits", "[limits]"),
    "workers that are a truth": (BASE + "[limits]\nworkers = true", "limits.workers", "whole"),
    "workers that are a half": (BASE + "[limits]\nworkers = 0.5", "limits.workers", "whole"),
    "no worker": (BASE + "[limits]\nworkers = 0", "limits.workers", "1 or more"),
    "a queue below nothing": (BASE + "[limits]\nqueue = -1", "limits.queue", "0 or more"),
    "no time": (BASE + "[limits]\nquery_seconds = 0", "limits.query_seconds", "above 0"),
    "time without end": (BASE + "[limits]\nquery_seconds = inf", "query_seconds", "above 0"),
    "not TOML": ("base = ]", "TOML", "line 1"),
}


@pytest.mark.parametrize(("text", "wrong", "cure"), BAD.values(), ids=BAD.keys())
def test_a_wrong_setting_is_named_with_its_cure(
    tmp_path: Path, text: str, wrong: str, cure: str
) -> None:
    """Each error tells what was wrong, in which file, and what is right."""
    with pytest.raises(SettingError) as caught:
        read(tmp_path, text)

    assert caught.value.where == "kg.toml"
    assert wrong in caught.value.message and cure in str(caught.value)


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_a_limit_is_a_number_that_can_be_kept(tmp_path: Path, name: str) -> None:
    """None is below nothing; nothing means "none of it" for three, and is an error for the rest."""
    may_be_zero = name in ("queue", "cache_mib", "fresh_seconds")
    for number, fits in (("1", True), ("0", may_be_zero), ("-1", False), ("'1'", False)):
        text = f"{BASE}[limits]\n{name} = {number}\n"
        if fits:
            assert getattr(read(tmp_path, text).limits, name) == int(number)
        else:
            with pytest.raises(SettingError, match=f"limits.{name}"):
                read(tmp_path, text)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    (tmp_path / "kg.toml").write_bytes('licence = "é"'.encode("latin-1"))
    with pytest.raises(SettingError, match="UTF-8"):
        read_settings(tmp_path / "kg.toml")


def test_no_file_is_an_error_of_the_folder(tmp_path: Path) -> None:
    """The folder is named, and what it needs."""
    with pytest.raises(FolderError) as caught:
        read_settings(tmp_path / "kg.toml")

    assert caught.value.where == str(tmp_path) and "kg.toml" in (caught.value.hint or "")


def test_today_is_a_day_in_the_zone_of_the_graph() -> None:
    """Two zones that are 25 hours apart never have the same day."""
    east = FolderSettings(base="https://example.org/", time_zone="Pacific/Kiritimati").today()
    west = FolderSettings(base="https://example.org/", time_zone="Pacific/Pago_Pago").today()

    assert timedelta(1) <= east - west <= timedelta(2)
    assert abs(east - datetime.now(UTC).date()) <= timedelta(1)


def test_a_setting_comes_from_the_flag_else_the_environment_else_the_default() -> None:
    """In this order; an empty variable counts as none."""
    env = {"KGSERVER_HOST": "::1", "KGSERVER_PORT": "81", "KGSERVER_STORE": "/var/kg"}

    assert Settings.resolve(environ={}) == Settings("127.0.0.1", 8080, None, None)
    assert Settings.resolve(environ=dict.fromkeys(env, "")) == Settings()
    assert Settings.resolve(environ=env) == Settings("::1", 81, None, Path("/var/kg"))
    given = Settings.resolve(host="0.0.0.0", port=0, folder=Path("f"), store=Path("s"), environ=env)
    assert given == Settings("0.0.0.0", 0, Path("f"), Path("s"))


def test_the_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the variables of the process count."""
    monkeypatch.setenv("KGSERVER_PORT", "4711")

    assert Settings.resolve().port == 4711


@pytest.mark.parametrize("port", ["http", "-1", "65536", "80.0", "٨٠"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    """The variable is named."""
    with pytest.raises(SettingError) as caught:
        Settings.resolve(environ={"KGSERVER_PORT": port})

    assert caught.value.where == "KGSERVER_PORT" and port in caught.value.message


PUBLIC = [
    "https://law.example.org/",
    "https://law.example.org",
    "http://law.example.org:8080/law/",
    "https://[2001:db8::1]/",
    "https://xn--80ak6aa92e.example/%D0%B0/",
]
NOT_PUBLIC = {
    "no scheme": "law.example.org",
    "another scheme": "ftp://law.example.org/",
    "a script": "javascript:alert(1)",
    "no host": "https:///law/",
    "a query": "https://law.example.org/?a",
    "an empty query": "https://law.example.org/?",
    "a fragment": "https://law.example.org/#a",
    "a name and a password": "https://me:secret@law.example.org/",
    "a host that does not end": "https://[::1",
    "a port that is none": "https://law.example.org:http/",
    "a port that is too high": "https://law.example.org:70000/",
    "a blank": "https://law.example.org/a b/",
    "a line end": "https://law.example.org/\r\nX-Header: 1",
    "markup": 'https://law.example.org/"><script>',
    "letters beyond ASCII in the host": "https://право.example/",
    "letters beyond ASCII in the path": "https://law.example.org/право/",
}


def test_the_settings_of_serving_come_in_the_same_order() -> None:
    """Argument, variable, default; an empty variable counts as none."""
    env = {
        "KGSERVER_PUBLIC_URL": "https://law.example.org/",
        "KGSERVER_TRUSTED_PROXIES": "2",
        "KGSERVER_FAIR_USE": "on",
        "KGSERVER_LOG": "json",
    }
    none = Settings.resolve(environ={})
    assert none == Settings.resolve(environ=dict.fromkeys(env, ""))
    assert (none.public_url, none.trusted_proxies, none.fair_use) == (None, 0, "auto")

    told = Settings.resolve(environ=env)
    assert (told.public_url, told.trusted_proxies) == ("https://law.example.org/", 2)
    assert (told.fair_use, told.log) == ("on", "json")

    given = Settings.resolve(
        public_url="http://a.example/b/", trusted_proxies=0, fair_use="off", log="off", environ=env
    )
    assert (given.public_url, given.trusted_proxies) == ("http://a.example/b/", 0)
    assert (given.fair_use, given.log) == ("off", "off")


@pytest.mark.parametrize("log", [None, "auto", "json", "off"])
@pytest.mark.parametrize("terminal", [True, False])
def test_a_log_is_in_the_way_at_a_terminal_alone(log: str | None, terminal: bool) -> None:
    """Unless somebody says what is wanted."""
    told = Settings.resolve(log=log, terminal=terminal, environ={})

    assert told.log == (log if log in ("json", "off") else "off" if terminal else "json")


@pytest.mark.parametrize("url", PUBLIC)
def test_an_address_of_a_server_is_taken_as_it_is(url: str) -> None:
    """With a port, a path, as an IP address, and as names beyond ASCII are sent."""
    assert Settings.resolve(public_url=url, environ={}).public_url == url


@pytest.mark.parametrize("name", NOT_PUBLIC)
def test_what_is_no_address_of_a_server_is_refused(name: str) -> None:
    """Named by where it was given, with one that would do; never a fault of the program."""
    url = NOT_PUBLIC[name]
    for where, given in (
        ("--public-url", {"public_url": url, "environ": {}}),
        ("KGSERVER_PUBLIC_URL", {"environ": {"KGSERVER_PUBLIC_URL": url}}),
    ):
        with pytest.raises(SettingError) as caught:
            Settings.resolve(**given)  # type: ignore[arg-type]
        assert caught.value.where == where and url in caught.value.message
        assert "https://law.example.org/" in (caught.value.hint or "")


@pytest.mark.parametrize("number", ["-1", "1.5", "one", "10", "٣", "1e0", " ", "0x1"])
def test_a_number_of_proxies_is_a_small_one(number: str) -> None:
    """Named by where it was given."""
    with pytest.raises(SettingError) as caught:
        Settings.resolve(environ={"KGSERVER_TRUSTED_PROXIES": number})
    assert caught.value.where == "KGSERVER_TRUSTED_PROXIES" and number in caught.value.message

    for wrong in (-1, 10):
        with pytest.raises(SettingError) as caught:
            Settings.resolve(trusted_proxies=wrong, environ={})
        assert caught.value.where == "--trusted-proxies" and str(wrong) in caught.value.message


@pytest.mark.parametrize("name", ["fair_use", "log"])
@pytest.mark.parametrize("value", ["yes", "ON", "json ", "1"])
def test_a_choice_is_one_of_few(name: str, value: str) -> None:
    """The hint says which."""
    variable = f"KGSERVER_{name.upper()}"
    with pytest.raises(SettingError) as caught:
        Settings.resolve(environ={variable: value})

    assert caught.value.where == variable and value in caught.value.message
    assert "auto" in (caught.value.hint or "") and "off" in (caught.value.hint or "")
