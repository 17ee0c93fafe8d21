"""dbt's own macros that differ by engine (`dbt.dateadd`) as sqlfluff sees them: a call of the macro's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    def call(*arguments: str) -> str:
        return f"{name}({', '.join(arguments)})"

    return call
