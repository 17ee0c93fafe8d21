"""Applies plans in children that may be killed from outside: `{"plan": file, "variables": {…}}`. Run as a process."""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import Any

from tests.forking import serve


def apply(plan_file: str) -> dict[str, Any]:
    from minhbach.flow.house import open_house
    from minhbach.flow.publishing import apply as publish
    from minhbach.release.planning import read_plan

    applied = publish(open_house(), read_plan(Path(plan_file)))
    return {"written": applied.written, "receipt": applied.receipt_sha256}


def child(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    from minhbach.core.errors import MinhBachError

    for name in [name for name in os.environ if name.startswith("MINHBACH_")]:
        del os.environ[name]
    os.environ.update(asked["variables"])
    began = time.monotonic()
    try:
        said: dict[str, Any] = {"said": apply(asked["plan"])}
        code = 0
    except MinhBachError as error:
        said, code = {"refused": f"{type(error).__name__}: {error}"}, error.exit_code
    return code, {**said, "seconds": time.monotonic() - began}


HEAVY = (
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "minhbach.flow.publishing",
    "minhbach.release.planning",
    "publishers.ckan.publisher",
    "pyarrow.parquet",
    "sqlalchemy.dialects.sqlite",
)
"""What children import, once for all of them."""

if __name__ == "__main__":
    for heavy in HEAVY:
        importlib.import_module(heavy)
    serve(child)
