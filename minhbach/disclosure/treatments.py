"""What happens to one column before it is told: keep, generalise, round, band; not counts, which are protected.

Knows arrays and the words of a treatment; does not know rows, thresholds or files.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import DeclarationError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa


def treat(
    column: pa.Array, name: str, treatment: Mapping[str, Any], parents: Mapping[str, Mapping[str, str]]
) -> pa.Array:
    """Apply one treatment to a column; `parents` gives, by code list, the broader value of each code.

    Raises:
        DeclarationError: the treatment is not one of keep, generalise, round, band, or a code has no broader value.

    """
    import pyarrow as pa

    kind = treatment["kind"]
    if kind == "keep":
        return column
    values = column.to_pylist()
    if kind == "round":
        return pa.array([_rounded(value, int(treatment["round"])) for value in values], type=pa.int64())
    if kind == "band":
        return pa.array([_banded(value, list(treatment["band"])) for value in values], type=pa.string())
    if kind == "generalise":
        broader = parents.get(str(treatment["generalise"]), {})
        missing = sorted({str(value) for value in values if value is not None and str(value) not in broader})
        if missing:
            raise DeclarationError(
                [
                    Problem(
                        name, "treatment.generalise", f"no parent for {missing[0]}", f"one in {treatment['generalise']}"
                    )
                ]
            )
        return pa.array([None if value is None else broader[str(value)] for value in values], type=pa.string())
    raise DeclarationError([Problem(name, "treatment", str(kind), "keep, round, band, drop, count_of or generalise")])


def _rounded(value: float | None, base: int) -> int | None:
    """Round half up to a multiple of the base, away from zero alike."""
    if value is None:
        return None
    sign = -1 if value < 0 else 1
    return sign * int((abs(value) + base / 2) // base) * base


def _banded(value: float | None, bounds: Sequence[int]) -> str | None:
    if value is None:
        return None
    at = bisect_right(bounds, value)
    if at == 0:
        return f"<{bounds[0]}"
    return f"{bounds[at - 1]}–{bounds[at] - 1}" if at < len(bounds) else f"{bounds[-1]}+"
