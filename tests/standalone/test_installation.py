import sys
from pathlib import Path

import pytest

from recsys.errors import TransientError
from recsys.standalone import installation, processes
from recsys.standalone.home import alone, home


def start(folder: Path, name: str) -> None:
    processes.start(folder, processes.Service(name, (sys.executable, "-c", "import time; time.sleep(600)"), {}))


def test_services_are_found_in_the_order_of_starting_and_stopped_in_reverse(tmp_path: Path) -> None:
    told: list[str] = []
    for name in ("first", "second"):
        start(tmp_path, name)
    assert installation.running(tmp_path) == ("first", "second")
    installation.down(tmp_path, told.append)
    assert told == ["stopped second", "stopped first"]
    assert installation.running(tmp_path) == ()


def test_stopping_twice_is_no_error(tmp_path: Path) -> None:
    told: list[str] = []
    installation.down(tmp_path, told.append)
    assert told == []


def test_the_home_is_made_and_named_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_HOME", str(tmp_path / "a" / "b"))
    assert home() == tmp_path / "a" / "b"
    assert home().is_dir()


def test_without_its_variable_the_home_is_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert home() == tmp_path / "var"


def test_two_commands_never_start_services_at_once(tmp_path: Path) -> None:
    busy = pytest.raises(TransientError, match="another command is starting or stopping services")
    with alone(tmp_path), busy, alone(tmp_path, seconds=0.1):
        pass
