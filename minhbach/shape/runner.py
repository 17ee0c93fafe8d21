"""Runs dbt inside this process, silently, and turns what fails into the house's errors. One runner per process.

An error never repeats what dbt or DuckDB said about a value: both quote data. The private log has it all.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import DeclarationError, Interrupted, MinhBachError, Problem, StorageFailed, VerdictFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .workfolder import WorkFolder

SAYS_NO_DATA = ("Binder Error", "Catalog Error", "Parser Error", "Compilation Error")
"""Kinds of DuckDB and dbt errors that speak of names and syntax only."""


def run_dbt(work: WorkFolder, command: Sequence[str]) -> list[Any]:
    """Run one dbt command on the assembled project and return the result of every node.

    Raises:
        DeclarationError: a model cannot be parsed, run, or has other columns than its dataset declares.
        VerdictFailed: a data test found rows that break an identity.
        StorageFailed: the disk or the memory does not hold the build.
        Interrupted: the run was stopped.

    """
    work.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    arguments = [
        *command,
        "--project-dir", str(work.project),
        "--profiles-dir", str(work.project),
        "--log-path", str(work.logs),
        "--log-level", "none",
        "--log-level-file", "info",
        "--no-use-colors",
        "--no-print",
        "--no-version-check",
    ]  # fmt: skip
    try:
        with _silent(work.logs / "stdout.log"):
            outcome = _runner().invoke(arguments)
    finally:
        close_database()
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise Interrupted("build: stopped; nothing was left half built, run again.")
    if outcome.exception is not None:
        raise _parse_failed(work, outcome.exception)
    results = list(getattr(outcome.result, "results", []) or [])
    failed = [result for result in results if str(result.status) in {"error", "fail", "runtime error"}]
    if failed:
        raise _failed(work, failed)
    return results


def close_database() -> None:
    """Close dbt's connection, so that the file is whole and anybody may open it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV  # noqa: SLF001  dbt-duckdb keeps it open and has no public way to close it
    DuckDBConnectionManager.close_all_connections()
    if environment is not None:
        environment.close()


@lru_cache(maxsize=1)
def _runner() -> Any:
    from dbt.cli.main import dbtRunner

    return dbtRunner()


@contextmanager
def _silent(log: Path) -> Iterator[None]:
    """Keep everything dbt prints in a private file, and the working folder where it was."""
    here = Path.cwd()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream, redirect_stdout(stream), redirect_stderr(stream):
        try:
            yield
        finally:
            os.chdir(here)


def _parse_failed(work: WorkFolder, error: BaseException) -> MinhBachError:
    if "No space left" in str(error):
        return StorageFailed(f"{work.root}: the build stopped: the disk is full; free some and run again.")
    file, said = _place(str(error)), _sentence(str(error))
    return DeclarationError([Problem(file, "", said, f"a project that dbt can read; {work.logs / 'dbt.log'} has more")])


def _failed(work: WorkFolder, failed: list[Any]) -> MinhBachError:
    log = work.logs / "dbt.log"
    messages = [str(result.message or "") for result in failed]
    for message in messages:
        if "No space left" in message or "Out of Memory Error" in message:
            kind = "the disk is full" if "No space" in message else "the memory allowed to DuckDB is too small"
            return StorageFailed(f"{work.root}: the build stopped: {kind}; free some and run again.")
    broken = [result for result in failed if result.node.resource_type not in {"test", "unit_test"}]
    if broken:
        return DeclarationError(
            [
                Problem(
                    f"dbt_project/{result.node.original_file_path}",
                    result.node.name,
                    _sentence(str(result.message or "")),
                    f"a model that runs and keeps its contract; {log} has more",
                )
                for result in broken
            ]
        )
    said = [f"{_of(result)}: {result.node.description or result.node.name}" for result in failed]
    return VerdictFailed(
        f"build: found rows that break {len(said)} rule(s) ({'; '.join(said)}), expected none; see {log}."
    )


def _of(result: Any) -> str:
    return str(getattr(result.node, "attached_node", None) or result.node.name).rsplit(".", 1)[-1]


def _place(message: str) -> str:
    found = re.search(r"\(((?:models|tests|macros)/[^)\s]+)\)", message)
    return f"dbt_project/{found[1]}" if found else "dbt_project"


def _sentence(message: str) -> str:
    """Say what kind of error it is; the details only where they cannot hold data."""
    if "enforced contract" in message:
        return _contract(message)
    for kind in SAYS_NO_DATA:
        if kind in message:
            line = message.split(kind, 1)[1].strip(" :\n").split("\n")[0]
            return f"{kind.lower()}: {line.rstrip('.')}"
    kinds = re.findall(r"\b([A-Z][a-z]+(?: [A-Z][a-z]+)* Error)\b", message)
    return kinds[-1].lower() if kinds else "an error that dbt's log describes"


def _contract(message: str) -> str:
    """Name the columns in which a mart and its declaration differ (the table dbt draws has no values)."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in message.splitlines() if "|" in line
    ]
    differing = [row for row in rows if len(row) >= 4 and row[0] != "column_name" and not set(row[0]) <= {"-", " "}]  # noqa: PLR2004  dbt's four columns
    named = [f"{row[0]} ({row[3]}{f', {row[1]} for {row[2]}' if 'type' in row[3] else ''})" for row in differing]
    return f"other columns than the dataset declares: {', '.join(named) or 'see the log'}"
