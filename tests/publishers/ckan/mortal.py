"""Applies plans in children that may be killed from outside. Run as a process of its own; imports the heavy parts once.

Reads JSON lines `{"plan": file, "variables": {…}}`; says the child's process id at once, and how it ended when it has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

READY = "ready"


def apply(plan_file: str) -> dict[str, Any]:
    from minhbach.flow.house import open_house
    from minhbach.flow.publishing import apply as publish
    from minhbach.release.planning import read_plan

    applied = publish(open_house(), read_plan(Path(plan_file)))
    return {"written": applied.written, "receipt": applied.receipt_sha256}


def child(asked: dict[str, Any], pipe: int) -> int:
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
    os.write(pipe, json.dumps({**said, "seconds": time.monotonic() - began}, default=str).encode())
    return code


def serve() -> None:
    """Answer every line with two."""
    import publishers.ckan.publisher  # noqa: F401  the heavy parts, once for all children

    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    answers.write(READY + "\n")
    for line in sys.stdin:
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            code = 99
            try:
                code = child(json.loads(line), writer)
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.close(writer)
        answers.write(json.dumps({"pid": process}) + "\n")
        with os.fdopen(reader, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(process, 0)
        answer = json.loads(told) if told else {}
        answers.write(json.dumps({"ended": os.waitstatus_to_exitcode(status), **answer}) + "\n")


if __name__ == "__main__":
    serve()
