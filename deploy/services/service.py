"""One service: a program started detached in a session of its own, with pid file and log, and ended whole."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import ServiceError
from .probes import require_free
from .processes import Running
from .programs import UMASK, open_log, plain_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .account import Account

LOOK_EVERY = 0.1
_children: dict[int, subprocess.Popen[bytes]] = {}
"""Those that this very process started: it has to collect them when they end."""


@dataclass(frozen=True)
class Service:
    """A program that runs until it is stopped. Pid file: home/run/NAME.pid; output: home/logs/NAME.log.

    `ready` is asked until it says yes; `healthy` is asked by `states` and answers with what is wrong, or nothing.
    The folder of pid files belongs to who starts services, not to their account: nobody can make root end a stranger.
    """

    name: str
    command: Sequence[str | Path]
    home: Path
    account: Account
    ready: Callable[[], bool]
    ports: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path | None = None
    healthy: Callable[[], str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    seconds_to_start: float = 60
    seconds_to_stop: float = 20

    @property
    def pid_file(self) -> Path:
        """Where the pid stands."""
        return self.home / "run" / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        """Where the output goes."""
        return self.home / "logs" / f"{self.name}.log"

    def process(self) -> Running | None:
        """Return the process if it runs."""
        for child in list(_children.values()):
            child.poll()
        return Running.read(self.pid_file)

    def launch(self) -> bool:
        """Start the program without waiting for it to be ready; False when it runs already.

        Raises:
            ServiceError: a port is taken.
        """
        if self.process() is not None:
            return False
        for port in self.ports:
            require_free(self.name, port)
        self.pid_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.account.folder(self.log.parent)
        handle = open_log(self.log, self.account)
        where = self.folder or self.home
        try:
            child = subprocess.Popen(
                [str(word) for word in self.command],
                cwd=where,
                env=plain_environment(where, self.environment),
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                start_new_session=True,
                umask=UMASK,
                **self.account.start_options(),
            )
        except OSError as problem:
            raise ServiceError(f"{self.name}: cannot start {self.command[0]}: {problem.strerror}.") from None
        finally:
            os.close(handle)
        _children[child.pid] = child
        if (running := Running.of(child.pid)) is not None:
            beside = self.pid_file.with_suffix(".new")
            beside.write_text(running.text(), encoding="utf-8")
            beside.replace(self.pid_file)
        return True

    def wait(self) -> None:
        """Wait until the service is ready.

        Raises:
            ServiceError: it ended, or is not ready in time; it is ended then.
        """
        deadline = time.monotonic() + self.seconds_to_start
        while not self.ready():
            if self.process() is None:
                raise ServiceError(f"{self.name}: found it ended while starting, expected it to run; see {self.log}.")
            if time.monotonic() > deadline:
                self.stop()
                raise ServiceError(
                    f"{self.name}: found it not ready after {self.seconds_to_start:.0f} s and ended it; see {self.log}."
                )
            time.sleep(LOOK_EVERY)

    def start(self) -> bool:
        """Start the program and wait until it is ready; False when it ran already.

        Raises:
            ServiceError: a port is taken, it ended, or it is not ready in time.
        """
        began = self.launch()
        self.wait()
        return began

    def stop(self) -> bool:
        """End the program and all that it started, and wait until nothing is left; False when it did not run.

        Raises:
            ServiceError: the pid file names a process of another account, or something outlives SIGKILL.
        """
        running = self.process()
        if running is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        if running.uid() not in {self.account.uid, None}:
            raise ServiceError(
                f"{self.pid_file}: found process {running.pid} of another account than {self.account.name}; "
                "look at it and remove the pid file."
            )
        gone = running.end(self.stop_signal, self.seconds_to_stop)
        if (child := _children.pop(running.pid, None)) is not None:
            child.poll()
        if not gone:
            raise ServiceError(f"{self.name}: found process {running.pid} alive after SIGKILL; look at it by hand.")
        self.pid_file.unlink(missing_ok=True)
        return True
