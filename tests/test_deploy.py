"""The example files for those who run the server are ones that work."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import suppress
from pathlib import Path

import click
import pytest

from kgserver.cli import main
from kgserver.cli.serving import serve

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@pytest.fixture
def unit() -> ConfigParser:
    """The systemd unit; a setting that stands several times is read as its last value."""
    read = ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((DEPLOY / "kgserver.service").read_text("utf-8"))
    return read


def test_the_unit_starts_a_command_that_there_is(unit: ConfigParser) -> None:
    """Its options are options of `kgserver serve`."""
    program, command, *words = shlex.split(unit["Service"]["ExecStart"])

    assert Path(program).name == "kgserver"
    assert main.commands[command] is serve
    with click.Context(serve) as context:
        serve.parse_args(context, words)
    assert context.params["checked"] is True
    assert context.params["trusted_proxies"] == 1


def test_the_unit_confines(unit: ConfigParser) -> None:
    """It reaches no network but this machine's, gains no rights, and leaves workers their means."""
    said = unit["Service"]

    assert (said["IPAddressDeny"], said["IPAddressAllow"]) == ("any", "localhost")
    assert said["NoNewPrivileges"] == said["DynamicUser"] == "yes"
    assert set(said["RestrictNamespaces"].split()) == {"user", "net"}
    assert "HUP" in said["ExecReload"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    """No setting of it is unknown, once the program stands where it says."""
    text = (DEPLOY / "kgserver.service").read_text("utf-8")
    copy = tmp_path / "kgserver.service"
    copy.write_text(text.replace("/opt/kgserver/bin/kgserver", "/bin/true"), "utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line for line in told.stderr.splitlines() if "kgserver.service" in line] == []


@pytest.fixture
def proxy(server: str, tmp_path: Path) -> Iterator[str]:
    """The example site of nginx, in front of the server of these tests."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    site = site.replace("127.0.0.1:8080", server.removeprefix("http://").strip("/"))
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};")
    (tmp_path / "site.conf").write_text(site, "utf-8")
    places = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors;\n"
        f"events {{ }}\nhttp {{ access_log off;\n{places}include {tmp_path}/site.conf; }}\n",
        "utf-8",
    )
    assert NGINX
    process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")])
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_the_proxy_passes_on_what_it_should(proxy: str) -> None:
    """Answers come through with their tags and errors; what is for operators does not."""
    with urllib.request.urlopen(f"{proxy}/sparql?query=ASK%7B%7D", timeout=10) as answer:
        tag = answer.headers["ETag"]
        assert b"true" in answer.read()
    again = urllib.request.Request(
        f"{proxy}/sparql?query=ASK%7B%7D", headers={"If-None-Match": tag}
    )
    for request, status in (
        (again, 304),
        (f"{proxy}/sparql?query=ASK", 400),
        (f"{proxy}/-/metrics", 403),
        (f"{proxy}/-/ready", 403),
    ):
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(request, timeout=10)
        assert told.value.code == status
        told.value.close()
