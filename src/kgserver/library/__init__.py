"""Named queries: reading `queries/`, binding parameters."""

from kgserver.library.files import Library
from kgserver.library.head import Asks
from kgserver.library.parameters import Parameter, ParamType
from kgserver.library.query import Form, NamedQuery

__all__ = ["Asks", "Form", "Library", "NamedQuery", "ParamType", "Parameter"]
