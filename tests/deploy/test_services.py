"""Services are started detached, known by pid and start, ended whole, and never mistaken for somebody else's."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from deploy.services import Running, Service, ServiceError, all_well, service_account, states, table
from tests.house.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDLESS = "import time, sys; print('here', flush=True); time.sleep(600)"
# A parent that starts a child of its own; neither of them listens to SIGTERM.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "child"])
open(f"ready-{os.getpid()}", "w").close()
time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a folder that the unprivileged account can walk to, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="minhbach-services-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder / "run").glob("*.pid"):
        if (left := Running.read(path)) is not None:
            left.end(signal.SIGKILL, 10)
    shutil.rmtree(folder)


def program(home: Path, text: str = ENDLESS, **options: object) -> Service:
    account = service_account()
    script = account.file(account.folder(home / "work") / "program.py", text)
    known = {"ready": lambda: True, "folder": home / "work", **options}
    return Service("program", ["/usr/bin/python3", script], home=home, account=account, **known)  # type: ignore[arg-type]


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def test_a_service_outlives_who_started_it_and_is_ended_by_another(home: Path) -> None:
    starter = (
        "import sys; from pathlib import Path; from deploy.services import *\n"
        "Service('program', ['sleep', '600'], home=Path(sys.argv[1]), account=service_account(),"
        " ready=lambda: True).start()"
    )
    subprocess.run([sys.executable, "-c", starter, home], cwd=ROOT, check=True, timeout=120)
    service = Service("program", ["sleep", "600"], home=home, account=service_account(), ready=lambda: True)
    running = service.process()
    assert running is not None
    assert psutil.Process(running.pid).cmdline() == ["sleep", "600"]
    assert os.getsid(running.pid) == running.pid
    assert service.start() is False
    assert service.stop() is True
    assert not running.alive()
    assert service.stop() is False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_root_starts_it_as_an_unprivileged_account(home: Path) -> None:
    service = program(home)
    service.start()
    running = service.process()
    assert running is not None
    found = psutil.Process(running.pid)
    assert 0 not in {*found.uids(), *found.gids()}
    assert 0 not in {
        int(one) for one in Path(f"/proc/{running.pid}/status").read_text().split("Groups:")[1].split("\n")[0].split()
    }
    assert found.username() == "minhbach"
    service.stop()


def test_output_and_pid_are_nobody_elses_business(home: Path) -> None:
    service = program(home, "import os; open('made', 'w').close(); print(sorted(os.environ), flush=True)\n" + ENDLESS)
    os.environ["MINHBACH_SECRET_OF_THE_CALLER"] = "x"
    try:
        service.start()
    finally:
        del os.environ["MINHBACH_SECRET_OF_THE_CALLER"]
    until(lambda: "here" in service.log.read_text())
    assert "MINHBACH" not in service.log.read_text()
    assert "PATH" in service.log.read_text()
    assert {path.stat().st_mode & 0o077 for path in (service.log, home / "run", home / "work" / "made")} == {0}
    service.stop()


def test_all_that_it_started_ends_with_it_and_is_waited_for(home: Path) -> None:
    service = program(home, STUBBORN, seconds_to_stop=0.5)
    service.start()
    until(lambda: len(list((home / "work").glob("ready-*"))) == 2)
    family = [int(path.name.removeprefix("ready-")) for path in (home / "work").glob("ready-*")]
    assert all(Running.of(pid) for pid in family)
    assert service.stop() is True
    assert [pid for pid in family if Running.of(pid)] == []


def test_a_pid_that_is_somebody_elses_now_is_left_alone(home: Path) -> None:
    service = program(home)
    service.start()
    running = service.process()
    assert running is not None
    service.pid_file.write_text(json.dumps({"pid": running.pid, "start": running.start - 1, "boot": running.boot}))
    assert service.process() is None
    assert service.stop() is False
    assert running.alive()
    running.end(signal.SIGKILL, 10)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is in danger of ending another account's process")
def test_a_pid_file_cannot_make_root_end_another_accounts_process(home: Path) -> None:
    service = program(home)
    me = Running.of(os.getpid())
    assert me is not None
    service.pid_file.parent.mkdir()
    service.pid_file.write_text(me.text())
    with pytest.raises(ServiceError, match=r"found process \d+ of another account than minhbach; look at it"):
        service.stop()
    service.pid_file.unlink()


def test_a_taken_port_is_one_sentence(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"^program: found port {port} of 127.0.0.1 taken .*--port-base\.$"):
            program(home, ports=(port,)).start()
    assert not (home / "run" / "program.pid").exists()


def test_one_that_ends_while_starting_names_its_log_and_not_what_it_said(home: Path) -> None:
    service = program(home, "raise SystemExit('secret words')", ready=lambda: False)
    with pytest.raises(
        ServiceError, match=r"ended while starting, expected it to run; see .*/program\.log\.$"
    ) as caught:
        service.start()
    assert "secret words" not in str(caught.value)
    assert "secret words" in service.log.read_text()


def test_one_that_never_is_ready_is_ended(home: Path) -> None:
    service = program(home, ready=lambda: False, seconds_to_start=0.5)
    with pytest.raises(ServiceError, match=r"found it not ready after 0 s and ended it; see"):
        service.start()
    assert service.process() is None


def test_states_say_who_runs_and_who_is_well(home: Path) -> None:
    wrong = [""]
    service = program(home, healthy=lambda: wrong[0])
    assert [one.health for one in states([service])] == ["does not run"]
    service.start()
    found = states([service])
    assert all_well(found)
    assert found[0].memory_mib > 1
    assert str(found[0].pid) in table(found)
    wrong[0] = "searches fail"
    found = states([service])
    assert not all_well(found)
    assert "searches fail" in table(found)
    service.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root can give nothing away")
def test_a_link_in_the_place_of_a_folder_is_not_followed(home: Path) -> None:
    account, foreign = service_account(), home / "foreign"
    foreign.mkdir(mode=0o755)
    (account.folder(home / "mine") / "inside").symlink_to(foreign)
    with pytest.raises(ServiceError, match="found a link, expected a folder"):
        account.folder(home / "mine" / "inside")
    assert foreign.stat().st_mode & 0o777 == 0o755
    assert foreign.stat().st_uid == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes an account that a folder could be closed to")
def test_a_folder_that_the_account_cannot_walk_to_is_refused(home: Path) -> None:
    (home / "closed").mkdir(mode=0o700)
    with pytest.raises(ServiceError, match=r"found .*/closed closed to the account minhbach, .* chmod o\+x"):
        service_account().require_way_to(home / "closed" / "portal")
