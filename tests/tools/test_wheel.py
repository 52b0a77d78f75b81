"""The wheel holds all that the package reads, and is all that `recsys batch` needs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked() -> list[str]:
    """Files of the package and what builds it."""
    command = ["git", "ls-files", "recsys", "pyproject.toml", "LICENSE"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("wheel") / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    options = ["--quiet", "--no-deps", "--no-build-isolation", "-w", str(source.parent)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    (made,) = source.parent.glob("*.whl")
    return made


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    names = {name for name in tracked() if name.startswith("recsys/")}
    assert names <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_a_folder_of_its_own_with_the_wheel_alone_makes_recommendations_of_files(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    install = [str(python), "-m", "pip", "install", "-qq", str(wheel), "-c", str(ROOT / "requirements.lock")]
    subprocess.run(install, check=True)
    events = [f"u{user},i{(user + step) % 9},buy" for user in range(20) for step in range(4)]
    (tmp_path / "events.csv").write_text("\n".join(["user_id,item_id,action", *events]))
    items = [f"i{item},{('red', 'blue', 'green')[item % 3]} shoe {item}" for item in range(9)]
    (tmp_path / "items.csv").write_text("\n".join(["item_id,title", *items]))
    command = [
        str(python),
        "-m",
        "recsys",
        "batch",
        "--events",
        "events.csv",
        "--items",
        "items.csv",
        "--out",
        "out.csv",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert len({row.split(",")[0] for row in rows[1:]}) == 20
    serving = subprocess.run([str(python), "-m", "recsys", "serve"], env=environment, capture_output=True, text=True)
    assert "to do: pip install 'recsys[serve]'" in serving.stderr
