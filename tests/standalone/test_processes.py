import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from recsys.errors import TransientError
from recsys.standalone import processes
from recsys.standalone.processes import Record, Service

WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import os, time; os.setpgid(0, 0); time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def service(code: str, name: str = "dummy", **environment: str) -> Service:
    return Service(name, (sys.executable, "-c", code), environment)


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def printed(home: Path) -> str:
    eventually(lambda: processes.log_path(home, "dummy").read_text() != "")
    return processes.log_path(home, "dummy").read_text().strip()


def is_alive(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for name in processes.records(tmp_path):
        processes.stop(tmp_path, name, grace_seconds=0)


def test_a_service_that_runs_as_wanted_is_left_alone(home: Path) -> None:
    assert processes.start(home, service(WITH_CHILD))
    pid = processes.records(home)["dummy"].pid
    assert not processes.start(home, service(WITH_CHILD))
    assert processes.records(home)["dummy"].pid == pid


def test_a_service_that_is_wanted_otherwise_is_started_anew(home: Path) -> None:
    processes.start(home, service(WITH_CHILD))
    before = processes.records(home)["dummy"]
    assert processes.start(home, service(WITH_CHILD, COLOUR="blue"))
    assert not processes.members(before)


def test_stopping_ends_the_leader_and_its_children_in_groups_of_their_own(home: Path) -> None:
    processes.start(home, service(WITH_CHILD))
    child = int(printed(home))
    leader = processes.records(home)["dummy"].pid
    assert processes.stop(home, "dummy", grace_seconds=2)
    assert not is_alive(leader)
    assert not is_alive(child)
    assert processes.records(home) == {}


def test_children_of_a_leader_that_was_killed_are_still_ended(home: Path) -> None:
    processes.start(home, service(WITH_CHILD))
    child = int(printed(home))
    os.kill(processes.records(home)["dummy"].pid, signal.SIGKILL)
    assert eventually(lambda: not processes.is_running(processes.records(home)["dummy"]))
    assert is_alive(child)
    assert processes.stop(home, "dummy", grace_seconds=2)
    assert not is_alive(child)


def test_a_service_that_will_not_end_is_killed(home: Path) -> None:
    processes.start(home, service(DEAF))
    assert printed(home) == "up"
    assert processes.stop(home, "dummy", grace_seconds=0.2)
    assert processes.records(home) == {}


def test_a_pid_that_someone_else_has_by_now_is_not_touched(home: Path) -> None:
    other = psutil.Process()
    stale = Record(other.pid, other.create_time() - 3600, "digest")
    assert processes.members(stale) == []
    assert not processes.is_running(stale)


def test_a_service_that_was_killed_is_started_again(home: Path) -> None:
    processes.start(home, service(WITH_CHILD))
    os.kill(processes.records(home)["dummy"].pid, signal.SIGKILL)
    assert eventually(lambda: not processes.is_running(processes.records(home)["dummy"]))
    assert processes.start(home, service(WITH_CHILD))
    assert processes.is_running(processes.records(home)["dummy"])


def test_a_service_that_dies_at_start_shows_the_end_of_its_log(home: Path) -> None:
    processes.start(home, service("print('no such database'); raise SystemExit(3)"))
    with pytest.raises(TransientError, match=r"dummy died while starting(.|\n)*no such database"):
        processes.await_ready(home, "dummy", lambda: False)


def test_a_service_that_never_answers_is_given_up_after_the_time_allowed(home: Path) -> None:
    processes.start(home, service(WITH_CHILD))
    with pytest.raises(TransientError, match=r"dummy gave no answer within 0.3 s"):
        processes.await_ready(home, "dummy", lambda: False, seconds=0.3)


def test_the_log_of_the_start_before_is_kept(home: Path) -> None:
    processes.start(home, service("print('first')"))
    assert printed(home) == "first"
    processes.start(home, service("print('second')"))
    assert processes.log_path(home, "dummy").with_suffix(".log.1").read_text() == "first\n"


@pytest.mark.parametrize("text", ["", "{", '{"dummy": {"pid": 1}}'])
def test_a_damaged_record_of_services_is_forgotten(home: Path, text: str) -> None:
    (home / "services.json").write_text(text)
    assert processes.records(home) == {}


def test_stopping_what_was_never_started_is_no_error(home: Path) -> None:
    assert not processes.stop(home, "dummy")


def test_a_log_that_has_grown_large_is_put_aside_while_its_service_writes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "MAX_LOG_BYTES", 20)
    code = "import sys, time; [(print('line', n, flush=True), time.sleep(0.05)) for n in range(10_000)]"
    processes.start(home, service(code))
    processes.start(home, service("import time; print('short', flush=True); time.sleep(600)", "other"))
    log, aside = processes.log_path(home, "dummy"), home / "logs" / "dummy.log.1"
    assert eventually(lambda: log.stat().st_size > 30 and processes.log_path(home, "other").exists())
    (home / "postgres").mkdir()
    (home / "postgres" / "server.log").write_text("LOG:  a line of the server, which is no service of these\n")
    assert processes.rotate(home) == ["dummy", "postgres"]
    assert aside.read_text().startswith("line 0\nline 1\n")
    size = log.stat().st_size
    assert eventually(lambda: log.stat().st_size > size)
    assert log.read_bytes().startswith(b"line ")  # and not with a hole as long as what was there
