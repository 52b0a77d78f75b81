"""What work takes: seconds, CPU, GPU, memory, storage."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import TypedDict


class Usage(TypedDict):
    """What was measured, by the names of the fields of a manifest."""

    seconds: float
    peak_memory_mb: float
    cpu_seconds: float
    gpu_seconds: float
    stored_mb: float


class Meter:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._began, self._spent = time.monotonic(), _cpu_seconds()

    def read(self, folder: Path) -> Usage:
        """Usage so far, of work that wrote its files into a folder."""
        seconds = round(time.monotonic() - self._began, 3)
        return {
            "seconds": seconds,
            "peak_memory_mb": peak_memory_mb(),
            "cpu_seconds": round(_cpu_seconds() - self._spent, 3),
            "gpu_seconds": seconds if _on_gpu() else 0.0,
            "stored_mb": _size_mb(folder),
        }


def peak_memory_mb() -> float:
    """Largest memory of this process so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _cpu_seconds() -> float:
    """CPU seconds of the process and of its children that have ended."""
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _on_gpu() -> bool:
    """Whether the process has used a GPU; most stages never import torch."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())


def _size_mb(folder: Path) -> float:
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20, 3)
