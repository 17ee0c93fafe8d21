"""The catalog: what a project folder promises, as strict typed objects."""

from __future__ import annotations

from .agencies import Agency, Table
from .datasets import Column, Dataset
from .load import Catalog, load_catalog
from .publications import Person, Portal, Publication

__all__ = ["Agency", "Catalog", "Column", "Dataset", "Person", "Portal", "Publication", "Table", "load_catalog"]
