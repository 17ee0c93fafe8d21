"""Reads a project folder's declarations into one catalog; collects every problem before it complains."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from ..errors import DeclarationError, Problem, UsageError
from ..periods import Period, last_closed_quarter
from ..workdays import WorkingCalendar, load_exceptions
from .agencies import Agency, Table
from .datasets import Dataset
from .problems import from_validation
from .project import ProjectDeclaration
from .publications import Person, Portal, Publication

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

M = TypeVar("M", bound=BaseModel)
N = TypeVar("N")


@dataclass(frozen=True)
class Catalog:
    """All declarations of one project folder, each valid by itself; `checks` holds them against each other."""

    root: Path
    project: ProjectDeclaration
    agencies: dict[str, Agency]
    datasets: dict[str, Dataset]
    publications: dict[str, Publication]
    portals: dict[str, Portal]
    people: dict[str, Person]
    codes: dict[str, list[dict[str, str]]]

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """The working-day calendar of the place."""
        declared = self.project.calendar
        exceptions = load_exceptions(self.root / "catalog" / declared.overrides) if declared.overrides else {}
        return WorkingCalendar(declared.country, self.project.timezone, exceptions, declared.subdivision)

    def agency(self, name: str) -> Agency:
        """Return an agency by name, with the tables of the one it is like.

        Raises:
            UsageError: it is not declared.

        """
        return _named(self.agencies, name, "agencies")

    def dataset(self, name: str) -> Dataset:
        """Return a dataset by name. Raises UsageError when it is not declared."""
        return _named(self.datasets, name, "datasets")

    def publication(self, name: str | None = None) -> Publication:
        """Return a publication by name, or the only one there is. Raises UsageError."""
        if name is None and len(self.publications) == 1:
            return next(iter(self.publications.values()))
        return _named(self.publications, name or "", "publications")

    def tables(self, agency: str) -> dict[str, Table]:
        """Return the tables of an agency."""
        return self.agency(agency).tables

    def code_values(self, code_list: str) -> set[str]:
        """Return the codes of a list."""
        return {row["code"] for row in self.codes[code_list]}

    def default_period(self, today: date) -> Period:
        """Return the newest period that is closed, or the last one of a series that has ended."""
        closed, last = last_closed_quarter(today, self.project.regime), self.project.last_period
        return closed if last is None or self.goes_on_to(closed) else Period.parse(last, self.project.regime)

    def goes_on_to(self, period: Period) -> bool:
        """Tell whether a period is, or will be, one of the project's: its series may have ended."""
        last = self.project.last_period
        return last is None or period.end <= Period.parse(last, period.regime).end

    def suppliers(self, publication: Publication) -> list[str]:
        """Return the agencies whose records the publication's datasets read, in order of their names."""
        return sorted({agency for name in publication.datasets for agency in self.datasets[name].inputs})

    def populations(self, publication: Publication) -> dict[str, list[Dataset]]:
        """Group the publication's datasets by population: what is protected together."""
        groups: dict[str, list[Dataset]] = {}
        for name in publication.datasets:
            dataset = self.datasets[name]
            groups.setdefault(dataset.disclosure.population, []).append(dataset)
        return groups


def load_catalog(root: Path) -> Catalog:
    """Read `<root>/catalog`.

    Raises:
        DeclarationError: anything is wrong; holds every problem of every file.

    """
    reader = _Reader(root)
    project = reader.project()
    agencies = reader.many("agencies", Agency)
    alike = _alike(agencies, reader.problems)
    datasets, publications = reader.many("datasets", Dataset), reader.many("publications", Publication)
    portals, people = reader.mapping("portals.yml", Portal), reader.mapping("people.yml", Person)
    codes = reader.code_lists()
    if reader.problems or project is None:
        raise DeclarationError(reader.problems)
    return Catalog(root, project, alike, datasets, publications, portals, people, codes)


def _alike(agencies: dict[str, Agency], problems: list[Problem]) -> dict[str, Agency]:
    """Give every agency that is `like` another one the other's tables."""
    whole: dict[str, Agency] = {}
    for name, agency in agencies.items():
        model = agencies.get(agency.like) if agency.like else agency
        if model is None or not model.tables:
            expected = "an agency that declares tables of its own"
            problems.append(Problem(f"catalog/agencies/{name}.yml", "like", f'"{agency.like}"', expected))
            continue
        whole[name] = agency.model_copy(update={"tables": model.tables, "access": model.access})
    return whole


