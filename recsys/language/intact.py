"""Whether a model's folder is whole, and holds nothing that has to be run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recsys.errors import SettingsError

CONFIG = "config.json"
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model")
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
CODE = (CONFIG, "tokenizer_config.json")
"""Files that may name code of the model's own under `auto_map`."""
COPY = "copy or download the folder again"


def lacking(folder: Path) -> list[str]:
    """Names of the files that a model needs and the folder lacks."""
    needed = ((CONFIG,), TOKENIZERS, WEIGHTS)
    return [names[0] for names in needed if not first(folder, names).is_file()]


def first(folder: Path, names: tuple[str, ...]) -> Path:
    """The first of the files that is there; the first of them all where none is."""
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[0])


def check(folder: Path) -> dict[str, Any]:
    """The configuration; raises `SettingsError` where it asks for code, and for files that are not whole."""
    for file in (folder / name for name in CODE):
        asked = file.is_file() and values(file).get("auto_map")
        if asked:
            raise SettingsError(
                "the language model asks to run code of its own, which is never done",
                where=str(file),
                seen=f"auto_map: {asked}",
                expected="an architecture that transformers has",
                remedy="set language.model or training.base to another model",
            )
    for file in weights_of(folder):
        whole(file)
    return values(folder / CONFIG)


def values(file: Path) -> dict[str, Any]:
    """Content of a JSON file; raises `SettingsError` for a truncated file."""
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except ValueError as error:
        raise _broken(file, str(error), "JSON") from error
    return found


def weights_of(folder: Path) -> list[Path]:
    """The files of the weights: a single file, or all that the index names."""
    file = first(folder, WEIGHTS)
    return (
        [file]
        if file.suffix != ".json"
        else [folder / name for name in sorted(set(values(file)["weight_map"].values()))]
    )


def whole(file: Path) -> None:
    """Raises `SettingsError` for a file of safetensors that is shorter than its own header states."""
    if not file.is_file():
        raise _broken(file, "no such file", "every file that the index names")
    size = file.stat().st_size
    with file.open("rb") as content:
        header = int.from_bytes(content.read(8), "little")
        read = content.read(header) if header < size else b""
    try:
        tensors = json.loads(read)
        expected = (
            8 + header + max(tensor["data_offsets"][1] for name, tensor in tensors.items() if name != "__metadata__")
        )
    except ValueError as error:
        raise _broken(file, f"{size} bytes", "a header of safetensors and the tensors that it names") from error
    if size != expected:
        raise _broken(file, f"{size} bytes", f"{expected} bytes")


def _broken(file: Path, seen: str, expected: str) -> SettingsError:
    return SettingsError(
        "a file of the language model is not whole", where=str(file), seen=seen, expected=expected, remedy=COPY
    )
