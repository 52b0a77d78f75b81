import fcntl
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "build_venv.py"


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_venv", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("requirements.txt", "requirements.lock"):
        (tmp_path / name).write_text("")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'nothing'\nversion = '1'\n")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "build_venv.py").write_text(SCRIPT.read_text())
    return tmp_path


@pytest.fixture
def calls(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, root: Path) -> list[list[str]]:
    """Commands that the tool would run; the folder is made, nothing is installed."""
    made: list[list[str]] = []

    def record(command: list[str], **_: object) -> None:
        made.append(command)
        (root / ".venv").mkdir(exist_ok=True)

    monkeypatch.setattr(tool.subprocess, "check_call", record)
    return made


def test_a_fresh_environment_is_made_and_stamped_last(tool: ModuleType, root: Path, calls: list[list[str]]) -> None:
    tool.build(str(root))
    assert [" ".join(call[1:3]) for call in calls] == ["-m venv", "-m pip", "-m pip", "-m pip"]
    assert calls[1][-3:] == ["--no-deps", "-r", "requirements.lock"]
    assert calls[2][-4:] == ["-r", "requirements.txt", "-c", "requirements.lock"]
    assert tool.stamped(str(root)) == tool.mark(str(root))


def test_changed_requirements_call_for_a_new_build_in_the_same_environment(
    tool: ModuleType, root: Path, calls: list[list[str]]
) -> None:
    tool.build(str(root))
    (root / "requirements.txt").write_text("typer==1\n")
    assert tool.stamped(str(root)) != tool.mark(str(root))
    calls.clear()
    tool.build(str(root))
    assert [" ".join(call[1:3]) for call in calls] == ["-m pip"] * 3


def test_an_environment_whose_build_was_cut_short_is_made_afresh(
    tool: ModuleType, root: Path, calls: list[list[str]]
) -> None:
    (root / ".venv").mkdir()
    tool.build(str(root))
    assert "--clear" in calls[0]


def test_a_build_that_fails_leaves_no_stamp(tool: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(tool.subprocess, "check_call", fail)
    with pytest.raises(SystemExit, match=r"\.venv could not be built(.|\n)*run make again"):
        tool.build(str(root))
    assert tool.stamped(str(root)) == ""


def test_another_python_is_refused_with_what_to_do(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "WANTED", (3, 99))
    with pytest.raises(SystemExit, match=r"Python 3\.99 is needed(.|\n)*make PYTHON="):
        tool.main()


def test_a_second_make_waits_for_the_first(tool: ModuleType, root: Path) -> None:
    (root / ".venv").mkdir()
    with (root / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen((sys.executable, root / "tools" / "build_venv.py"), stdout=subprocess.PIPE, text=True)
        assert second.stdout is not None
        assert second.stdout.readline() == "waiting: another make is building .venv\n"
        (root / ".venv" / "built").write_text(tool.mark(str(root)))
    assert second.communicate()[0] == ""
    assert second.returncode == 0
