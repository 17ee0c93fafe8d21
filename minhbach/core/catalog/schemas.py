"""JSON Schemas of the declarations, for editors: what a key means and what it may hold, while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from .. import jsonfile
from .agencies import Agency
from .base import LANGUAGES
from .datasets import Dataset
from .project import ProjectDeclaration
from .publications import Person, Portal, Publication

if TYPE_CHECKING:
    from pathlib import Path

BY_STEM = (Agency, Dataset, Publication)
"""Declarations whose name is the file's stem: `name` is no key of the file."""


def schemas() -> dict[str, dict[str, Any]]:
    """Make every schema: name of the file → JSON Schema (2020-12)."""
    made: dict[str, dict[str, Any]] = {
        "project": ProjectDeclaration.model_json_schema(),
        "portals": TypeAdapter(dict[str, Portal]).json_schema(),
        "people": TypeAdapter(dict[str, Person]).json_schema(),
    }
    for model in BY_STEM:
        schema = model.model_json_schema()
        schema["properties"].pop("name")
        schema["required"].remove("name")
        made[model.__name__.lower()] = schema
    treatment = made["dataset"]["$defs"]["Treatment"]
    made["dataset"]["$defs"]["Treatment"] = {
        "description": treatment["description"],
        "anyOf": [
            {"enum": ["keep", "drop"]},
            {**{k: v for k, v in treatment.items() if k not in {"required", "description"}}, "minProperties": 1},
        ],
    }
    for schema in made.values():
        _one_language_will_do(schema["$defs"])
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: {**dialect, **schema} for name, schema in made.items()}


def _one_language_will_do(definitions: dict[str, Any]) -> None:
    """Say that a project of one language says a text once: an editor does not know which languages a project has."""
    for name in ("Text", "Column", "ProtectedQuantity"):
        if name in definitions:
            required = [key for key in definitions[name]["required"] if key not in LANGUAGES]
            said = [{"required": [language]} for language in LANGUAGES]
            definitions[name] |= {"required": required, "anyOf": said}
    if "Text" in definitions:
        definitions["Text"] = {"anyOf": [{"type": "string", "minLength": 1}, definitions["Text"]]}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema as `<folder>/<name>.json`; the same declarations give the same bytes."""
    paths = []
    for name, schema in sorted(schemas().items()):
        path = folder / f"{name}.json"
        jsonfile.write_bytes(path, jsonfile.pretty(schema))
        paths.append(path)
    return paths
