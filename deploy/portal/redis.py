"""Ask Redis in its own words; a few lines, so that nothing has to be installed for a health check."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from io import BufferedReader

SECONDS = 5


def ask(port: int, password: str, *words: str, host: str = "127.0.0.1", database: int = 0) -> Any:
    """Return the answer to one command: text, number, list, or nothing.

    Raises:
        OSError: nobody answers, or the answer is an error.
    """
    with socket.create_connection((host, port), timeout=SECONDS) as talk, talk.makefile("rb") as heard:
        for command in (("AUTH", password), ("SELECT", str(database)), words):
            parts = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in command)
            talk.sendall(f"*{len(command)}\r\n{parts}".encode())
            answer = _answer(heard)
        return answer


def _answer(heard: BufferedReader) -> Any:
    line = heard.readline().decode("utf-8", "replace").rstrip("\r\n")
    kind, rest = line[:1], line[1:]
    if kind == "+":
        return rest
    if kind == ":":
        return int(rest)
    if kind == "$":
        return None if rest == "-1" else heard.read(int(rest) + 2)[:-2].decode("utf-8", "replace")
    if kind == "*":
        return [_answer(heard) for _ in range(int(rest))]
    raise OSError(f"redis: found the answer {kind or 'nothing'}, expected a value")
