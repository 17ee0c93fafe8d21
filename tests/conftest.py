"""What every test may ask for: project folder, public data, a house of its own, a browser that sees only here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.portal import portal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser, Page, Route

__all__ = ["portal"]  # a fixture of its own module: only who asks for it starts it

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure on CI: there everything is installed, so a test that does not run is a hole."""
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped, but with CI set nothing may be skipped: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def project() -> Path:
    """Give the project folder of the repository: read it, never write to it."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of public data sets, which lies beside the repository or where MINHBACH_SHARED_DATA says."""
    folder = Path(os.environ.get("MINHBACH_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder}: set MINHBACH_SHARED_DATA to the folder that holds boston311_2015_h1")
    return folder


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a new folder for lake, warehouse and ledger of this test alone, with the environment set to it."""
    folder = tmp_path / "var"
    folder.mkdir()
    for name in list(os.environ):
        if name.startswith("MINHBACH_") and name != "MINHBACH_SHARED_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("MINHBACH_LAKE", str(folder / "lake"))
    monkeypatch.setenv("MINHBACH_WAREHOUSE", str(folder / "warehouse"))
    monkeypatch.setenv("MINHBACH_LEDGER", f"sqlite:///{folder / 'ledger.sqlite'}")
    return folder


@pytest.fixture
def lake(house: Path) -> Path:
    """Give the lake of `house`, not made yet."""
    return house / "lake"


@pytest.fixture(scope="session")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the `minhbach` of an environment with the slim set only: what a reader installs to verify a download."""
    folder = tmp_path_factory.mktemp("slim")
    source, environment = folder / "source", folder / "venv"
    # Built from a copy, as a wheel: what the package forgets to bring along is missing here too.
    for room in ("minhbach", "publishers"):
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "import setuptools.build_meta as backend; print(backend.build_wheel('.'))"
    built = _run([sys.executable, "-c", build], source).splitlines()[-1]
    _run([str(ROOT / "requirements" / "install.sh"), str(environment), "slim"], folder)
    _run([str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", built], source)
    return environment / "bin" / "minhbach"


def _run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHON": sys.executable}
    ran = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


class ClosedChromium:
    """A headless Chromium whose pages reach this machine only; what they wanted elsewhere is kept and refused."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    @contextmanager
    def page(self, *, width: int = 1280, height: int = 900, **context: object) -> Iterator[tuple[Page, list[str]]]:
        """Open a page in a context of its own; the list beside it grows by each address asked of another host."""
        foreign: list[str] = []

        def only_here(route: Route) -> None:
            if urlsplit(route.request.url).hostname == "127.0.0.1":
                route.continue_()
            else:
                foreign.append(route.request.url)
                route.abort()

        with self.browser.new_context(viewport={"width": width, "height": height}, **context) as opened:
            opened.route("**/*", only_here)
            yield opened.new_page(), foreign


# Per module, not per session: while Playwright's loop lives in this thread, no other test could call asyncio.run.
@pytest.fixture(scope="module")
def chromium() -> Iterator[ClosedChromium]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: `make test` as root installs it (requirements/debian.list)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=CHROMIUM_FLAGS)
        yield ClosedChromium(browser)
        browser.close()
