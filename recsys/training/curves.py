"""Loss curves while a training runs, to whoever wants them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

Point = tuple[int, int, Mapping[str, float]]
"""Step, time in milliseconds since 1970, values by name."""
Send = Callable[[list[Point]], bool]
"""Passes points on, and returns whether they arrived."""

PAUSE_SECONDS = 60.0
"""How long nothing is sent after it did not arrive: a server that is away must not slow a training."""


class Curves(TrainerCallback):
    """Passes what the trainer logs on as it comes; what did not arrive comes along with what is later."""

    def __init__(self, send: Send) -> None:
        self.send, self.waiting, self.not_before = send, list[Point](), 0.0

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """Adds a point to every curve."""
        del args, control, kwargs
        values = {name: float(value) for name, value in (logs or {}).items() if isinstance(value, int | float)}
        self.waiting.append((int(state.global_step), int(time.time() * 1000), values))
        self.flush()

    def flush(self, force: bool = False) -> None:
        """Sends what waits, unless the last attempt just failed."""
        if not self.waiting or (time.monotonic() < self.not_before and not force):
            return
        if self.send(self.waiting):
            self.waiting = []
        else:
            self.not_before = time.monotonic() + PAUSE_SECONDS


def logged(checkpoints: Path) -> list[dict[str, float]]:
    """What the trainer logged, step by step, from the state of its last checkpoint; of a resumed training all."""
    import json

    states = sorted(checkpoints.glob("checkpoint-*/trainer_state.json"), key=lambda file: file.stat().st_mtime)
    return list(json.loads(states[-1].read_text())["log_history"]) if states else []
