"""The one tree of errors that a user can cause.

Each class has a `code` that never changes. `web` maps codes to HTTP statuses, `cli` to exit
codes; a test finds every class in both. Messages say what was wrong and where; the hint says
how to mend it. Nothing here tells of internals.
"""

from __future__ import annotations


class KgError(Exception):
    """Something the user can mend.

    Args:
        message: What was wrong, with the value.
        where: File, line, column, parameter or IRI.
        hint: What is right, in the imperative.
    """

    code = "error"

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f"\nhint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{cure}"


class FolderError(KgError):
    """The folder lacks what a graph needs, or cannot be read."""

    code = "folder"


class SettingError(KgError):
    """A setting is unknown or has a value of the wrong kind."""

    code = "setting"


class DataSyntaxError(KgError):
    """A file is not Turtle; `where` is file:line:column."""

    code = "data-syntax"


class VocabularyError(KgError):
    """A file uses a name in our namespaces that nothing declares."""

    code = "vocabulary"


class DateError(KgError):
    """A text is no date, or a date that no legal state covers."""

    code = "date"


class QueryNotFound(KgError):
    """The library has no query of that name."""

    code = "query-not-found"


class LibraryError(KgError):
    """A file of the query library is not well-formed."""

    code = "library"


class ParameterError(KgError):
    """A parameter of a request is missing, doubled, unknown or of the wrong type."""

    code = "parameter"


class QuerySyntaxError(KgError):
    """A text is not SPARQL 1.1; `where` is its line and column."""

    code = "query-syntax"


class QueryTooComplex(KgError):
    """A query is larger or deeper than the guard lets through."""

    code = "query-too-complex"


class QueryRefused(KgError):
    """A query asks for what this endpoint never does: federation, loading, updating."""

    code = "query-refused"


class QueryTimeout(KgError):
    """A query took longer than its deadline; its worker has been ended."""

    code = "query-timeout"


class QueryFailed(KgError):
    """The engine could not evaluate the query, or died of it (mostly: memory)."""

    code = "query-failed"


class ResultTooLarge(KgError):
    """The result is larger than the limit; nothing of it was sent."""

    code = "result-too-large"


class Busy(KgError):
    """All workers are busy and the queue is full."""

    code = "busy"


class Abandoned(KgError):
    """The client went away before its answer was there; its worker has been ended."""

    code = "abandoned"


class OverBudget(KgError):
    """The client has used up its share of evaluation for now.

    Args:
        seconds: After how many whole seconds it may ask again.
    """

    code = "over-budget"

    def __init__(self, message: str, *, seconds: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds


class UnknownGraph(KgError):
    """A dataset clause names a graph that this graph does not have."""

    code = "unknown-graph"


class NotAcceptable(KgError):
    """No format that the client accepts can be written."""

    code = "not-acceptable"


class UnsupportedMediaType(KgError):
    """The request's body is of a kind that the endpoint does not read."""

    code = "unsupported-media-type"


class TooLarge(KgError):
    """The request's body or address is larger than the limit."""

    code = "too-large"


class NotFound(KgError):
    """Nothing is known under that IRI or address."""

    code = "not-found"


class RemoteError(KgError):
    """A remote endpoint could not be reached or answered wrongly."""

    code = "remote"


class EngineFailure(KgError):
    """A checking engine (SHACL, OWL) could not do its work."""

    code = "engine-failure"


class PortInUse(KgError):
    """Another program listens on that address."""

    code = "port-in-use"
