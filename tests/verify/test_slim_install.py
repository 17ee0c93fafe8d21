"""The verifier in an environment that has click, cryptography and httpx alone, far from any project folder."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import json, sys
from minhbach.core.errors import MinhBachError
from minhbach.verify import verify
try:
    print(json.dumps(verify(*sys.argv[1:]).document()))
except MinhBachError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
heavy = sorted({"pyarrow", "pydantic", "yaml", "sqlalchemy", "pandas"} & set(sys.modules))
assert not heavy, heavy
"""


def run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MINHBACH_", "PYTHON"))}
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, env=environment)


def test_it_checks_a_download(slim: Path, published: Path, public_key: str, tmp_path: Path) -> None:
    python = slim.with_name("python")
    good = run([python, "-c", SCRIPT, published, public_key], tmp_path)
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["good"] is True

    data = published / "data.csv"
    data.write_bytes(data.read_bytes().replace(b"120", b"121"))
    listed = (published / "SHA256SUMS").read_text("ascii").splitlines()
    made = subprocess.run(
        ["sha256sum", *(line.split("  ")[1] for line in listed)],
        cwd=published,
        check=True,
        capture_output=True,
        text=True,
    )
    (published / "SHA256SUMS").write_text(made.stdout, "ascii")
    bad = run([python, "-c", SCRIPT, published, public_key], tmp_path)
    assert bad.returncode == 3
    assert "data.csv" in bad.stderr
    assert "signature manifest.sig" in bad.stderr
    assert len(bad.stderr.strip().splitlines()) == 1


def test_the_command_does_too(slim: Path, published: Path, tmp_path: Path) -> None:
    good = run([slim, "verify", published], tmp_path)
    assert good.returncode == 0, good.stderr
    (published / "data.xlsx").write_bytes(b"other")
    bad = run([slim, "verify", published], tmp_path)
    assert bad.returncode == 3
    assert "data.xlsx" in bad.stderr