class _Reader:
    """Reads files of one project folder and remembers what is wrong with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.context: dict[str, Any] = {}
        """What a declaration must know of the project: in which languages it speaks."""

    def project(self) -> ProjectDeclaration | None:
        """Read `project.yml`, which comes first: its languages decide what every other declaration must say."""
        document = self._document(self.root / "catalog" / "project.yml")
        if document is None:
            return None
        languages = document.get("languages")
        self.context = {"languages": languages if isinstance(languages, list) else None}
        return self._valid("catalog/project.yml", ProjectDeclaration, document)

    def many(self, kind: str, model: type[M]) -> dict[str, M]:
        """Read a folder with one declaration a file; the stem is the name."""
        found: dict[str, M] = {}
        for path in sorted((self.root / "catalog" / kind).glob("*.yml")):
            document = self._document(path)
            if document is None:
                continue
            if "name" in document:
                self._problem(path, "name", "the key name", "no such key: the file's stem is the name")
                continue
            declared = self._valid(self._shown(path), model, {**document, "name": path.stem})
            if declared is not None:
                found[path.stem] = declared
        return found

    def mapping(self, name: str, model: type[M]) -> dict[str, M]:
        """Read a file that maps names to declarations."""
        path = self.root / "catalog" / name
        document = self._document(path) or {}
        try:
            return TypeAdapter(dict[str, model]).validate_python(document, context=self.context)  # type: ignore[valid-type]
        except ValidationError as error:
            self.problems += from_validation(f"catalog/{name}", error)
            return {}

    def code_lists(self) -> dict[str, list[dict[str, str]]]:
        """Read every code list: CSV with at least the column code and a label in each language; codes are unique."""
        lists: dict[str, list[dict[str, str]]] = {}
        for path in sorted((self.root / "catalog" / "codes").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as stream:
                rows = list(csv.DictReader(stream, strict=True))
            if rows and "code" not in rows[0]:
                continue  # a file of dates, such as the calendar's exceptions
            self._check_codes(path, rows)
            lists[path.stem] = rows
        return lists

    def _check_codes(self, path: Path, rows: list[dict[str, str]]) -> None:
        seen: set[tuple[str, str]] = set()
        for line, row in enumerate(rows, start=2):
            key = (row["code"], row.get("hieu_luc_tu", ""))
            if key in seen:
                self._problem(path, f"line {line}", f'code "{row["code"]}" a second time', "every code once")
            seen.add(key)

    def _document(self, path: Path) -> dict[str, Any] | None:
        if not path.is_file():
            self._problem(path, "", "no file", "a declaration here; `minhbach init` makes one")
            return None
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506  a safe loader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            self._problem(path, place, str(getattr(error, "problem", None) or "broken YAML"), "valid YAML")
            return None
        except UnicodeDecodeError:
            self._problem(path, "", "bytes that are no UTF-8", "UTF-8")
            return None
        if not isinstance(document, dict):
            self._problem(path, "", f"a {type(document).__name__}", "a mapping of keys")
            return None
        return document

    def _valid(self, file: str, model: type[M], document: dict[str, Any]) -> M | None:
        try:
            return model.model_validate(document, context=self.context)
        except ValidationError as error:
            self.problems += from_validation(file, error)
            return None

    def _problem(self, path: Path, key: str, found: str, expected: str) -> None:
        self.problems.append(Problem(self._shown(path), key, found, expected))

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


class _UniqueKeys(yaml.CSafeLoader):
    """YAML's safe loader that refuses a key written twice and reads `on`, `off`, `yes`, `no` as words (YAML 1.2)."""

    yaml_implicit_resolvers = {  # yaml's own way to hold them
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping. Raises ConstructorError on a repeated key."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                message = f'the key "{key}" twice'
                raise yaml.constructor.ConstructorError(None, None, message, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_UniqueKeys.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _named(declared: dict[str, N], name: str, kind: str) -> N:
    if name not in declared:
        known: Iterable[str] = sorted(declared)
        raise UsageError(f'catalog/{kind}: found no "{name}", expected one of {", ".join(known)}.')
    return declared[name]
