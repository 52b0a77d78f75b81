"""Virtual environments of the peers that do not install beside Airflow: each built once, under `var/`."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from recsys.errors import TransientError

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements-peers.txt")
FOLDER = ROOT / "var" / "peers-venv"


def python(folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> Path:
    """Its interpreter, once it holds what the requirements ask for; an incomplete environment is made afresh.

    Raises `TransientError` when it cannot be built.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    stamp, mark = folder / "built", hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text() != mark:
            _build(folder, requirements)
            stamp.write_text(mark)
    return folder / "bin" / "python"


def _build(folder: Path, requirements: Path) -> None:
    print(f"building {folder} (some minutes, once)", flush=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([*pip, "-r", str(requirements)], check=True)
    except subprocess.CalledProcessError as error:
        raise TransientError(
            "the environment of the peers could not be built",
            where=str(requirements),
            seen=f"exit status {error.returncode}; pip's output is above",
            remedy="check the network and the free disk space (3 GB), or leave these peers out with --peers",
        ) from None
