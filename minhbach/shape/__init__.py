"""SHAPE: the one door to dbt. Runs the project's models on the frozen extracts and leaves an immutable warehouse file.

The only room that imports dbt, and only where the work starts. Knows no disclosure, no verdict and no portal.
"""

from __future__ import annotations

from .build import build
from .result import BuildResult, DefectCount
from .static import lineage, mart_columns

__all__ = ["BuildResult", "DefectCount", "build", "lineage", "mart_columns"]
