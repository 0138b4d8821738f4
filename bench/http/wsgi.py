"""The project's application for any WSGI server: `bench.http.wsgi:application`.

The folder is the current one; KGSERVER_STORE, KGSERVER_FAIR_USE and KGSERVER_LOG are heeded as by
`kgserver serve`. Where another server than waitress can tell that a client has hung up, it is
asked by the name that waitress has for it, which is all that the application knows.
"""

from __future__ import annotations

import atexit
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any

from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.files.config import Settings
from kgserver.web.app import create_app

_open = ExitStack()
atexit.register(_open.close)
_settings = Settings.resolve()
_graph = _open.enter_context(opened(None, _settings.store, print))
_application = create_app(Served(_graph), _settings)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request."""
    connection = environ.get("gunicorn.socket")
    if connection is not None:
        environ["waitress.client_disconnected"] = partial(_has_hung_up, connection)
    return _application.wsgi_app(environ, start_response)


def _has_hung_up(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
