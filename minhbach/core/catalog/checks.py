"""Holds declarations against each other: names that must exist, roles, sums, sign-offs. Reads no SQL and no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Problem
from ..linear import parse_statement, parse_sum
from .fingerprint import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from .agencies import Agency
    from .datasets import Dataset
    from .load import Catalog
    from .publications import Publication

LICENCES = ("CC-BY-4.0", "CC0-1.0", "ODC-By-1.0", "PDDL-1.0")
SEE = "docs/add-a-dataset.md"


def check_catalog(catalog: Catalog) -> list[Problem]:
    """Return every problem between declarations; an empty list means that they agree."""
    problems: list[Problem] = []
    for agency in catalog.agencies.values():
        problems += _answers(catalog, agency)
        for table_name, table in agency.tables.items():
            for column, declared in table.columns.items():
                if declared.codes and declared.codes.list not in catalog.codes:
                    key = f"tables.{table_name}.columns.{column}.codes.list"
                    lists = _one_of(catalog.codes)
                    file = f"catalog/agencies/{agency.name}.yml"
                    problems.append(Problem(file, key, f'"{declared.codes.list}"', lists, "docs/add-an-agency.md"))
    for dataset in catalog.datasets.values():
        problems += [Problem(f"catalog/datasets/{dataset.name}.yml", *p, SEE) for p in _of_dataset(catalog, dataset)]
    for publication in catalog.publications.values():
        file = f"catalog/publications/{publication.name}.yml"
        problems += [Problem(file, *p, "docs/operate.md") for p in _of_publication(catalog, publication)]
    return problems + list(_of_people(catalog))


def _of_people(catalog: Catalog) -> Iterator[Problem]:
    """A login is one person's: an approval by it must name one."""
    seen: dict[str, str] = {}
    for name, person in catalog.people.items():
        if person.login and (other := seen.setdefault(person.login, name)) != name:
            found = f'"{person.login}", as {other} has it'
            yield Problem("catalog/people.yml", f"{name}.login", found, "a login of one person", "docs/operate.md")


def _answers(catalog: Catalog, agency: Agency) -> Iterator[Problem]:
    """A supplier answers for agencies that exist, and for none that another one answers for."""
    file, see = f"catalog/agencies/{agency.name}.yml", "docs/desk.md"
    declared = agency.answers_for
    if declared is None:
        return
    if declared.list not in catalog.codes:
        yield Problem(file, "answers_for.list", f'"{declared.list}"', _one_of(catalog.codes), see)
        return
    known = catalog.code_values(declared.list)
    mine = ["all"] if declared.codes == "all" else declared.codes
    for code in mine:
        if code not in {*known, "all"}:
            yield Problem(file, "answers_for.codes", f'"{code}"', f"a code of catalog/codes/{declared.list}.csv", see)
    for other in catalog.agencies.values():
        theirs = other.answers_for
        if other.name < agency.name and theirs is not None and theirs.list == declared.list:
            both = sorted({*mine} & {*(["all"] if theirs.codes == "all" else theirs.codes)})
            for code in both:
                found = f'"{code}", as {other.name} has it'
                yield Problem(file, "answers_for.codes", found, "one supplier for each agency", see)


Found = tuple[str, str, str]
"""key, found, expected"""


