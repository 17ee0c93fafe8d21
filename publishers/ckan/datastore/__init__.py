"""Typed tables of a portal's DataStore: what they look like, two ways of loading them, and the proof of either."""

from .checking import check
from .copying import CopyLoader
from .digest import Digest, digest_of
from .loader import Loader, Prepared
from .rows import Rows, rows_in, rows_of
from .sending import ApiLoader
from .spec import Field, TableSpec, table_of

__all__ = [
    "ApiLoader",
    "CopyLoader",
    "Digest",
    "Field",
    "Loader",
    "Prepared",
    "Rows",
    "TableSpec",
    "check",
    "digest_of",
    "rows_in",
    "rows_of",
    "table_of",
]
