"""Which model reads the pictures: found in a folder, or among downloaded ones. Free of torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recsys.artifacts import local_copy
from recsys.errors import SettingsError

Kind = Literal["clip", "siglip"]
KINDS: tuple[Kind, ...] = ("clip", "siglip")
CONFIG, WEIGHTS, PROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"
SAMPLE = 1 << 20
"""Bytes at both ends of the weights that go into the version."""


@dataclass(frozen=True)
class PictureModel:
    """A model of pictures on disk."""

    folder: Path
    """Configuration, weights, and how a picture is scaled for it."""
    version: str
    """Its name and a short digest: vectors of different versions never mix."""
    dimensions: int
    kind: Kind


def find(name: str, offline: bool = True) -> PictureModel:
    """The model of that name; raises `SettingsError` where there is none, or it is no CLIP or SigLIP."""
    folder = _folder(name, offline)
    lacking = [file for file in (CONFIG, WEIGHTS, PROCESSOR) if not (folder / file).is_file()]
    if lacking:
        raise _error("there is no model of pictures of this name", f"{name}: no {', '.join(lacking)}")
    values = json.loads((folder / CONFIG).read_text())
    kind: Kind | None = next((kind for kind in KINDS if values.get("model_type") == kind), None)
    if kind is None:
        raise _error("the model of pictures is of another kind", f"{name}: model_type {values.get('model_type')}")
    short = name.rstrip("/").rsplit("/", 1)[-1]
    return PictureModel(folder, f"{short}-{_digest(folder)}", _width(kind, values), kind)


def _width(kind: Kind, values: dict[str, Any]) -> int:
    """Width of what the model makes of a picture; a configuration omits what is usual (transformers)."""
    if kind == "clip":
        return int(values.get("projection_dim", 512))
    return int(values.get("vision_config", {}).get("hidden_size", 768))


def _folder(name: str, offline: bool) -> Path:
    if "://" in name:
        return local_copy(name)
    return Path(name) if Path(name).is_dir() else _downloaded(name, offline)


def _downloaded(name: str, offline: bool) -> Path:
    """Folder of a model on Hugging Face; a path that does not exist where there is none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=offline, allow_patterns=[CONFIG, WEIGHTS, PROCESSOR]))
    except (HFValidationError, LocalEntryNotFoundError, HfHubHTTPError, OSError):
        return Path(name)


def _digest(folder: Path) -> str:
    """Of the model's configuration, the size of its weights and their ends."""
    digest = hashlib.sha256((folder / CONFIG).read_bytes() + (folder / PROCESSOR).read_bytes())
    size = (folder / WEIGHTS).stat().st_size
    digest.update(str(size).encode())
    with (folder / WEIGHTS).open("rb") as content:
        digest.update(content.read(SAMPLE))
        content.seek(max(size - SAMPLE, 0))
        digest.update(content.read(SAMPLE))
    return digest.hexdigest()[:8]


def _error(what: str, seen: str) -> SettingsError:
    return SettingsError(
        what,
        where="pictures.model",
        seen=seen,
        expected=f"a CLIP or SigLIP model with {CONFIG}, {WEIGHTS} and {PROCESSOR}, in a folder or at a URI, "
        "or its id on Hugging Face if it was downloaded before",
        remedy="correct pictures.model, or set language.offline=false to download it",
    )
