"""The command on a published house: one JSON document, promised exit codes, secrets masked, readers in peace."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.line.rehearsal import PERIODS, Rehearsal, refused

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.line

READ_ONLY = [
    ("check",),
    ("status",),
    ("status", "--settings"),
    ("quarantine", "list"),
    ("ledger", "list"),
    ("ledger", "verify"),
    ("disclose", "explain", "--period", PERIODS[1]),
]


@pytest.mark.parametrize("arguments", READ_ONLY, ids=" ".join)
def test_json_is_one_document_and_nothing_else(small: Rehearsal, arguments: tuple[str, ...]) -> None:
    ran = small.command(*arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    json.loads(ran.stdout)
    assert ran.stdout.count("\n") == 1
    plain = small.command(*arguments)
    assert plain.returncode == 0
    assert plain.stdout.strip()
    assert "\x1b[" not in plain.stdout + plain.stderr, "colour only on a terminal"


def test_json_of_what_names_its_object(small: Rehearsal, tmp_path: Path) -> None:
    extract_id = json.loads(small.command("quarantine", "list", "--json").stdout)[0]
    show = ("quarantine", "show", extract_id["agency"], extract_id["table"], extract_id["extract_id"])
    release = next((small.folder / "lake" / "releases").glob(f"*/{PERIODS[1]}/r1"))
    for arguments in (show, ("verify", str(release)), ("disclose", "attack", str(release)), ("schema",)):
        ran = small.command(*arguments, "--json", period=PERIODS[1])
        assert ran.returncode == 0, (arguments, ran.stderr)
        json.loads(ran.stdout)
    del tmp_path


def test_settings_hide_their_secrets(small: Rehearsal) -> None:
    secrets = {
        "MINHBACH_PSEUDONYM_KEY": "cGhhaS1jaGUta2hvYS1uYXktbmdheS1sYXAtdHVjLTA=",
        "MINHBACH_CONN_MOT_CUA": "http://an-danh:phai-che-mat-khau@127.0.0.1:1/",
    }
    for more in ((), ("--json",)):
        ran = small.command("status", "--settings", *more, **secrets)
        assert ran.returncode == 0, ran.stderr
        assert str(small.folder / "lake") in ran.stdout
        for secret in ("cGhhaS1jaGU", "phai-che-mat-khau"):
            assert secret not in ran.stdout + ran.stderr
    assert "PSEUDONYM_KEY" in small.command("status", "--settings", **secrets).stdout


def test_exit_codes_are_as_promised(small: Rehearsal, tmp_path: Path) -> None:
    assert small.command("check").returncode == 0
    refused(
        small.command("extract", "mot_cua_quang_ninh", "thu_tuc", MINHBACH_CONN_MOT_CUA="http://a:b@127.0.0.1:9/"), 1
    )
    refused(small.command("extract", "khong_co_co_quan"), 2)
    refused(small.command("check", MINHBACH_PROJECT=str(tmp_path)), 2)
    refused(small.command("build", "--period", "quý ba"), 2)
    refused(small.command("build", MINHBACH_MODE="khac"), 2)
    refused(small.command("freeze", "--period", "2026-Q4"), 3)
    refused(small.command("release", "--period", "2026-Q4"), 3)
    unknown = small.command("lam_gi_do")
    assert unknown.returncode == 2
    assert "No such command" in unknown.stderr


def test_a_traceback_only_where_it_is_asked_for(small: Rehearsal) -> None:
    plain = small.command("extract", "khong_co_co_quan")
    asked = small.command("-vv", "extract", "khong_co_co_quan")
    assert "Traceback" not in plain.stderr
    assert "Traceback" in asked.stderr
    assert asked.returncode == plain.returncode == 2


def test_quiet_says_errors_only(small: Rehearsal) -> None:
    ran = small.command("-q", "extract", "khong_co_co_quan")
    assert len(ran.stderr.splitlines()) == 1


def test_an_engineers_session_neither_blocks_a_run_nor_is_blocked(first: Rehearsal, tmp_path: Path) -> None:
    """Somebody reads the current warehouse while the next quarter is built; both go on, and see what they should."""
    house = first.copy(tmp_path / "house")
    house.extract(PERIODS[1], faults=False)
    with house.at(PERIODS[1]) as opened:
        file = opened.warehouse.current()
    assert file is not None
    count = "select count(*), sum(tiep_nhan) from giai_quyet_ho_so"
    session = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute(sys.argv[2]).fetchone(), flush=True)
sys.stdin.readline()
print(connection.execute(sys.argv[2]).fetchone(), flush=True)
"""
    command = [sys.executable, "-c", session, str(file), count]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engineer:
        assert engineer.stdin is not None
        assert engineer.stdout is not None
        seen = engineer.stdout.readline()
        assert seen.startswith("(")
        for arguments in (("freeze", "--period", PERIODS[1]), ("build", "--period", PERIODS[1])):
            ran = house.command(*arguments)
            assert ran.returncode == 0, ran.stderr
        engineer.stdin.write("\n")
        engineer.stdin.close()
        assert engineer.stdout.readline() == seen, "the session still sees the run it opened"
    with house.at(PERIODS[1]) as opened:
        newer = opened.warehouse.current()
    assert newer not in {None, file}
    with duckdb.connect(str(newer), read_only=True) as connection:
        assert str(connection.execute(count).fetchone()) != seen.strip()
