"""Reads models without dbt, in milliseconds: which inputs a model has, which columns a mart ends with. Runs nothing.

A test holds both against dbt's own manifest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.errors import DeclarationError, Problem

if TYPE_CHECKING:
    from pathlib import Path

MODELS = "dbt_project/models"
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
REF = re.compile(r"""\bref\(\s*['"]([^'"]+)['"]\s*\)""")
SOURCE = re.compile(r"""\bsource\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]\s*\)""")


@dataclass(frozen=True)
class Inputs:
    """What a model reads: other models by name, source tables as (source, table)."""

    models: frozenset[str]
    sources: frozenset[tuple[str, str]]


def model_files(project: Path) -> dict[str, Path]:
    """Return every model of a project folder by its name."""
    return {path.stem: path for path in sorted((project / MODELS).rglob("*.sql"))}


def lineage(project: Path) -> dict[str, Inputs]:
    """Return what every model of a project folder reads."""
    return {name: _inputs(path.read_text(encoding="utf-8")) for name, path in model_files(project).items()}


def agencies_behind(project: Path, model: str) -> set[str]:
    """Return the suppliers whose tables feed a model, however far upstream; the engine's own tables are none.

    Raises:
        DeclarationError: a model on the way is not there.

    """
    known, seen, agencies, waiting = lineage(project), set[str](), set[str](), [model]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in known:
            raise DeclarationError([Problem(MODELS, name, "no such model", "a model that others may ref()")])
        agencies |= {source for source, _ in known[name].sources if source != "minhbach"}
        waiting += known[name].models
    return agencies


def mart_columns(project: Path, mart: str) -> list[str]:
    """Return the columns of a mart in order, as its final select names them.

    Raises:
        DeclarationError: there is no such mart, it cannot be parsed, or a star hides its columns.

    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    path = model_files(project).get(mart)
    if path is None:
        raise DeclarationError([Problem(f"{MODELS}/marts/{mart}.sql", "", "no such file", "the mart of the dataset")])
    shown = path.relative_to(project).as_posix()
    try:
        tree = sqlglot.parse_one(_rendered(path.read_text(encoding="utf-8")), dialect="duckdb")
    except SqlglotError as error:
        raise DeclarationError([Problem(shown, "", "SQL that cannot be parsed", "one select statement")]) from error
    columns = _names(tree, {})
    if columns is None:
        raise DeclarationError([Problem(shown, "", "select *", "every column of the mart by its name")])
    return columns


def reads_its_past(project: Path) -> bool:
    """Tell whether a model builds on what it held before, so that periods must be built in order."""
    return any("{{ this }}" in _bare(path.read_text(encoding="utf-8")) for path in model_files(project).values())


def _inputs(text: str) -> Inputs:
    bare = _bare(text)
    return Inputs(frozenset(REF.findall(bare)), frozenset(SOURCE.findall(bare)))


def _bare(text: str) -> str:
    """Leave out Jinja comments; a reference in an SQL comment counts, as it does for dbt."""
    return COMMENT.sub("", text)


def _names(tree: Any, outer: dict[str, Any]) -> list[str] | None:
    """Return the output names of a select, following stars into the CTEs of the same statement."""
    from sqlglot import exp

    known = outer | {cte.alias: cte.this for cte in tree.ctes}
    if isinstance(tree, exp.Union | exp.Subquery):
        return _names(tree.this, known)
    names: list[str] = []
    for column in tree.expressions:
        if not column.is_star:
            names.append(column.alias_or_name)
            continue
        table = column.table if isinstance(column, exp.Column) else ""
        sources = [node for node in tree.find_all(exp.Table) if node.parent_select is tree]
        for source in [node for node in sources if not table or node.alias_or_name == table]:
            inner = _names(known[source.name], known) if source.name in known else None
            if inner is None:
                return None
            names += inner
    return names


class _Stub:
    """Stands for anything a template calls or reads: any macro gives a null."""

    def __call__(self, *_: object, **__: object) -> str:
        return "null"

    def __getattr__(self, name: str) -> _Stub:
        return self

    def __str__(self) -> str:
        return ""


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment

    environment = Environment(autoescape=False)  # noqa: S701  SQL, not HTML
    stub = _Stub()
    environment.globals.update(
        ref=lambda *names: names[-1],
        source=lambda source, table: f"{source}__{table}",
        config=lambda **_: "",
        is_incremental=lambda: False,
        var=lambda *_: "null",
        env_var=lambda *_: "",
        this="this",
        dbt=stub,
        minhbach=stub,
        adapter=stub,
        target=stub,
    )
    return environment


def _rendered(text: str) -> str:
    return str(_environment().from_string(text).render())