def _of_dataset(catalog: Catalog, dataset: Dataset) -> Iterator[Found]:
    names = [column.name for column in dataset.columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "columns", f'"{name}" twice', "every column once"
    if dataset.licence not in LICENCES:
        yield "licence", f'"{dataset.licence}"', _one_of(LICENCES)
    for index, agency in enumerate(dataset.inputs):
        if agency not in catalog.agencies:
            yield f"inputs[{index}]", f'"{agency}"', _one_of(catalog.agencies)
    for index, name in enumerate(dataset.grain):
        if name not in names:
            yield f"grain[{index}]", f'"{name}"', "a column of this dataset"
    yield from _columns(catalog, dataset)
    yield from _statements(catalog, dataset)
    yield from _policy(catalog, dataset)


def _columns(catalog: Catalog, dataset: Dataset) -> Iterator[Found]:
    counts = {c.name for c in dataset.columns if c.treatment and c.treatment.kind == "count_of"}
    dropped = {c.name for c in dataset.columns if not c.is_published}
    for index, column in enumerate(dataset.columns):
        key = f"columns[{index}]"
        if column.codes and column.codes not in catalog.codes:
            yield f"{key}.codes", f'"{column.codes}"', _one_of(catalog.codes)
        if column.parent and column.parent not in {c.name for c in dataset.columns}:
            yield f"{key}.parent", f'"{column.parent}"', "a column of this dataset"
        persons = column.treatment.persons if column.treatment else None
        if persons and persons not in dropped:
            yield f"{key}.treatment.persons", f'"{persons}"', "a column whose treatment is drop"
        for place, part in enumerate(column.derived_from or []):
            if part not in counts:
                yield f"{key}.from[{place}]", f'"{part}"', "a published count of this dataset"
        if column.role == "base" and not persons:
            yield f"{key}.treatment", "a base without persons", "persons: the column that counts distinct persons"


def _statements(catalog: Catalog, dataset: Dataset) -> Iterator[Found]:
    counts = {c.name for c in dataset.columns if c.treatment and c.treatment.kind == "count_of"}
    for index, text in enumerate(dataset.identities):
        try:
            names = parse_statement(text).names
        except ValueError as error:
            yield f"identities[{index}]", f'"{text}"', str(error)
            continue
        yield from _counts(f"identities[{index}]", names, counts)
    for now, before in dataset.carried.items():
        yield from _counts(f"carried.{now}", [now, before], counts)
    for dimension in dataset.totals:
        if dimension not in dataset.grain:
            yield f"totals.{dimension}", f'"{dimension}"', "a column of the grain"
    if dataset.sums_to:
        other = catalog.datasets.get(dataset.sums_to.dataset)
        if other is None or other.disclosure.population != dataset.disclosure.population:
            yield "sums_to.dataset", f'"{dataset.sums_to.dataset}"', "a dataset of the same population"
            return
        yield from _counts("sums_to.measures", dataset.sums_to.measures, counts)
        yield from _counts("sums_to.measures", dataset.sums_to.measures.values(), {c.name for c in other.columns})


def _counts(key: str, names: Iterable[str], counts: Collection[str]) -> Iterator[Found]:
    return ((key, f'"{name}"', "a count of the dataset") for name in names if name not in counts)


def _policy(catalog: Catalog, dataset: Dataset) -> Iterator[Found]:
    policy = dataset.disclosure
    for index, quantity in enumerate(policy.protected):
        try:
            parse_sum(quantity.is_)
        except ValueError as error:
            yield f"disclosure.protected[{index}].is", f'"{quantity.is_}"', str(error)
    if policy.method == "suppress":
        bases = [column.name for column in dataset.columns if column.role == "base"]
        if len(bases) != 1:
            yield "columns", f"{len(bases)} columns with role base", "exactly one base in a suppressed table"
    for other in catalog.datasets.values():
        if other.disclosure.population == policy.population and other.disclosure.tables != policy.tables:
            yield "disclosure.tables", "other parameters than in " + other.name, "the same for one population"
    signed = dataset.sign_off
    if signed is None:
        yield (
            "sign_off",
            "nothing",
            f"fingerprint {fingerprint_of(dataset)}; `minhbach sign-off {dataset.name}` signs it",
        )
        return
    if signed.fingerprint != fingerprint_of(dataset):
        expected = f'"{fingerprint_of(dataset)}": columns or policy changed, have it signed off again'
        yield "sign_off.fingerprint", f'"{signed.fingerprint}"', expected
    person = catalog.people.get(signed.by)
    if person is None or "steward" not in person.roles:
        yield "sign_off.by", f'"{signed.by}"', "a steward of catalog/people.yml"


def _of_publication(catalog: Catalog, publication: Publication) -> Iterator[Found]:
    for index, name in enumerate(publication.datasets):
        if name not in catalog.datasets:
            yield f"datasets[{index}]", f'"{name}"', _one_of(catalog.datasets)
        elif catalog.datasets[name].period.regime != publication.calendar.regime:
            yield f"datasets[{index}]", f"{name} in another regime", f"regime {publication.calendar.regime}"
    if publication.portal not in catalog.portals:
        yield "portal", f'"{publication.portal}"', _one_of(catalog.portals)
    for key, roles in (("prepared_by", {"preparer"}), ("approved_by", {"steward", "publisher"})):
        for index, name in enumerate(getattr(publication, key)):
            person = catalog.people.get(name)
            if person is None or not roles & set(person.roles):
                yield f"{key}[{index}]", f'"{name}"', f"a person with role {' or '.join(sorted(roles))}"
    both = sorted(set(publication.prepared_by) & set(publication.approved_by))
    if both and len(publication.approved_by) == len(both):
        yield "approved_by", f"only preparers ({', '.join(both)})", "at least one person who does not prepare"


def _one_of(names: Collection[str]) -> str:
    return f"one of {', '.join(sorted(names))}"
