from __future__ import annotations

import runpy
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.deploy import compose

SCRIPT = compose.ROOT / "deploy" / "make_env.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".env.example").write_text("# A port, and secrets\nPORT=8080\nPASSWORD=\nA_FERNET_KEY=\n# OTHER=\n")
    return tmp_path


def make(folder: Path) -> str:
    return subprocess.run([sys.executable, str(SCRIPT), str(folder)], check=True, text=True, capture_output=True).stdout


def test_names_without_a_value_get_secrets_and_the_rest_stays(folder: Path) -> None:
    make(folder)
    comment, port, password, fernet, other = (folder / ".env").read_text().splitlines()
    assert (comment, port, other) == ("# A port, and secrets", "PORT=8080", "# OTHER=")
    assert len(password.removeprefix("PASSWORD=")) == 32
    Fernet(fernet.removeprefix("A_FERNET_KEY=").encode())


def test_only_the_owner_may_read_the_file(folder: Path) -> None:
    make(folder)
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_a_file_that_is_there_keeps_all_it_has_and_gets_what_is_new(folder: Path) -> None:
    (folder / ".env").write_text("PORT=1\nPASSWORD=mine")
    assert make(folder) == ".env has all it had, and A_FERNET_KEY besides\n"
    kept = (folder / ".env").read_text().splitlines()
    assert kept[:2] == ["PORT=1", "PASSWORD=mine"]
    Fernet(kept[2].removeprefix("A_FERNET_KEY=").encode())
    assert "stays as it is" in make(folder)
    assert (folder / ".env").read_text().splitlines() == kept


def test_no_secret_is_printed_and_no_two_are_alike(folder: Path) -> None:
    (folder / ".env.example").write_text((compose.ROOT / ".env.example").read_text())
    said, made = make(folder), compose.environment(folder / ".env")
    example = compose.environment(folder / ".env.example")
    secrets = [value for name, value in made.items() if not example[name]]
    assert len(secrets) == len(set(secrets)) == 19
    assert not [value for value in secrets if value in said]


def test_the_file_is_never_committed() -> None:
    assert ".env" in (compose.ROOT / ".gitignore").read_text().splitlines()


def test_the_script_runs_before_anything_is_installed() -> None:
    assert runpy.run_path(str(SCRIPT))["main"].__module__
    allowed = {"__future__", "base64", "os", "secrets", "sys", "pathlib"}
    lines = [line.split() for line in SCRIPT.read_text().splitlines() if line.startswith(("import ", "from "))]
    assert {words[1] for words in lines} <= allowed
