"""The worked tables of the attacker model: two agencies, two fields, bases 5/100/80/50, all four rows hidden."""

from __future__ import annotations

from .tables import FORM_06_PARTS, Rows, form_06

SMALL = ("A", "X")


def quarter(*rows: tuple[int, ...]) -> Rows:
    """Give the four rows from columns 4, 5, 6, 8, 9, 10, 12, 13."""
    keys = (SMALL, ("A", "Y"), ("B", "X"), ("B", "Y"))
    return {key: form_06(dict(zip(FORM_06_PARTS, row, strict=True))) for key, row in zip(keys, rows, strict=True)}


MIXED = quarter(
    (2, 0, 3, 0, 2, 0, 0, 3), (41, 47, 12, 1, 51, 6, 0, 42), (44, 34, 2, 0, 52, 1, 0, 27), (1, 2, 47, 0, 10, 0, 7, 33)
)
DISJOINT = quarter(
    (5, 0, 0, 5, 0, 0, 0, 0), (100, 0, 0, 0, 100, 0, 0, 0), (80, 0, 0, 0, 0, 80, 0, 0), (50, 0, 0, 0, 0, 0, 50, 0)
)
THIRD = quarter(
    (0, 0, 5, 0, 3, 0, 2, 0), (1, 48, 51, 0, 0, 0, 63, 37), (1, 27, 52, 10, 0, 50, 0, 20), (21, 17, 12, 2, 0, 4, 44, 0)
)
AFTER_THIRD = quarter(
    (8, 13, 2, 2, 11, 1, 7, 2),
    (5, 10, 100, 33, 34, 18, 19, 11),
    (6, 4, 20, 10, 8, 2, 6, 4),
    (38, 39, 44, 36, 36, 7, 28, 14),
)
