"""Answers on their way out: rows and graphs as data, whether they are in memory or in a file."""

from __future__ import annotations

from os import SEEK_END
from typing import BinaryIO

from flask import Response, request
from werkzeug.wsgi import wrap_file

from kgserver.answers.spreadsheet import spreadsheet
from kgserver.engine.question import Answer
from kgserver.web.compression import chosen, compress_file
from kgserver.web.wanted import SPREADSHEET, content_type

__all__ = ["data", "truncated"]


def data(answer: Answer, media_type: str, language: str = "") -> Response:
    """Return an answer as data of that type.

    Args:
        language: The reader's, which decides how a spreadsheet reads columns.
    """
    if media_type == SPREADSHEET:
        response = Response(spreadsheet(answer.whole(), language))
        response.headers["Content-Disposition"] = 'attachment; filename="answer.csv"'
    elif isinstance(answer.body, bytes):
        response = Response(answer.body)
    else:
        response = _filed(answer.body, media_type)
    response.headers["Content-Type"] = content_type(media_type)
    if answer.rows is not None:
        response.headers["KG-Rows"] = str(answer.rows)
    if answer.cut:
        truncated(response, rows=answer.rows or 0)
    return response


def _filed(file: BinaryIO, media_type: str) -> Response:
    """Return a response from a file, which the WSGI server reads and closes."""
    size, encoding = file.seek(0, SEEK_END), chosen(request.accept_encodings, media_type)
    if encoding:
        file, size = compress_file(file, encoding)
    file.seek(0)
    response = Response(wrap_file(request.environ, file), direct_passthrough=True)
    response.headers["Content-Length"] = str(size)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def truncated(response: Response, **shown: int) -> None:
    """Say that there is more than is sent, and how much is."""
    response.headers["KG-Truncated"] = ", ".join(f"{unit}={n}" for unit, n in shown.items())
