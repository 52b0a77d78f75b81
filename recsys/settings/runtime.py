"""Where and how stages run, which changes no result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from recsys.settings.section import Section


class RuntimeSettings(Section):
    """Devices, processes, and Airflow's places for tasks."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models read and are trained: `auto` takes CUDA, in bf16, when there is one. Lists are always made on the
    CPU."""
    threads: int = Field(1, ge=1, le=256)
    """Torch threads of a process that reads."""
    shards: int = Field(2, ge=1, le=1024)
    """Parts that features and rank are cut into; each is a mapped task."""
    pool: str = Field("default_pool", min_length=1)
    """Airflow's pool of the tasks that read or train, such as `gpu`."""
    queue: str = Field("default", min_length=1)
    """Airflow's queue of these tasks, such as `gpu`."""
