"""An old approval on a real CKAN: whoever applies its plan again is refused, by the command and as a task."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from airflow.sdk.exceptions import AirflowFailException

from minhbach.cli import app
from minhbach.flow.house import open_house
from minhbach.flow.planning import plan
from minhbach.schedule.running import call
from publishers.ckan.names import package_name
from tests.publishers.sealed import FORM
from tests.publishers.walking import Walk, environment

if TYPE_CHECKING:
    from pathlib import Path

    from minhbach.core.publishing import Plan
    from tests.portal import Portal

REFUSED = 3


@pytest.fixture
def walk(root: Path, sealed_small: Path, tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Give a house with two sealed quarters whose publication goes to the emptied portal."""
    folder, project = tmp_path / "house", tmp_path / "project"
    shutil.copytree(sealed_small, folder)
    shutil.copytree(root / "catalog", project / "catalog")
    for path in (project / "catalog" / "publications").glob("*.yml"):
        path.write_text(path.read_text(encoding="utf-8").replace("portal: site", "portal: ckan"), encoding="utf-8")
    for name, value in {**environment(project, folder), **portal.environment()}.items():
        monkeypatch.setenv(name, value)
    portal.reset()
    return Walk(open_house(project), "ckan")


def test_an_old_approval_is_good_for_nothing_else(
    walk: Walk, portal: Portal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(old: Plan) -> str:
        file = walk.house.lake.plan(old.publication, old.period, old.hash)
        monkeypatch.setattr("sys.argv", ["minhbach", "apply", str(file)])
        monkeypatch.setattr("sys.excepthook", sys.excepthook)  # the command sets its own
        with pytest.raises(SystemExit) as ended:
            app.run()
        assert ended.value.code == REFUSED
        return capsys.readouterr().err

    late = walk.approved("2026-Q3")  # of an empty portal; another plan goes out first
    done = walk.publish("2026-Q2").plan
    before, page = portal.log_size(), portal.call("package_show", id=package_name(FORM))
    moved = "found 2026-Q2/r1 live in another state than the plan was made for; plan again"
    assert moved in refused(late)
    with pytest.raises(AirflowFailException, match=moved):  # what fails the task at once, with this sentence
        call("apply_plan", late.publication, late.period)
    with pytest.raises(AirflowFailException, match=moved):
        call("stage_plan", late.publication, late.period)
    assert portal.writes(before) == []

    walk.withdraw(FORM, "2026-Q2", "Sai sót trong tính toán.")
    before = portal.log_size()
    assert "plan again" in refused(done)
    assert portal.writes(before) == []
    assert portal.call("package_show", id=package_name(FORM))["title"] == page["title"]

    other = plan(walk.house, walk.publication, walk.house.period("2026-Q3", walk.publication))
    given = walk.house.ledger.last("approved", done.hash)
    assert given is not None
    walk.house.ledger.append("approved", other.hash, given.content)  # the approval of one plan, entered for another
    assert "signature: it is not that of steward_demo" in refused(other)
    assert portal.writes(before) == []
