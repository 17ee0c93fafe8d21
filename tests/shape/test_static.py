"""What is read without dbt is what dbt reads."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from minhbach.core.errors import DeclarationError
from minhbach.shape import lineage, mart_columns
from minhbach.shape.static import agencies_behind, model_files

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.catalog import Catalog
    from tests.shape.conftest import Built


def test_lineage_is_dbts_own(built: Built, catalog: Catalog) -> None:
    manifest = json.loads((built.work.project / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    known = {
        node["name"]: (
            {name.split(".")[-1] for name in node["depends_on"]["nodes"] if name.startswith("model.")},
            {tuple(name.split(".")[-2:]) for name in node["depends_on"]["nodes"] if name.startswith("source.")},
        )
        for node in nodes
    }
    assert len(known) > 20
    read = {name: (set(inputs.models), set(inputs.sources)) for name, inputs in lineage(catalog.root).items()}
    assert read == known


def test_declarations_are_what_the_models_say(catalog: Catalog) -> None:
    started = time.perf_counter()
    assert catalog.datasets
    for name, dataset in catalog.datasets.items():
        assert mart_columns(catalog.root, name) == [column.name for column in dataset.columns]
        assert agencies_behind(catalog.root, name) == set(dataset.inputs)
    assert time.perf_counter() - started < 3


def test_stars_are_followed_into_the_statement(project_copy: Path) -> None:
    mart = project_copy / "dbt_project" / "models" / "marts" / "x.sql"
    mart.write_text("with a as (select 1 as p, 2 as q), b as (select *, 3 as r from a) select b.*, 4 as s from b")
    assert mart_columns(project_copy, "x") == ["p", "q", "r", "s"]
    mart.write_text("select * from {{ ref('int_so_ho_so') }}")
    with pytest.raises(DeclarationError, match="every column of the mart by its name"):
        mart_columns(project_copy, "x")
    mart.write_text("select from from")
    with pytest.raises(DeclarationError, match=r"dbt_project/models/marts/x\.sql.*cannot be parsed"):
        mart_columns(project_copy, "x")
    with pytest.raises(DeclarationError, match="no such file"):
        mart_columns(project_copy, "y")


FUNCTIONS = {"cast", "ceil", "coalesce", "count", "extract", "greatest", "grouping", "lag", "max", "min", "nullif"}
FUNCTIONS |= {"row_number", "sum"}
WORDS = {"and", "as", "else", "exists", "from", "in", "not", "or", "over", "sets", "then", "using", "values", "when"}
PORTABLE = FUNCTIONS | WORDS
"""Functions that every engine has, and the words of SQL that a bracket may follow."""
ENGINE_ONLY = re.compile(r"::|\bqualify\b|\bfilter\s*\(|//|\bexclude\s*\(|\bilike\b|\blist_|\bstrptime\b|\bread_\w+\(")


def test_no_function_that_duckdb_alone_has(catalog: Catalog) -> None:
    files = model_files(catalog.root)
    assert len(files) > 20
    for path in files.values():
        text = re.sub(
            r"--[^\n]*|\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|'[^']*'", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        used = {name.lower() for name in re.findall(r"\b([a-zA-Z_]\w*)\s*\(", text)}
        # A common table expression reads `name as (`, which the pattern takes for the function `as`.
        assert used <= PORTABLE, (path.name, used - PORTABLE)
        assert not ENGINE_ONLY.search(text), path.name


def test_source_is_read_in_staging_only(catalog: Catalog) -> None:
    reading = {name for name, inputs in lineage(catalog.root).items() if inputs.sources}
    assert reading
    files = model_files(catalog.root)
    assert {files[name].parts[-3] for name in reading} == {"staging"}
