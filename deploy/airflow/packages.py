"""What the servers run: the locked environment, and a copy of engine, declarations and DAGs as they stand now.

The copy makes all processes agree and lets an account run it that cannot walk into the clone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import ServiceError, run_program

from .instance import CLONE, own_folder
from .portal import as_wished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .instance import Instance

ENGINE = ("minhbach", "publishers", "dags", "deploy/airflow/inside", "pyproject.toml", "README.md", "LICENSE")
INSIDE = Path("deploy/airflow/inside")
"""Programs that the instance's own Python runs, in clone and copy."""
PROJECT = ("catalog", "dbt_project", "expectations")
LEFT_OUT = {"__pycache__", "target", "logs", "dbt_packages"}
DESCRIBE = "import setuptools.build_meta as backend; backend.prepare_metadata_for_build_wheel('.')"


def environment(instance: Instance) -> Path:
    """Install the production lock, once for all instances of this clone, and return its folder.

    Raises:
        ServiceError: no Python that the account may run, or the installation failed.
    """
    folder = environment_folder()
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    run_program(
        [CLONE / "requirements" / "install.sh", folder, "production"],
        account=instance.account,
        log=instance.logs / "install.log",
        folder=CLONE,
        environment={"PYTHON": str(_python(instance))},
        seconds=1800,
        as_caller=True,
    )
    return folder


def environment_folder() -> Path:
    """Return the environment's folder: in the clone, or as root where the account can walk."""
    return own_folder() / "venv-airflow" if os.geteuid() == 0 else CLONE / ".venv-airflow"


def copy_of(instance: Instance) -> Path:
    """Return the copy that the servers run."""
    return Path((instance.home / "app" / "current").read_text(encoding="utf-8").strip())


def _python(instance: Instance) -> Path:
    """Return a Python 3.11 that the account can walk to: not one inside root's own home."""
    folders = [Path(name) for name in os.environ.get("PATH", "").split(":") if name]
    named = [os.environ["PYTHON"]] if os.environ.get("PYTHON") else []
    shims = {str(folder / "python3.11") for folder in folders if "shims" in folder.parts}
    found = [*named, *(str(folder / "python3.11") for folder in folders), "/usr/bin/python3.11"]
    found += [sys.executable] if sys.version_info[:2] == (3, 11) else []
    for one in found:
        real = Path(one).resolve()
        if one in shims or not os.access(real, os.X_OK):
            continue
        try:
            instance.account.require_way_to(real.parent)
        except ServiceError:
            continue
        return Path(one)
    raise ServiceError(
        f"found no python3.11 that the account {instance.account.name} may run, expected one outside closed homes; "
        "install the Debian package python3.11 or set PYTHON."
    )


def deployed(instance: Instance, python: Path) -> Path:
    """Copy engine, declarations and DAGs into the home unless this very content is there, and return the copy."""
    found = _content(Path(instance.wish.project))
    content = {name: as_wished(name, path.read_bytes(), instance.wish.to) for name, path in found}
    digest = hashlib.sha256()
    for name, held in sorted(content.items()):
        digest.update(f"{name}\0{hashlib.sha256(held).hexdigest()}\n".encode())
    copies = instance.account.folder(instance.home / "app")
    copy = copies / digest.hexdigest()[:12]
    if not (copy / "minhbach.egg-info").is_dir() and not list(copy.glob("*.dist-info")):
        shutil.rmtree(copy, ignore_errors=True)
        for name, held in content.items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(held)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
            instance.account.own(path)
        log = instance.logs / "install.log"
        # The entry points of the copy (timetables, publishers) are found by its metadata; no file of it is changed.
        run_program([python, "-c", DESCRIBE], account=instance.account, log=log, folder=copy)
        run_program([python, "-m", "compileall", "-q", "."], account=instance.account, log=log, folder=copy)
    (copies / "current").write_text(f"{copy}\n", encoding="utf-8")
    return copy


def forget_others(copy: Path) -> None:
    """Remove older copies, once nothing runs from them."""
    for old in copy.parent.iterdir():
        if old.is_dir() and old != copy:
            shutil.rmtree(old, ignore_errors=True)


def _content(project: Path) -> Iterator[tuple[str, Path]]:
    for root, names in ((CLONE, ENGINE), (project, PROJECT)):
        for name in names:
            for path in [root / name] if (root / name).is_file() else (root / name).rglob("*"):
                inside = path.relative_to(root)
                if path.is_file() and not LEFT_OUT & set(inside.parts):
                    yield str(inside), path
