"""A service under watch: started again when it dies, left alone when it was broken from the start or asked to end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

KEEP = """
import sys
from recsys.standalone.keep import Keeper
sys.exit(Keeper(sys.argv[2:]).keep(float(sys.argv[1]), pause=0.1))
"""
SERVICE = "import os, time; open(os.environ['STARTS'], 'a').write('x'); time.sleep(600)"


def started(first_seconds: float, service: str, starts: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", KEEP, str(first_seconds), sys.executable, "-c", service]
    return subprocess.Popen(
        command, env={"STARTS": str(starts)}, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def child(keeper: subprocess.Popen[str], starts: Path, number: int) -> psutil.Process:
    """The service, at its start of that number."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if starts.exists() and len(starts.read_text()) == number:
            return psutil.Process(keeper.pid).children()[0]
        time.sleep(0.02)
    raise AssertionError(f"not started {number} times")


def test_a_service_that_dies_is_started_again_and_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    keeper = started(0.0, SERVICE, starts)
    child(keeper, starts, 1).kill()
    second = child(keeper, starts, 2)
    keeper.send_signal(signal.SIGTERM)
    told, _ = keeper.communicate(timeout=60)
    assert not second.is_running()
    assert starts.read_text() == "xx"
    assert "ended with status -9: it is started again" in told


def test_what_a_dead_service_left_behind_is_ended_before_it_is_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    keeper = started(0.0, f"import subprocess; subprocess.Popen(['sleep', '600']); {SERVICE}", starts)
    service = child(keeper, starts, 1)
    (left,) = service.children()
    service.kill()
    again = child(keeper, starts, 2)
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
    for process in (*again.children(), psutil.Process(keeper.pid), again):
        process.kill()
    keeper.communicate(timeout=60)


def test_a_service_that_dies_at_its_first_start_is_not_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    keeper = started(600.0, "import os; open(os.environ['STARTS'], 'a').write('x'); raise SystemExit(3)", starts)
    assert keeper.wait(60) == 3
    assert starts.read_text() == "x"
