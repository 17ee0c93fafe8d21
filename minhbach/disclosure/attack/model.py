"""The public model of one written table: everything a reader may know about how its cells hang together.

Knows the words of `disclosure.json`; does not know where files lie, nor how the attack is made.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

SCHEMA = "minhbach/disclosure/1"


class _Word(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Dimension(_Word):
    """One key column that counts are broken down by."""

    total: str | None = Field(None, description="The code of the row that sums over all others.")
    parent: str | None = Field(None, description="The column that holds the coarser code of the same row.")
    groups: dict[str, tuple[str, ...]] = Field(
        {}, description="Codes that sum over named others; where the others have no row, the group is a row by itself."
    )


class Measure(_Word):
    """One published count and the part it plays."""

    role: Literal["base", "outcome", "sensitive_outcome"]


class Rate(_Word):
    """One published ratio of two counts, rounded half up."""

    numerator: str
    denominator: str
    scale: float = Field(100, description="What a ratio of one is written as.")
    decimals: int = Field(2, ge=0, description="Decimals the ratio is rounded to.")


class SumsTo(_Word):
    """How the rows of this table add up to the rows of a coarser one."""

    dataset: str
    over: dict[str, str] = Field(description="A column of this table and the column it is folded into.")
    measures: dict[str, str] = Field(
        description="A count of this table and the count of the coarser one it adds up to."
    )


class Protected(_Word):
    """A quantity no column holds, that readers could work out by subtraction."""

    name: str
    formula: str = Field(alias="is", description="A linear expression over counts of this or a coarser table.")
    role: Literal["base", "sensitive_outcome"] = "sensitive_outcome"


class Suppression(_Word):
    """How a hidden count looks in the file."""

    column: str = "ghi_chu_an_so"
    code: str = "c"


class Limits(_Word):
    """What the attacker may not achieve, and what he knows of the algorithm."""

    threshold: PositiveInt = Field(10, description="Fewer persons than this are never shown.")
    zeros: Literal["published", "suppressed"] = "published"
    min_integers: PositiveInt = Field(5, description="Integers a protected count must still be able to take.")
    min_width: PositiveInt = Field(10, description="Upper minus lower bound of a protected count, at least.")


class PublicModel(_Word):
    """`disclosure.json` of a release: the public model of one dataset in one period."""

    schema_mark: Literal["minhbach/disclosure/1"] = Field("minhbach/disclosure/1", alias="schema")
    dataset: str
    period: str
    previous: str | None = Field(None, description="The period whose closing counts this one carries over.")
    population: str = ""
    method: Literal["suppress", "cell_key", "round", "none"] = "suppress"
    grain: tuple[str, ...] = Field(description="The columns that name a row.")
    period_column: str | None = None
    level_column: str | None = Field(None, description="The column that says at which level a row sums; for readers.")
    dimensions: dict[str, Dimension]
    measures: dict[str, Measure]
    rates: dict[str, Rate] = {}
    identities: tuple[str, ...] = Field((), description="Linear equations and inequalities that hold in every row.")
    carried: dict[str, str] = Field({}, description="A count of this period and the count of the previous it equals.")
    sums_to: SumsTo | None = None
    protected: tuple[Protected, ...] = ()
    waived: tuple[str, ...] = Field((), description="Roles that the threshold does not protect.")
    limits: Limits = Limits()
    ladder: tuple[dict[str, object], ...] = Field((), description="The steps of coarsening, fixed before the data.")
    suppression: Suppression = Suppression()

    def bases(self) -> tuple[str, ...]:
        """Name the counts that say how many are in a group."""
        return tuple(name for name, measure in self.measures.items() if measure.role == "base")

    def guarded(self) -> tuple[str, ...]:
        """Name the counts that the threshold protects."""
        return tuple(
            name
            for name, measure in self.measures.items()
            if measure.role in {"base", "sensitive_outcome"} and measure.role not in self.waived
        )
