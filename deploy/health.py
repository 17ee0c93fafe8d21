"""Ask the api-server's health page and say by exit code whether it is well. Judges no other process by it."""

from __future__ import annotations

import json
import sys
from urllib.request import urlopen

SECONDS = 5


def main(address: str) -> int:
    """Return 0 when the page answers and its metadata database is healthy; other processes have their own checks."""
    with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - the address is an argument of the compose file
        health = json.load(answer)
    return 0 if health["metadatabase"]["status"] == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
