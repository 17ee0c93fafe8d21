"""A person at Airflow's real pages: signs in, opens what waits for an answer, answers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.airflow import Airflow
    from tests.conftest import ClosedChromium

SLOW = 120_000
"""Milliseconds that a page may take on a machine four times slower than ours."""


@contextmanager
def signed_in(chromium: ClosedChromium, airflow: Airflow, login: str) -> Iterator[Page]:
    """Sign in with the person's own password."""
    with chromium.page(width=1400, height=1000, locale="en-US", timezone_id="Asia/Ho_Chi_Minh") as (page, foreign):
        page.set_default_timeout(SLOW)
        page.goto(airflow.url)
        page.fill("input[name=username]", login)
        page.fill("input[name=password]", airflow.password(login))
        page.press("input[name=password]", "Enter")
        expect(page.get_by_role("link", name="Dags").first).to_be_visible(timeout=SLOW)
        yield page
        assert foreign == [], "no page asks another machine for anything"


def open_question(page: Page, airflow: Airflow, run: str) -> None:
    """Go to what waits for an answer the way a person does: the list of required actions, then the one of this run."""
    page.goto(f"{airflow.url}/required_actions")
    page.locator(f'a[href*="{run}"][href$="/required_actions"]').first.click()


def answer(page: Page, choice: str) -> None:
    """Press the button and see that the page took it."""
    button = page.get_by_role("button", name=choice, exact=True)
    button.click()
    expect(button).to_be_disabled(timeout=SLOW)


def path_of(dag: str, run: str, task: str = "") -> str:
    """Return the path of a run's page or of a task's."""
    return f"/dags/{dag}/runs/{quote(run)}" + (f"/tasks/{task}" if task else "")
