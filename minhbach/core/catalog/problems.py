"""Turns complaints of YAML and pydantic into problems: file, key, found, expected. Knows no file's meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Problem

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

SEE = {
    "agencies": "docs/add-an-agency.md",
    "datasets": "docs/add-a-dataset.md",
    "publications": "docs/operate.md",
}
SHOWN = 60


def from_validation(file: str, error: ValidationError) -> list[Problem]:
    """List every problem of one document."""
    kind = file.split("/")[1] if file.count("/") > 1 else ""
    see = SEE.get(kind, "docs/glossary.md")
    return [Problem(file, _key(detail["loc"]), _found(detail), _expected(detail), see) for detail in error.errors()]


def _key(location: tuple[int | str, ...]) -> str:
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else (f".{part}" if key else str(part))
    return key


def _found(detail: ErrorDetails) -> str:
    match detail["type"]:
        case "missing":
            return "nothing"
        case "extra_forbidden":
            return f"the unknown key with value {shown(detail['input'])}"
        case "value_error":
            return str(detail["ctx"]["error"]).removeprefix("found ").split(", expected ")[0]
        case _:
            return shown(detail["input"])


def _expected(detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "this key"
        case "extra_forbidden":
            return "no such key"
        case "literal_error":
            return f"one of {context['expected']}".replace("'", "").replace(" or ", ", ")
        case "string_pattern_mismatch":
            return f"text that matches {context['pattern']}"
        case "value_error":
            _, _, expected = str(context["error"]).partition(", expected ")
            return expected or str(context["error"])
        case _:
            return detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")


def shown(value: Any) -> str:
    """Show a declaration's value in a sentence, shortened."""
    if isinstance(value, dict):
        text = "a mapping with " + ", ".join(map(str, value)) if value else "an empty mapping"
    elif isinstance(value, list):
        text = f"a list of {len(value)}"
    elif value is None:
        text = "nothing"
    else:
        text = f'"{value}"'
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
