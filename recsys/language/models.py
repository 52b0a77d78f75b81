"""Which language model reads the items: found by name, in a folder, or among downloaded ones. Free of torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from recsys.artifacts import fingerprint, local_copy
from recsys.errors import SettingsError
from recsys.language import intact, wheels
from recsys.language.shipped import Kind, Pooling, Prompts, Shipped, shipped
from recsys.settings import LanguageSettings

Method = Literal["head", "lora", "full"]

TUNED_FILE = "tuned.json"
"""File in which a training describes what it adds to a base; its folder holds no base."""
WIDTHS = ("hidden_size", "n_embd", "d_model", "dim", "hidden_dim")
"""Names under which configurations give the width of their hidden states."""
DECODERS = ("gpt2", "gpt_neo", "gpt_neox", "gptj", "llama", "mistral", "qwen2", "qwen3", "gemma", "phi", "opt", "bloom")
"""Model types that are causal decoders, for a configuration that names no architecture."""
STATIC = "model2vec"
"""Model type of a matrix of token vectors, in the files of model2vec (Tulkens & van Dongen 2024)."""
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
    pooling: Pooling = "mean"
    """What becomes of the vectors of a text's tokens."""
    prompt: str = ""
    """What is put before every text."""
    prompts: Prompts = ()
    """What the model has to be put there, by name."""
    int8: bool = False
    """Whether linear layers multiply whole numbers, on a CPU."""

    def read_as(self, language: LanguageSettings) -> Model:
        """The model as the settings have it read: another way to read is another version."""
        pooling = self.pooling if language.pooling == "auto" else language.pooling
        prompt = dict(self.prompts).get(language.instruction, language.instruction) or self.prompt
        dimensions = min(language.width or self.dimensions, self.dimensions)
        asked = replace(self, pooling=pooling, prompt=prompt, dimensions=dimensions)
        how = fingerprint(pooling, prompt, dimensions)[:8]
        return self if asked == self else replace(asked, version=f"{self.version}-{how}")


def find(name: str, offline: bool = True) -> Model:
    """The model of that name; raises `SettingsError` where there is none.

    A name is one of `wheels.NAMES`, a folder or URI of a model or of what a training added to a model, or an id on
    Hugging Face: a model that was downloaded before, unless `offline` is false.
    """
    folder = _folder(name, offline)
    if (folder / TUNED_FILE).is_file():
        return replace(_tuned(folder, offline), name=name)
    lacking = intact.lacking(folder)
    if lacking:
        raise SettingsError(
            "there is no language model of this name",
            where="language.model",
            seen=f"{name}: no {', '.join(lacking)}",
            expected=f"{', '.join(wheels.NAMES)}, a folder with config.json, tokenizer.json and model.safetensors, "
            "or an id on Hugging Face that was downloaded before",
            remedy="correct language.model, or set language.offline=false to download it",
        )
    values = intact.check(folder)
    kind = _kind(values)
    how = shipped(folder, name, kind)
    version, int8 = _version(name, folder, how, kind), name == wheels.INT8
    return Model(
        folder,
        version,
        _width(values, folder / intact.CONFIG),
        kind,
        name=name,
        pooling=how.pooling,
        prompt=how.prompt,
        prompts=how.prompts,
        int8=int8,
    )


def _version(name: str, folder: Path, how: Shipped, kind: Kind) -> str:
    """Name and digest; with it how texts are read, where a folder names an uncommon way."""
    weights = dict.fromkeys([intact.first(folder, intact.WEIGHTS), *intact.weights_of(folder)])
    digest = _digest(folder / intact.CONFIG, *weights)
    if name in wheels.NAMES:
        return f"{name}-{digest}"
    uncommon = (how.pooling, how.prompt) != (Shipped.usual(kind).pooling, "")
    return f"{_short(name)}-{digest}" + (f"-{fingerprint(how.pooling, how.prompt)[:4]}" if uncommon else "")


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
    intact.whole(weights)
    version = f"{_short(tuned.base)}-{tuned.method}-{_digest(folder / TUNED_FILE, weights)}"
    if tuned.method == "full":
        intact.check(folder)
        how = shipped(folder, "", values["kind"])
        pooling = values.get("pooling", how.pooling)
        return Model(folder, version, values["dimensions"], values["kind"], tuned, pooling=pooling, prompt=how.prompt)
    base = find(tuned.base, offline)
    if base.version != tuned.base_version:
        raise SettingsError(
            "the base of the tuned model is another than at its training",
            where=str(folder),
            seen=base.version,
            expected=tuned.base_version,
            remedy=f"install the same {tuned.base} again, or train anew",
        )
    return replace(base, version=version, dimensions=values["dimensions"], tuned=tuned)


def _short(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1]


def _digest(config: Path, *weights: Path) -> str:
    """Of the configuration, the size of the weights and their ends: training touches the ends too, and it is quick."""
    digest = hashlib.sha256(config.read_bytes())
    for file in weights:
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
        raise SettingsError(
            "the language model does not say how wide it is",
            where=str(config),
            expected=" or ".join(WIDTHS),
            remedy="use a model with hidden states",
        )
    return found


def _kind(values: dict[str, object]) -> Kind:
    """A decoder reads from left to right, so only its last token has seen the whole text."""
    if values.get("model_type") == STATIC:
        return "static"
    architectures = values.get("architectures")
    first = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    causal = first.endswith(("ForCausalLM", "LMHeadModel")) or values.get("model_type") in DECODERS
    return "decoder" if causal else "encoder"
