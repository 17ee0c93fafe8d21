"""Every defect's fate, gathered from where it is declared: the contracts of the catalog and the `meta` of the models.

Declared once, read three times: by the model that counts defects, by the page `docs/defects.md`, by the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.catalog.base import Text
from ..core.errors import DeclarationError, Problem
from .static import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ..core.catalog import Catalog

QUARANTINED = Text(
    vi="Không vào biểu cho tới khi được sửa và nạp lại", en="In no column until it is corrected and replayed"
)
MODEL_FATES = ("flag", "exclude", "correct")


@dataclass(frozen=True, order=True)
class Fate:
    """What becomes of the records with one defect, at which stage, and what that means for form 06."""

    id: str
    fate: str
    stage: str
    """extract, staging or intermediate"""
    where: tuple[str, ...]
    """The files that declare it, relative to the project folder."""
    about_vi: str
    about_en: str
    effect_vi: str
    effect_en: str


def fates(catalog: Catalog) -> list[Fate]:
    """Return every declared fate, in the order of the defects; one that several suppliers declare alike stands once.

    Raises:
        DeclarationError: a model declares a fate in another shape than {id, fate, about, effect}.

    """
    merged: dict[tuple[str, str, str], Fate] = {}
    for fate in [*_of_contracts(catalog), *_of_models(catalog)]:
        key = (fate.id, fate.fate, fate.stage)
        earlier = merged.get(key)
        where = tuple(sorted({*(earlier.where if earlier else ()), *fate.where}))
        kept = earlier or fate
        merged[key] = Fate(**{**vars(kept), "where": where})
    return sorted(merged.values())


def _of_contracts(catalog: Catalog) -> Iterator[Fate]:
    for name, agency in catalog.agencies.items():
        for table in agency.tables.values():
            for defect, fate in table.defects():
                effect = defect.effect or QUARANTINED
                texts = (defect.about.vi, defect.about.en, effect.vi, effect.en)
                yield Fate(defect.id, fate, "extract", (f"catalog/agencies/{agency.like or name}.yml",), *texts)


def _of_models(catalog: Catalog) -> Iterator[Fate]:
    import yaml

    project, languages = catalog.root, catalog.project.languages
    for path in sorted((project / MODELS).rglob("*.yml")):
        shown = path.relative_to(project).as_posix()
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for model in document.get("models", ()):
            for number, entry in enumerate(model.get("config", {}).get("meta", {}).get("fates", ())):
                yield _fate(shown, f"models.{model['name']}.config.meta.fates[{number}]", entry, languages)


def _fate(file: str, key: str, entry: dict[str, Any], languages: Sequence[str]) -> Fate:
    context = {"languages": languages}
    try:
        about = Text.model_validate(entry["about"], context=context)
        effect = Text.model_validate(entry["effect"], context=context)
        name, fate = str(entry["id"]), str(entry["fate"])
    except (KeyError, ValueError) as error:
        problem = Problem(file, key, "an incomplete fate", "id, fate, about {vi, en} and effect {vi, en}")
        raise DeclarationError([problem]) from error
    if fate not in MODEL_FATES:
        raise DeclarationError([Problem(file, f"{key}.fate", f'"{fate}"', f"one of {', '.join(MODEL_FATES)}")])
    stage = "staging" if "/staging/" in file else "intermediate"
    return Fate(name, fate, stage, (file,), about.vi, about.en, effect.vi, effect.en)


def defects_page(declared: Iterable[Fate]) -> str:
    """Write `docs/defects.md` from the declarations."""
    head = [
        "# Defects of the sources, and what becomes of them",
        "",
        "Generated from the contracts in `catalog/agencies/` and the `meta` of the models in `dbt_project/`; a test",
        "keeps it current.",
        "",
        "- *quarantine*: the record is set apart, encrypted, until it is corrected and replayed",
        "- *flag*: it is counted and marked",
        "- *exclude*: it is left out, and counted as left out",
        "- *correct*: it is counted as the rule says, and the correction is counted",
        "",
        "| defect | what it is | fate | stage | effect on form 06 | declared in |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {f.id} | {f.about_en}<br>*{f.about_vi}* | {f.fate} | {f.stage} | {f.effect_en}<br>*{f.effect_vi}* | "
        f"{', '.join(f'`{file}`' for file in f.where)} |"
        for f in declared
    ]
    return "\n".join([*head, *rows]) + "\n"


def write_page(catalog: Catalog) -> Path:
    """Write `docs/defects.md` of the catalog's project folder."""
    page = catalog.root / "docs" / "defects.md"
    page.write_text(defects_page(fates(catalog)), encoding="utf-8")
    return page
