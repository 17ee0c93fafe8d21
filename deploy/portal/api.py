"""Speak to the portal's own API as its administrator: organisations, groups and their editor. Knows no dataset."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from deploy.services import ServiceError

if TYPE_CHECKING:
    from .home import Home

SECONDS = 60
PUBLISHER = "minhbach-publisher"


def call(home: Home, action: str, **values: object) -> Any:
    """Call an action with the administrator's token; nothing when what is asked for does not exist.

    Raises:
        ServiceError: it was refused.
    """
    request = urllib.request.Request(  # noqa: S310 - our own portal on loopback
        f"{home.url}/api/3/action/{action}",
        data=json.dumps(values).encode(),
        headers={
            "Authorization": home.admin_token.read_text(encoding="utf-8").strip(),
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return json.load(answer)["result"]
    except urllib.error.HTTPError as problem:
        if problem.code == HTTPStatus.NOT_FOUND:
            return None
        raise ServiceError(
            f"{action}: found answer {problem.code}, expected 200; see {home.logs / 'ckan.log'}."
        ) from None


def make_organizations(home: Home) -> None:
    """Make the remembered organisations and let the publishing account edit their datasets; safe to repeat."""
    for name, title in home.remembered.organizations.items():
        found = call(home, "organization_show", id=name, include_users=True)
        if found is None:
            call(home, "organization_create", name=name, title=title)
        elif found["title"] != title or found["state"] != "active":
            call(home, "organization_patch", id=name, title=title, state="active")
        editors = {one["name"] for one in (found or {}).get("users", []) if one["capacity"] == "editor"}
        if PUBLISHER not in editors:
            call(home, "organization_member_create", id=name, username=PUBLISHER, role="editor")


def make_groups(home: Home, groups: dict[str, str]) -> None:
    """Make groups, a title for each name, and let the publishing account bring datasets into them; safe to repeat."""
    for name, title in groups.items():
        found = call(home, "group_show", id=name, include_users=True)
        if found is None:
            call(home, "group_create", name=name, title=title)
        if PUBLISHER not in {one["name"] for one in (found or {}).get("users", [])}:
            call(home, "group_member_create", id=name, username=PUBLISHER, role="editor")
