"""The engine's dbt macros as sqlfluff sees them: each becomes a call of its own name. Lint judges form, not meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    def call(*arguments: str) -> str:
        return f"{name}({', '.join(arguments)})"

    return call
