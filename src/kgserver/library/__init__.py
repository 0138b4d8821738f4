"""Named queries: reading `queries/`, binding parameters."""

from kgserver.library.document import Document, Piece, Sentence
from kgserver.library.files import Library
from kgserver.library.head import Asks
from kgserver.library.parameters import Parameter, ParamType
from kgserver.library.query import Form, NamedQuery

__all__ = [
    "Asks",
    "Document",
    "Form",
    "Library",
    "NamedQuery",
    "ParamType",
    "Parameter",
    "Piece",
    "Sentence",
]
