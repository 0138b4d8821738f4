"""Who asks, and at which address, when proxies stand in between.

Nothing that a client sends is believed: forwarded headers count only as far as proxies of ours have
written them, and our own address is what the settings say, where they say it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["behind_proxies"]

_ORIGIN: Final = re.compile(r"\A(?:https?://[^/?#]*)?(?=/)", re.IGNORECASE)
"""What stands before the path: mostly nothing."""


def behind_proxies(app: WSGIApplication, proxies: int, public_url: str | None) -> WSGIApplication:
    """Return the application as it is behind so many proxies, known by a public address.

    Args:
        proxies: How many of the last entries of `X-Forwarded-For` were written by proxies of ours;
            with one or more, `X-Forwarded-Proto` is believed too.
        public_url: The address of the root as clients know it; None: what the client says.
    """
    if public_url:
        app = _known_as(app, public_url)
    if proxies:
        app = ProxyFix(app, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0)
    return app


def _known_as(app: WSGIApplication, public_url: str) -> WSGIApplication:
    parts = urlsplit(public_url)
    said = {
        "wsgi.url_scheme": parts.scheme,
        "HTTP_HOST": parts.netloc,
        "SCRIPT_NAME": parts.path.rstrip("/"),
    }

    def known(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        sent = environ.get("REQUEST_URI", "")
        whole = _ORIGIN.sub(lambda origin: origin[0] + said["SCRIPT_NAME"], sent)
        return app({**environ, **said, "REQUEST_URI": whole}, start_response)

    return known  # type: ignore[return-value]
