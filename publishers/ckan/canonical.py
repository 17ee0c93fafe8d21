"""Trims packages to what we write, the same on both sides: they differ only where something is to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .holdings import FILE, PLAN, PUBLICATION, RECEIPT, RELEASE

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = (
    "name",
    "title",
    "notes",
    "url",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "version",
    "license_id",
    "private",
    "state",
)
"""Of a package."""
RESOURCE_FIELDS = (
    "name",
    "description",
    "format",
    "mimetype",
    "url_type",
    "size",
    "sha256",
    "license",
    "availability",
    "issued",
    RELEASE,
    FILE,
    PLAN,
    PUBLICATION,
    RECEIPT,
)
"""Of a resource. `hash` is not ours: xloader keeps its md5 there."""
DESCRIBED = "minhbach_described"
"""Extra that names the description a package was last given; no part of the description itself."""
TABLE = "datastore"
"""What `url_type` says of a resource that is a table."""


def canonical(package: Mapping[str, Any]) -> dict[str, Any]:
    """Trim a package as CKAN shows it, or as we would write it."""
    organization = package.get("organization") or {}
    extras = {one["key"]: one["value"] for one in package.get("extras", []) if one["key"] != DESCRIBED}
    return {
        **{key: _plain(package.get(key)) for key in FIELDS},
        "private": bool(package.get("private")),
        "state": package.get("state") or "active",
        "organization": organization.get("name") or package.get("owner_org") or "",
        "tags": sorted(tag["name"] for tag in package.get("tags", [])),
        "groups": sorted(group["name"] for group in package.get("groups", [])),
        "extras": dict(sorted(extras.items())),
        "resources": [canonical_resource(resource) for resource in package.get("resources", [])],
    }


def canonical_resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Trim a resource; its address is told by the file's name alone."""
    is_table = resource.get("url_type") == TABLE
    return {
        "id": resource["id"],
        **{key: _plain(resource.get(key)) for key in RESOURCE_FIELDS},
        # CKAN shows file names in small letters, whatever it was given.
        "url": "" if is_table else str(resource.get("url") or "").rsplit("/", 1)[-1].lower(),
        "last_modified": None if is_table else resource.get("last_modified"),
    }


def _plain(value: Any) -> Any:
    return "" if value is None else value


def described_by(package: Mapping[str, Any]) -> str:
    """Return the name of the description a package carries."""
    return next((str(one["value"]) for one in package.get("extras", []) if one["key"] == DESCRIBED), "")


def flat(described: Mapping[str, Any]) -> dict[str, Any]:
    """Give a canonical package without its resources as one level of fields: what a plan's diff shows."""
    plain = {key: value for key, value in described.items() if key not in {"extras", "resources"}}
    return plain | {f"extras.{key}": value for key, value in described["extras"].items()}


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Name every field in which a live package differs from its description."""
    old, new = flat(expected), flat(found)
    named = [
        f"{key} ({_what(key in old, key in new)})" for key in sorted(old.keys() | new.keys()) if _differ(old, new, key)
    ]
    planned = {resource["id"]: resource for resource in expected["resources"]}
    shown = {resource["id"]: resource for resource in found["resources"]}
    named += [f"resource {planned[key]['name']} (missing)" for key in planned if key not in shown]
    named += [f"resource {shown[key]['name'] or key} (added)" for key in shown if key not in planned]
    for key in planned.keys() & shown.keys():
        fields = [name for name in planned[key] if _differ(planned[key], shown[key], name)]
        named += [f"resource {planned[key]['name']}: {_plainly(name)} (edited)" for name in fields]
    if not named and list(planned) != list(shown):
        named.append("resources (reordered)")
    return sorted(named)


def broken_positions(package: Mapping[str, Any]) -> bool:
    """Tell whether positions have gaps: then every write to the package ends in a 500 until it is repaired."""
    return [one.get("position") for one in package.get("resources", [])] != list(
        range(len(package.get("resources", [])))
    )


def _differ(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> bool:
    if key == "last_modified" and old.get(key) is None:
        return False  # not known when it was described: an upload of the same request
    return (key in old) != (key in new) or old.get(key) != new.get(key)


def _what(planned: bool, shown: bool) -> str:
    return "edited" if planned and shown else "missing" if planned else "added"


def _plainly(field: str) -> str:
    return "file replaced" if field == "last_modified" else field
