"""Bring the programs: CKAN with our plugin into its own environment, Solr's jars and our launcher. Starts nothing."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.services import find_program, run_program

from .home import ROOT

if TYPE_CHECKING:
    from .home import Home

SOLR = Path(__file__).parent / "solr"
PLUGIN = Path(__file__).parent / "plugin"
JAVA = "17"
MAVEN_SECONDS = 900


def debian_python() -> str:
    """Return a Python that an unprivileged account can run: Debian's, not one in somebody's home."""
    return find_program("/usr/bin/python3.11", "python3.11", sys.executable, package="python3.11-venv")


def java(program: str) -> str:
    """Return `java` or `javac` of the JDK that Solr was measured on."""
    there = sorted(str(path) for path in Path("/usr/lib/jvm").glob(f"*{JAVA}*/bin/{program}"))
    return find_program(*there, program, package=f"openjdk-{JAVA}-jdk-headless")


def install_ckan(home: Home) -> None:
    """Install requirements/portal.txt and our plugin; nothing happens when these very ones are in already.

    Raises:
        ServiceError: the installation failed.
    """
    run_program(
        [ROOT / "requirements" / "install.sh", home.venv, "portal"],
        account=home.account,
        log=home.logs / "install.log",
        folder=ROOT,
        environment={"PYTHON": debian_python()},
        seconds=MAVEN_SECONDS,
        as_caller=True,
    )
    _install_plugin(home)


def _install_plugin(home: Home) -> None:
    """Install our plugin from a copy: a build leaves files beside its sources."""
    sources = sorted(path for path in PLUGIN.rglob("*") if path.suffix in {".py", ".toml"})
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = home.venv / ".installed-plugin"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    copy = home.programs / "plugin"
    shutil.rmtree(copy, ignore_errors=True)
    for path in sources:
        target = copy / path.relative_to(PLUGIN)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    run_program(
        [home.venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
         "--no-deps", "--no-build-isolation", "--force-reinstall", copy],
        account=home.account,
        log=home.logs / "install.log",
        folder=home.programs,
        as_caller=True,
    )  # fmt: skip
    stamp.write_text(wanted, encoding="ascii")


def install_solr(home: Home) -> None:
    """Fetch Solr's jars by Maven and compile the launcher; nothing happens when these very ones are there.

    Raises:
        ServiceError: Maven or the compiler failed.
    """
    target = home.programs / "solr"
    sources = [SOLR / "pom.xml", SOLR / "Launcher.java"]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = target / "installed"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    maven, compiler = find_program("mvn", package="maven"), java("javac")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o755)
    for path in [*sources, SOLR / "log4j2.xml"]:
        shutil.copy(path, target)
        (target / path.name).chmod(0o644)
    options = {"account": home.account, "log": home.logs / "install.log", "folder": target, "as_caller": True}
    environment = {"JAVA_HOME": str(Path(compiler).resolve().parents[1])}
    run_program(
        [maven, "-q", "-B", "dependency:copy-dependencies"],
        environment=environment,
        seconds=MAVEN_SECONDS,
        **options,  # type: ignore[arg-type]
    )
    run_program(
        [compiler, "-cp", "lib/*", "-d", "classes", "Launcher.java"],
        **options,  # type: ignore[arg-type]
    )
    stamp.write_text(wanted, encoding="ascii")
