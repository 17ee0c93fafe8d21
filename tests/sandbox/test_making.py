"""The same seed gives the same bytes; other seeds other people; and nothing of the engine is needed."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from minhbach.sandbox import drop, generate

from .conftest import Sandbox, make

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {"cccd", "cmnd", "mst", "passport", "bhyt", "mobile", "landline", "plate", "email", "bank_account"}
KINDS |= {"parcel", "address", "name", "dossier_code"}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def everything(sandbox: Sandbox) -> str:
    """Return all that is served and dropped, as text."""
    drop(sandbox.out, sandbox.freezes[-1])
    found = {**files(sandbox.out / "served"), **files(sandbox.out / "drops")}
    assert len(found) == 12 + 8
    return "\n".join(content.decode("utf-8") for name, content in found.items() if not name.endswith(".npz"))


def test_same_seed_same_bytes(project: Path, small: Sandbox, tmp_path: Path):
    generate(project, seed=small.seed, dossiers=small.size, out=tmp_path / "again")
    drop(small.out, small.freezes[-1])
    drop(tmp_path / "again", small.freezes[-1])
    one, two = files(small.out), files(tmp_path / "again")
    assert len(one) > 20
    assert one == two


def test_needles_are_where_they_should_be(sandbox: Sandbox):
    text = everything(sandbox)
    assert {needle["kind"] for needle in sandbox.needles} == KINDS
    assert len(sandbox.needles) > 70
    values = [needle["value"] for needle in sandbox.needles]
    assert len(values) == len(set(values))
    for needle in sandbox.needles:
        assert needle["value"].removeprefix("0") in text, needle["column"]
    columns = {(needle["table"], needle["column"]) for needle in sandbox.needles}
    assert {
        ("ho_so", "DonViXuLy"),
        ("ho_so", "MaDoiTuong"),
        ("ho_so", "TenTTHC"),
        ("qua_trinh", "PhongBanXuLy"),
    } <= columns


def test_needles_of_one_seed_are_in_no_other(project: Path, small: Sandbox, sandboxes: Path):
    other = everything(make(project, sandboxes, seed=12, size=600))
    assert small.needles
    assert [needle["value"] for needle in small.needles if needle["value"] in other] == []


def test_credentials_are_private(small: Sandbox):
    path = small.out / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text(encoding="utf-8"))) == {"client_id", "client_secret", "admin_secret"}


def test_identifiers_are_planted_in_a_code_column(sandbox: Sandbox):
    fields = {record["MaLinhVuc"] for freeze in (0, 1) for record in sandbox.told("ho_so", freeze)}
    odd = {code for code in fields if not code.replace("_", "").isalpha()}
    assert (
        any(code.isdigit() and len(code) == 12 for code in odd) or any(" " in code for code in odd) or "LV-CU-07" in odd
    )


def test_too_small_is_refused(project: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="at least 100"):
        generate(project, seed=1, dossiers=20, out=tmp_path)


def test_another_place_is_another_place(project: Path, tmp_path: Path):
    for path in sorted((project / "catalog" / "codes").glob("*.csv")):
        target = tmp_path / "catalog" / "codes" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            path.read_text(encoding="utf-8").replace("H49", "H57").replace("Quảng Ninh", "Huế"), encoding="utf-8"
        )
    settings = (project / "catalog" / "project.yml").read_text(encoding="utf-8")
    (tmp_path / "catalog" / "project.yml").write_text(
        settings.replace("H49", "H57").replace("2026-Q2, 2026-Q3]", "2025-Q4]"), encoding="utf-8"
    )
    generate(tmp_path, seed=5, dossiers=300, out=tmp_path / "out")
    other = Sandbox(tmp_path / "out", 5, 300)
    assert [period["name"] for period in other.periods] == ["2025-Q4"]
    codes = [record["MaHoSo"] for record in other.told("ho_so", 0) if record["MaHoSo"]]
    assert sum("H57" in code.upper() for code in codes) > 250
    assert not any("H49" in code for code in codes)


def test_nothing_of_the_engine_is_imported(project: Path, tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from minhbach.sandbox import generate, serve, drop\n"
        f"out = Path({str(tmp_path)!r}); generate(Path({str(project)!r}), seed=1, dossiers=150, out=out)\n"
        "serve(out).close()\n"
        "import minhbach.sandbox.truth\n"
        "found = [n for n in sys.modules if n.startswith('minhbach.') and not n.startswith('minhbach.sandbox')]\n"
        "assert found == [], found; print(len([n for n in sys.modules if n.startswith('minhbach.sandbox')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 15
