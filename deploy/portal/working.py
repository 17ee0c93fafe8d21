"""Say by exit code whether a worker of this container takes CKAN's jobs: the health check of `ckan-worker`."""

from __future__ import annotations

import os
import socket
import sys

from . import redis


def main(host: str, port: int, password: str) -> int:
    """Return 0 when a worker of this host is known to Redis: it reports itself every few minutes or is forgotten."""
    known = redis.ask(port, password, "SMEMBERS", "rq:workers", host=host, database=1)
    mine = [redis.ask(port, password, "HGET", name, "hostname", host=host, database=1) for name in known]
    return 0 if socket.gethostname() in mine else 1


if __name__ == "__main__":
    sys.exit(main("redis", 6379, os.environ["REDIS_PASSWORD"]))
