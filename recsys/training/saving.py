"""Keeps what a training added to its base, and nothing of the base: a head, an adapter, or weights that all changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from recsys.language.intact import WEIGHTS
from recsys.language.models import TUNED_FILE, Model
from recsys.language.network import HEAD_FILE, tokenizer_of
from recsys.language.shipped import PROMPTS_FILE
from recsys.settings import TrainingSettings

ADAPTER_FILE, ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"


def keep(network: Any, model: Model, training: TrainingSettings, folder: Path) -> Path:
    """The folder, now of a model that `models.find` finds; `network` is what a trainer of either objective returned."""
    folder.mkdir(parents=True, exist_ok=True)
    if training.method == "head":
        _keep_head(network, folder / HEAD_FILE)
        weights, dimensions = HEAD_FILE, training.dimensions
    else:
        transformer = network if training.objective == "causal-lm" else network[0].auto_model
        transformer.save_pretrained(folder)
        weights, dimensions = ADAPTER_FILE, model.dimensions
        if training.method == "full":
            tokenizer_of(model).save_pretrained(folder)
            (folder / PROMPTS_FILE).write_text(
                json.dumps({"prompts": {"own": model.prompt}, "default_prompt_name": "own"})
            )
            weights = next(name for name in WEIGHTS if (folder / name).is_file())
        else:
            _forget_where(folder / ADAPTER_CONFIG)
    config = {
        "base": model.name,
        "base_version": model.version,
        "method": training.method,
        "kind": model.kind,
        "pooling": model.pooling,
        "objective": training.objective,
        "dimensions": dimensions,
        "weights": weights,
    }
    (folder / TUNED_FILE).write_text(json.dumps(config, indent=1))
    (folder / "README.md").unlink(missing_ok=True)
    return folder


def _keep_head(network: Any, file: Path) -> None:
    linear = network[1].linear
    save_file({name: value.detach().cpu().contiguous() for name, value in linear.state_dict().items()}, str(file))


def _forget_where(config: Path) -> None:
    """The base is found by its name in `TUNED_FILE`; its path on this machine is of no use on others."""
    content = json.loads(config.read_text())
    config.write_text(json.dumps({**content, "base_model_name_or_path": ""}, indent=1))
