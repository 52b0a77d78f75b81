"""The arguments that the trainers of both objectives share, and where a training resumes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import trainer_utils

from recsys.language.device import device_of, mixes_precision
from recsys.settings import RuntimeSettings, TrainingSettings

_last: Callable[[str], str | None] = trainer_utils.get_last_checkpoint

LOG_EVERY = 20
"""Most steps between two points of a loss curve."""


def shared(training: TrainingSettings, runtime: RuntimeSettings, folder: Path) -> dict[str, Any]:
    """Arguments of a trainer: a checkpoint with every measurement, of which the best and the last are kept.

    Matrices are multiplied in bf16 where the device has instructions for it and they are large: not those of a head.
    On CUDA a batch that does not fit is halved.
    """
    device = device_of(runtime)
    on_cuda = device == "cuda"
    return {
        "output_dir": str(folder),
        "max_steps": training.steps,
        "learning_rate": training.learning_rate,
        "per_device_train_batch_size": training.batch,
        "gradient_accumulation_steps": training.accumulation,
        "lr_scheduler_type": "linear",
        "warmup_steps": min(50, training.steps // 10),
        "eval_strategy": "steps",
        "eval_steps": training.evaluate_every,
        "save_strategy": "steps",
        "save_steps": training.evaluate_every,
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "logging_steps": min(LOG_EVERY, training.evaluate_every),
        "seed": training.seed,
        "data_seed": training.seed,
        "bf16": training.method != "head" and (on_cuda or mixes_precision(device)),
        "use_cpu": not on_cuda,
        "auto_find_batch_size": on_cuda,
        "dataloader_pin_memory": on_cuda,
        "report_to": "none",
        "disable_tqdm": True,
    }


def latest_checkpoint(folder: Path) -> str | None:
    """The last checkpoint in the folder that is whole; a checkpoint that was cut short is removed."""
    while folder.is_dir() and (found := _last(str(folder))):
        if Path(found, "trainer_state.json").is_file():
            return found
        Path(found).rename(Path(found).with_name(f"cut-short-{Path(found).name}"))
    return None
