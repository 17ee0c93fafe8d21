"""The declaration of one dataset as the protector needs it: the words of the dataset YAML; knows no table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from minhbach.core.errors import DeclarationError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTE_COLUMN = "ghi_chu_an_so"


@dataclass(frozen=True)
class Measure:
    """One count: its role and the column with the distinct persons behind it."""

    name: str
    role: str
    persons: str | None = None


@dataclass(frozen=True)
class Rate:
    """One ratio, recomputed from the published parts."""

    name: str
    numerator: str
    denominator: str
    scale: int
    decimals: int


@dataclass(frozen=True)
class Relation:
    """`sum of factor times measure` is zero (`equal`) or at most zero, in every row."""

    terms: dict[str, int]
    equal: bool
    text: str


@dataclass(frozen=True)
class SumsTo:
    """How rows add up to the rows of another dataset."""

    dataset: str
    over: dict[str, str]
    measures: dict[str, str]


@dataclass(frozen=True)
class Virtual:
    """A quantity that nobody publishes and everybody can subtract: terms of the other dataset, and of the own one."""

    name: str
    other: dict[str, int]
    own: dict[str, int]
    role: str = "sensitive_outcome"


@dataclass(frozen=True)
class Step:
    """One rung of the coarsening ladder."""

    below: int
    dimension: str
    to: str


@dataclass(frozen=True)
class Spec:
    """One dataset: keys, counts, relations and policy."""

    name: str
    grain: tuple[str, ...]
    columns: tuple[str, ...]
    treatments: dict[str, Mapping[str, Any]]
    types: dict[str, str]
    parents: dict[str, str]
    codes: dict[str, str]
    measures: dict[str, Measure]
    rates: dict[str, Rate]
    relations: tuple[Relation, ...]
    totals: dict[str, str]
    carried: dict[str, str]
    sums_to: SumsTo | None
    virtuals: tuple[Virtual, ...]
    threshold: int
    zeros: str
    min_integers: int
    min_width: int
    population: str
    method: str
    ladder: tuple[Step, ...] = field(default=())

    @property
    def bases(self) -> tuple[str, ...]:
        """Counts that say how many are in a group."""
        return tuple(name for name, measure in self.measures.items() if measure.role == "base")

    @property
    def period(self) -> str | None:
        """The column of the period: the first of the grain, unless it has totals like any dimension."""
        return None if self.grain[0] in self.totals else self.grain[0]

    @property
    def dropped(self) -> tuple[str, ...]:
        """Columns that only the threshold reads."""
        return tuple(name for name in self.columns if self.treatments.get(name, {}).get("kind") == "drop")


def spec_of(declaration: Any) -> Spec:
    """Read a `core.catalog.Dataset`, or a mapping with the same words.

    Raises:
        DeclarationError: the declaration does not say what the protection must know.

    """
    said = declaration.model_dump(by_alias=True) if hasattr(declaration, "model_dump") else dict(declaration)
    name = str(said.get("name") or "table")
    columns = {str(column["name"]): column for column in said["columns"]}
    disclosure = said.get("disclosure") or {}
    tables = disclosure.get("tables") or {}
    measures = {
        column: Measure(column, str(told["role"]), _treatment(told).get("persons"))
        for column, told in columns.items()
        if told.get("role")
    }
    sums = said.get("sums_to")
    spec = Spec(
        name=name,
        grain=tuple(said["grain"]),
        columns=tuple(columns),
        treatments={column: _treatment(told) for column, told in columns.items()},
        types={column: str(told.get("type", "string")) for column, told in columns.items()},
        parents={column: str(told["parent"]) for column, told in columns.items() if told.get("parent")},
        codes={column: str(told["codes"]) for column, told in columns.items() if told.get("codes")},
        measures=measures,
        rates={column: _rate(column, told) for column, told in columns.items() if told.get("from")},
        relations=tuple(_relation(text, name, measures) for text in said.get("identities") or ()),
        totals=dict(said.get("totals") or {}),
        carried=dict(said.get("carried") or {}),
        sums_to=SumsTo(sums["dataset"], dict(sums["over"]), dict(sums["measures"])) if sums else None,
        virtuals=tuple(_virtual(one, name, sums) for one in disclosure.get("protected") or ()),
        threshold=int(tables.get("threshold", 10)),
        zeros=str(tables.get("zeros", "published")),
        min_integers=int(tables.get("min_integers", 5)),
        min_width=int(tables.get("min_width", 10)),
        population=str(disclosure.get("population", "")),
        method=str(disclosure.get("method", "suppress")),
        ladder=tuple(
            Step(int(step["below"]), str(step["dimension"]), str(step["to"]))
            for step in disclosure.get("coarsen") or ()
        ),
    )
    _hold(spec)
    return spec


def _hold(spec: Spec) -> None:
    problems = [
        Problem(spec.name, f"grain.{column}", "no such column", "a declared column")
        for column in spec.grain
        if column not in spec.columns
    ]
    problems += [
        Problem(spec.name, f"carried.{a}", "not a count", "two counts of this dataset")
        for a, b in spec.carried.items()
        if a not in spec.measures or b not in spec.measures
    ]
    problems += [
        Problem(spec.name, f"totals.{dimension}", "not in the grain", "a dimension of the grain")
        for dimension in spec.totals
        if dimension not in spec.grain
    ]
    if spec.zeros != "published" and spec.method == "suppress":
        problems.append(
            Problem(spec.name, "disclosure.tables.zeros", spec.zeros, "published, the only way of this version")
        )
    if problems:
        raise DeclarationError(problems)


def _treatment(column: Mapping[str, Any]) -> Mapping[str, Any]:
    treatment = column.get("treatment")
    if isinstance(treatment, str):
        return {"kind": treatment}
    if treatment is None:
        return {"kind": "rate"} if column.get("from") else {"kind": "keep"}
    kinds = [kind for kind in ("count_of", "round", "band", "generalise") if treatment.get(kind) is not None]
    return {**treatment, "kind": treatment.get("kind") or kinds[0]}


def _rate(name: str, column: Mapping[str, Any]) -> Rate:
    numerator, denominator = column["from"]
    decimals = re.fullmatch(r"decimal\(\d+,\s*(\d+)\)", str(column.get("type", "")))
    return Rate(
        name, numerator, denominator, 100 if column.get("unit") == "percent" else 1, int(decimals[1]) if decimals else 2
    )


def _linear(text: str) -> dict[str, int]:
    terms: dict[str, int] = {}
    for sign, word in re.findall(r"([+-]?)\s*([A-Za-z_][\w.]*)", text):
        terms[word] = terms.get(word, 0) + (-1 if sign == "-" else 1)
    return terms


def _relation(text: str, name: str, measures: Mapping[str, Measure]) -> Relation:
    left, sign, right = re.split(r"(<=|=)", text, maxsplit=1) if re.search(r"<=|=", text) else (text, "", "")
    terms = _linear(left)
    for word, factor in _linear(right).items():
        terms[word] = terms.get(word, 0) - factor
    if not sign or not set(terms) <= set(measures):
        raise DeclarationError(
            [Problem(name, "identities", f"“{text}”", "a = b + c or a <= b over counts of the dataset")]
        )
    return Relation(terms, sign == "=", text)


def _virtual(said: Mapping[str, Any], name: str, sums: Mapping[str, Any] | None) -> Virtual:
    other: dict[str, int] = {}
    own: dict[str, int] = {}
    for word, factor in _linear(str(said["is"])).items():
        dataset, _, measure = word.rpartition(".")
        if dataset and dataset != name:
            if not sums or dataset != sums["dataset"]:
                found = f"“{word}”"
                raise DeclarationError(
                    [
                        Problem(
                            name,
                            f"disclosure.protected.{said['name']}",
                            found,
                            "a count of this dataset or of the one it sums to",
                        )
                    ]
                )
            other[measure] = factor
        else:
            own[measure or word] = factor
    return Virtual(str(said["name"]), other, own, str(said.get("role", "sensitive_outcome")))
