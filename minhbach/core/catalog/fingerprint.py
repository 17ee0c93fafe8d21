"""The fingerprint a steward signs off: columns, identities and policy of a dataset, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jsonfile import digest

if TYPE_CHECKING:
    from .datasets import Dataset

SIGNED_PARTS = {"columns", "grain", "identities", "carried", "sums_to", "totals", "disclosure", "period", "licence"}


def fingerprint_of(dataset: Dataset) -> str:
    """Return the fingerprint: changing a column or the policy changes it, changing a description does not."""
    return digest(dataset.model_dump(mode="json", by_alias=True, include=SIGNED_PARTS))[:16]


def declaration_sha256(dataset: Dataset) -> str:
    """Return the hash of the whole declaration but its sign-off."""
    return digest(dataset.model_dump(mode="json", by_alias=True, exclude={"sign_off"}))


def policy_sha256(dataset: Dataset) -> str:
    """Return the hash of the disclosure policy alone."""
    return digest(dataset.disclosure.model_dump(mode="json", by_alias=True))
