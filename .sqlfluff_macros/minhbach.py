"""The engine's dbt macros as sqlfluff sees them: form, not meaning. An expression becomes a call of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def kept_before(model: str, columns: dict[str, str]) -> str:
    """Stand for the one macro that is a whole query."""
    return f"select {', '.join(columns)} from {model}"  # noqa: S608  never executed


def __getattr__(name: str) -> Callable[..., str]:
    def call(*arguments: str) -> str:
        return f"{name}({', '.join(arguments)})"

    return call
