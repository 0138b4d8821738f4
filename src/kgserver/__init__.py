"""Check, reason over and serve a folder of legal knowledge, as of any date."""

__all__ = ["__version__"]

__version__ = "0.1.0"
