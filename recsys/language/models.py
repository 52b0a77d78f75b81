"""Which language model reads the items: found by name, in a folder, or among downloaded ones. Free of torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from recsys.artifacts import local_copy
from recsys.errors import SettingsError
from recsys.language import wheels

Kind = Literal["encoder", "decoder"]
Method = Literal["head", "lora", "full"]

TUNED_FILE = "tuned.json"
"""What a training adds to a base says of itself; its folder holds no base."""
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model")
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
PROMPTS_FILE = "config_sentence_transformers.json"
"""Where a model keeps what is put before the texts that it reads."""
WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
"""Names under which configurations give the width of their hidden states."""
DECODERS = ("gpt2", "gpt_neo", "gpt_neox", "gptj", "llama", "mistral", "qwen2", "qwen3", "gemma", "phi", "opt", "bloom")
"""Model types that are causal decoders, for a configuration that names no architecture."""
SAMPLE = 1 << 20
"""Bytes at both ends of the weights that go into the version."""


@dataclass(frozen=True)
class Tuned:
    """What a training added to a base model."""

    folder: Path
    base: str
    """Name under which the base is found."""
    base_version: str
    method: Method
    objective: str


@dataclass(frozen=True)
class Model:
    """A language model on disk."""

    folder: Path
    """Configuration, tokenizer and weights: those of the base, for what was tuned with a head or with LoRA."""
    version: str
    """Its name and a short digest: vectors of different versions never mix."""
    dimensions: int
    kind: Kind = "encoder"
    tuned: Tuned | None = None
    name: str = ""
    """Under which it is found."""
    prompt: str = ""
    """What the model itself wants before every text."""

    def instruction(self, asked: str) -> str:
        """What is put before every text: `asked`, else the model's own prompt."""
        return asked or self.prompt


def find(name: str, offline: bool = True) -> Model:
    """The model of that name; raises `SettingsError` where there is none.

    A name is one of `wheels.NAMES`, a folder or URI of a model or of what a training added to one, or an id on Hugging
    Face: one that was downloaded before, unless `offline` is false.
    """
    folder = _folder(name, offline)
    if (folder / TUNED_FILE).is_file():
        return replace(_tuned(folder, offline), name=name)
    config, weights = folder / "config.json", _first(folder, WEIGHTS)
    lacking = [] if config.is_file() else ["config.json"]
    lacking += [names[0] for names in (TOKENIZERS, WEIGHTS) if not _first(folder, names).is_file()]
    if lacking:
        raise SettingsError(
            "there is no language model of this name", where="language.model", seen=f"{name}: no {', '.join(lacking)}",
            expected=f"{', '.join(wheels.NAMES)}, a folder with config.json, tokenizer.json and model.safetensors, "
                     "or an id on Hugging Face that was downloaded before",
            remedy="correct language.model, or set language.offline=false to download it",
        )  # fmt: skip
    values = json.loads(config.read_text())
    short = name if name in wheels.NAMES else _short(name)
    version = f"{short}-{_digest(config, weights)}"
    return Model(folder, version, _width(values, config), _kind(values), name=name, prompt=_prompt(folder))


def _folder(name: str, offline: bool) -> Path:
    if name in wheels.NAMES:
        return wheels.folder(name)
    if "://" in name:
        return local_copy(name)
    folder = Path(name)
    return folder if folder.is_dir() else _downloaded(name, offline) or folder


def _downloaded(name: str, offline: bool) -> Path | None:
    """Folder of a model on Hugging Face; None where there is none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    patterns = ["*.json", "*.txt", "*.model", "*.safetensors"]
    try:
        return Path(snapshot_download(name, local_files_only=offline, allow_patterns=patterns))
    except (HFValidationError, LocalEntryNotFoundError, HfHubHTTPError, OSError):
        return None


def _tuned(folder: Path, offline: bool) -> Model:
    """The base with what was added to it; raises `SettingsError` where the base is another than it was."""
    values = json.loads((folder / TUNED_FILE).read_text())
    tuned = Tuned(folder, values["base"], values["base_version"], values["method"], values["objective"])
    weights = folder / values["weights"]
    version = f"{_short(tuned.base)}-{tuned.method}-{_digest(folder / TUNED_FILE, weights)}"
    if tuned.method == "full":
        return Model(folder, version, values["dimensions"], values["kind"], tuned, prompt=_prompt(folder))
    base = find(tuned.base, offline)
    if base.version != tuned.base_version:
        raise SettingsError("the base of the tuned model is another than at its training", where=str(folder),
                            seen=base.version, expected=tuned.base_version,
                            remedy=f"install the same {tuned.base} again, or train anew")  # fmt: skip
    return replace(base, version=version, dimensions=values["dimensions"], tuned=tuned)


def _prompt(folder: Path) -> str:
    """The default prompt in a sentence-transformers configuration; none for most models."""
    file = folder / PROMPTS_FILE
    says = json.loads(file.read_text()) if file.is_file() else {}
    return str(says.get("prompts", {}).get(says.get("default_prompt_name"), ""))


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    """The first of the files that is there; the first of them all where none is."""
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[0])


def _short(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1]


def _digest(config: Path, weights: Path) -> str:
    """Of the configuration, the size of the weights and their ends: training touches the ends too, and it is quick."""
    digest = hashlib.sha256(config.read_bytes())
    files = sorted(weights.parent.glob("model-*.safetensors")) if weights.suffix == ".json" else []
    for file in (weights, *files):
        size = file.stat().st_size
        digest.update(str(size).encode())
        with file.open("rb") as content:
            digest.update(content.read(SAMPLE))
            content.seek(max(size - SAMPLE, 0))
            digest.update(content.read(SAMPLE))
    return digest.hexdigest()[:8]


def _width(values: dict[str, object], config: Path) -> int:
    found = next((values[name] for name in WIDTHS if isinstance(values.get(name), int)), None)
    if not isinstance(found, int):
        raise SettingsError("the language model does not say how wide it is", where=str(config),
                            expected=" or ".join(WIDTHS), remedy="use a model with hidden states")  # fmt: skip
    return found


def _kind(values: dict[str, object]) -> Kind:
    """A decoder reads from left to right, so only its last token has seen the whole text."""
    architectures = values.get("architectures")
    first = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    causal = first.endswith(("ForCausalLM", "LMHeadModel")) or values.get("model_type") in DECODERS
    return "decoder" if causal else "encoder"
