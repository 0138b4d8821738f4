"""Is an answer right, and if it is an error, is it one that the manual knows?"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from bench.soak.canonical import TOLD, Unreadable, said
from bench.soak.exchange import Broken, Call, Reply
from bench.soak.known import Known
from bench.soak.probes import Probe

__all__ = ["ERRORS", "Judge", "Remembered", "Verdict", "documented"]

ERRORS: Final = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
_ROW: Final = re.compile(r"^\| `([a-z-]+)` \| (\d{3}),", re.MULTILINE)
_MORE: Final = re.compile(r"`([a-z-]+)` \((\d{3})[;:]")
_LINK: Final = re.compile(r'#([a-z-]+)">\1</a>')
OF_LOAD: Final = frozenset({"busy", "query-timeout", "query-failed"})
"""What may befall any question under load: its worker may be busy, slow, or killed."""
_RETRY: Final = frozenset({"busy", "over-budget"})
"""What may be asked again after some seconds, which the answer tells."""


def documented(text: str) -> frozenset[tuple[str, int]]:
    """Return every code and status that the page of errors knows."""
    found = _ROW.findall(text) + _MORE.findall(text)
    return frozenset((code, int(status)) for code, status in found)


@dataclass(frozen=True)
class Verdict:
    """What came of a request: the status or the problem's code; and what is wrong, if anything.

    Args:
        fault: `wrong`, `undocumented`, or nothing.
    """

    outcome: str
    fault: str = ""
    why: str = ""


@dataclass(frozen=True)
class Remembered:
    """An answer that a client has kept: its entity tag, and the revision it was given in."""

    tag: str
    revision: str


class Judge:
    """Judges answers by what is known.

    Args:
        errors: The text of the page of errors.
    """

    def __init__(self, known: Known, errors: str) -> None:
        self._known = known
        self._documented = documented(errors)
        self._right: set[tuple[str, int, bytes]] = set()

    def verdict(
        self, probe: Probe, call: Call, reply: Reply, since: int, kept: Remembered | None = None
    ) -> Verdict:
        """Judge an answer.

        Args:
            since: The place in history of what was served already when the request was sent.
            kept: What the request offered under If-None-Match.
        """
        if reply.status >= 400:
            return self._problem(probe, call, reply)
        outcome = str(reply.status)
        if probe.refusal:
            return Verdict(outcome, "wrong", f"not refused: {reply.body[:200]!r}")
        revision = reply.headers.get("kg-revision", "")
        generation = self._known.generation(revision)
        if generation is None:
            return Verdict(outcome, "wrong", f"no such revision was good: `{revision}`")
        if not self._known.may_come(revision, since):
            late = f"generation {generation}, in whose place another was served when it was asked"
            return Verdict(outcome, "wrong", late)
        if reply.status == 304 and kept:
            return self._unchanged(probe, reply, generation, kept)
        if reply.status != 200:
            return Verdict(outcome, "undocumented", "this status is nowhere")
        if (why := self._tag(call, reply, revision)) is not None:
            return Verdict(outcome, "wrong", why)
        if call.method == "HEAD":
            return Verdict("HEAD", "wrong", "HEAD with a body") if reply.raw else Verdict("HEAD")
        return self._answer(probe, reply, generation)

    def _problem(self, probe: Probe, call: Call, reply: Reply) -> Verdict:
        if call.method == "HEAD":
            usual = {status for code, status in self._documented if code in OF_LOAD}
            fault = "" if reply.status in usual and not reply.raw else "undocumented"
            return Verdict(f"HEAD {reply.status}", fault, fault and "no error of load")
        try:
            code = _code(reply)
        except (Broken, ValueError, KeyError, TypeError) as error:
            why = f"{reply.status} without a problem: {error!r}; {reply.raw[:200]!r}"
            return Verdict(str(reply.status), "undocumented", why)
        if (code, reply.status) not in self._documented:
            return Verdict(code, "undocumented", f"`{code}` with {reply.status} is nowhere")
        if (code in _RETRY) != ("retry-after" in reply.headers):
            return Verdict(
                code, "undocumented", f"`{code}`, Retry-After: {reply.headers.get('retry-after')}"
            )
        if code == probe.refusal or code in OF_LOAD:
            return Verdict(code)
        return Verdict(code, "undocumented", f"not of this request: {reply.body[:300]!r}")

    def _unchanged(self, probe: Probe, reply: Reply, generation: int, kept: Remembered) -> Verdict:
        if reply.headers.get("etag") != kept.tag or reply.raw:
            return Verdict("304", "wrong", "another entity tag than the one offered, or a body")
        before = self._known.generation(kept.revision)
        if before is not None and before != generation:
            old = self._known.answer(probe.name, before)
            if old != self._known.answer(probe.name, generation):
                why = f"generation {generation} is not as {before} was"
                return Verdict("304", "wrong", why)
        return Verdict("304")

    def _tag(self, call: Call, reply: Reply, revision: str) -> str | None:
        """Return what is wrong with the entity tag; nothing where there is none."""
        tag = reply.headers.get("etag")
        if tag is None or call.method not in ("GET", "HEAD"):
            return None
        body = sha256(reply.raw).hexdigest() if call.method == "GET" else ""
        return self._known.tag(call.key, revision, tag, body)

    def _answer(self, probe: Probe, reply: Reply, generation: int) -> Verdict:
        try:
            head = [reply.headers.get(name) for name in (*TOLD, "content-type")]
            seen = sha256(repr(head).encode() + reply.body).digest()
            if (probe.name, generation, seen) in self._right:
                return Verdict("200")
            found = said(reply, ordered=probe.ordered)
        except (Broken, Unreadable) as error:
            return Verdict("200", "undocumented", f"not whole: {error}")
        right = self._known.answer(probe.name, generation)
        if right is None:
            return Verdict("200", "wrong", "nobody knows the answer")
        if found == right:
            self._right.add((probe.name, generation, seen))
            return Verdict("200")
        if self._midnight(probe, reply):
            return Verdict("another day")
        return Verdict("200", "wrong", f"generation {generation}: {difference(found, right)}")

    def _midnight(self, probe: Probe, reply: Reply) -> bool:
        """Tell whether the answer is on the day after that on which answers were learnt."""
        if probe.at or not self._known.day:
            return False
        after = date.fromisoformat(self._known.day) + timedelta(days=1)
        return reply.headers.get("kg-at") == str(after)


def _code(reply: Reply) -> str:
    """Return the code of a problem, as data or as a page.

    Raises:
        ValueError, KeyError, TypeError: it is none, or not whole.
        Broken: the body cannot be decoded.
    """
    text = reply.body.decode()
    if reply.media_type == "text/html":
        found = _LINK.search(text)
        if found is None or not text.rstrip().endswith("</html>"):
            raise ValueError("a page without the code of an error")
        return found[1]
    if reply.media_type != "application/problem+json":
        raise ValueError(reply.media_type)
    problem = json.loads(text)
    if problem["status"] != reply.status or not problem["title"] or not problem["type"]:
        raise ValueError("not as RFC 9457 has it")
    return str(problem["code"])


def difference(found: str, right: str) -> str:
    """Return where two texts part."""
    at = next(
        (at for at, (one, other) in enumerate(zip(found, right, strict=False)) if one != other),
        min(len(found), len(right)),
    )
    start = max(0, at - 40)
    return f"says …{found[start : at + 80]!r}, not …{right[start : at + 80]!r}"
