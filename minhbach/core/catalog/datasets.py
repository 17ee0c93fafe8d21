"""`catalog/datasets/<dataset>.yml`: what the public gets, and how it is protected."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from ..periods import Regime
from .agencies import Share
from .base import Contact, Declared, Labelled, Stem, Text

Role = Literal["base", "outcome", "sensitive_outcome"]
Method = Literal["suppress", "cell_key", "round", "none"]
Level = Literal["critical", "warning", "info"]
TreatmentKind = Literal["keep", "drop", "count_of", "round", "band", "generalise"]
ColumnType = Annotated[str, StringConstraints(pattern=r"^(string|integer|boolean|date|decimal\(\d+,\d+\))$")]


class Treatment(Declared):
    """What happens to one column before it is told: exactly one kind, written `keep` or `{round: 5}` in YAML."""

    kind: TreatmentKind
    count_of: str | None = None
    """The unit that is counted (dossier, case, person)."""
    persons: str | None = None
    """Mart column with the distinct persons behind the count; the threshold is on persons."""
    round: int | None = None
    band: list[int] | None = None
    """Lower bounds of the bands, rising."""
    generalise: str | None = None
    """Name of the code list whose `parent` column gives the broader value."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        if isinstance(value, dict) and "kind" not in value:
            kinds = [key for key in ("count_of", "round", "band", "generalise") if key in value]
            return {**value, "kind": kinds[0]} if len(kinds) == 1 else value
        return value


class Column(Labelled):
    """One published column, or one that only the protection reads (`drop`)."""

    name: Stem
    type: ColumnType
    unit: Stem | None = None
    codes: Stem | None = None
    parent: Stem | None = None
    """Column that holds the declared parent of this code."""
    rest: str | None = None
    """The code of rolled-up rare values; below a parent it is `<parent>.<rest>`."""
    role: Role | None = None
    treatment: Treatment | None = None
    derived_from: Annotated[list[str] | None, Field(alias="from", min_length=2, max_length=2)] = None
    """Of a rate: [numerator, denominator]; recomputed from what is published."""
    why: str | None = None

    @model_validator(mode="after")
    def _one_treatment(self) -> Column:
        if (self.treatment is None) == (self.derived_from is None):
            raise ValueError("found both or neither of treatment and from, expected exactly one of them")
        if self.role and (self.treatment is None or self.treatment.kind != "count_of"):
            raise ValueError("found a role without a count, expected treatment {count_of: …} beside role")
        return self

    @property
    def text(self) -> Text:
        """The label in both languages."""
        return Text(vi=self.vi, en=self.en)

    @property
    def is_published(self) -> bool:
        """Whether the column goes out."""
        return self.treatment is None or self.treatment.kind != "drop"


class PeriodPlan(Declared):
    """How often a dataset goes out, and by which calendar."""

    regime: Regime
    every: Literal["month", "quarter", "year"]


class SumsTo(Declared):
    """The rows of this dataset add up to the rows of another one."""

    dataset: Stem
    over: dict[Stem, Stem]
    """Own dimension that is summed away → the column that takes its place there."""
    measures: dict[Stem, Stem]
    """Own measure → measure there."""


class ProtectedQuantity(Labelled):
    """A number that is not published, can be computed from published ones, and must not be."""

    name: Stem
    is_: Annotated[str, Field(alias="is")]
    role: Literal["sensitive_outcome"]


class Tables(Declared):
    """Parameters of table protection; the attacker knows all of them."""

    threshold: Annotated[int, Field(ge=3)]
    zeros: Literal["published", "suppressed"] = "published"
    min_integers: Annotated[int, Field(ge=2)] = 5
    min_width: Annotated[int, Field(ge=1)] = 10


class Coarsening(Declared):
    """A coarser table for small populations; chosen by the published total, so that the choice tells nothing."""

    below: Annotated[int, Field(ge=1)]
    dimension: Stem
    to: str


class Waiver(Declared):
    """A rule that the policy waives, with its reason."""

    roles: list[Role]
    why: Annotated[str, Field(min_length=20)]


class Disclosure(Declared):
    """The policy of one dataset; datasets of one population are protected together."""

    population: Stem
    method: Method
    why: str | None = None
    tables: Tables | None = None
    protected: list[ProtectedQuantity] = []
    coarsen: list[Coarsening] = []
    waive: list[Waiver] = []

    @model_validator(mode="after")
    def _reasons(self) -> Disclosure:
        if self.method == "none" and not self.why:
            raise ValueError("found method none without why, expected the reason why no protection is needed")
        if self.method == "suppress" and self.tables is None:
            raise ValueError("found method suppress without tables, expected threshold and widths")
        return self


class Volume(Declared):
    """How far a dataset's size may move from the one before."""

    column: Stem
    against: Literal["previous"] = "previous"
    within: Share


class Quality(Declared):
    """What the judge checks beyond types, keys, codes and identities."""

    volume: Volume | None = None


class SignOff(Declared):
    """A steward's signature under columns and policy."""

    by: Stem
    on: dt.date
    fingerprint: str
    signature: str = ""


class Finding(Declared):
    """The one sentence a page starts with: a share of a whole."""

    measure: Stem
    share: Annotated[list[Stem], Field(min_length=2, max_length=2)]
    """[part, whole]"""
    sentence: Text | None = None
    """With {part}, {whole}, {share}, {period}."""


class Dataset(Declared):
    """Everything about one dataset, in one file a steward can read."""

    name: Stem
    title: Text
    about: Text
    how_to_read: Text
    does_not_say: Text
    theme: Text
    tags: list[str] = []
    owner: Stem
    steward: Contact
    licence: str
    period: PeriodPlan
    grain: Annotated[list[Stem], Field(min_length=1)]
    inputs: Annotated[list[Stem], Field(min_length=1)]
    """Agencies whose records feed the mart; a test holds them against dbt's lineage."""
    finding: Finding | None = None
    columns: Annotated[list[Column], Field(min_length=1)]
    identities: list[str] = []
    """Linear: `a = b + c`, `a <= b`."""
    carried: dict[Stem, Stem] = {}
    """Measure of this period → measure of the previous period that it equals."""
    sums_to: SumsTo | None = None
    totals: dict[Stem, str] = {}
    """Dimension → the code of its total rows."""
    disclosure: Disclosure
    quality: Quality = Quality()
    sign_off: SignOff | None = None

    def column(self, name: str) -> Column:
        """Return a column by name; KeyError when it is not declared."""
        return next(column for column in self.columns if column.name == name)

    @property
    def published(self) -> list[Column]:
        """Columns that go out, in order."""
        return [column for column in self.columns if column.is_published]

    @property
    def slug(self) -> str:
        """The name in addresses: words joined by hyphens."""
        return self.name.replace("_", "-")
