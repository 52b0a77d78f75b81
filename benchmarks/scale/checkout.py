"""A checkout of the product whose stages are run and measured, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]


@dataclass(frozen=True)
class Stage:
    """A stage of a checkout."""

    name: str
    needs: tuple[str, ...]
    shards: int
    stored: bool


@dataclass(frozen=True)
class Cost:
    """What a process cost."""

    cpu_s: float
    """User and system seconds of it and its descendants."""
    wall_s: float
    peak_mb: float
    """Most resident memory of the largest of these processes."""


MODEL = ("language.model=minilm",)
"""The model whose vectors are put into the cache: named, since none of the texts is read to select a model."""
ONE_SHARD = "language.shards=1"
"""Stages are not cut, by the name of `runtime.shards` that earlier checkouts know too."""


class StageError(Exception):
    """A stage failed; its log names the cause."""


@dataclass(frozen=True)
class Checkout:
    """A folder with the package `recsys`, and the interpreter that runs it."""

    name: str
    path: Path = ROOT
    python: Path = Path(sys.executable)
    settings: tuple[str, ...] = MODEL
    """Overrides such as `lists.top_n=20`, besides those of the source and the store."""

    @cached_property
    def commit(self) -> str:
        """Its commit, with a plus where files differ from it; empty outside of git."""
        command = ["git", "-C", str(self.path), "describe", "--always", "--exclude", "*", "--dirty=+"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    @cached_property
    def _described(self) -> Any:
        self._call(["-m", "compileall", "-q", "recsys"])
        return json.loads(self._call(["-P", str(HERE / "describe.py"), *self.settings, ONE_SHARD]))

    @property
    def dimensions(self) -> int:
        """Width of the vectors of its language model."""
        return int(self._described["dimensions"])

    @property
    def stages(self) -> Mapping[str, Stage]:
        """Its stages of the daily path by name, in order."""
        described = self._described["stages"]
        return {stage["name"]: Stage(**{**stage, "needs": tuple(stage["needs"])}) for stage in described}

    def keep_vectors(self, texts: Path, vectors: Path, settings: Sequence[str]) -> None:
        """Puts vectors of texts into the cache of a store."""
        self._call(["-P", str(HERE / "keep_vectors.py"), str(texts), str(vectors), *self.settings, *settings])

    def run(
        self, stage: str, day: date, inputs: Mapping[str, Sequence[Any]], shard: int, settings: Sequence[str], log: Path
    ) -> tuple[Any, Cost]:
        """The manifest of a stage and what it cost; raises `StageError`. `log` is made a folder of three files."""
        log.mkdir(parents=True, exist_ok=True)
        given, made, cost = (log / name for name in ("inputs.json", "manifest.json", "cost.json"))
        given.write_text(json.dumps(inputs))
        for file in (made, cost):
            file.unlink(missing_ok=True)
        overrides = [word for setting in (*self.settings, *settings) for word in ("--set", setting)]
        command = [
            sys.executable,
            "-I",
            "-S",
            str(HERE / "launcher.py"),
            str(cost),
            str(self.python),
            "-m",
            "recsys",
            "run",
            stage,
            "--as-of",
            day.isoformat(),
            "--shard",
            str(shard),
            "--inputs",
            str(given),
            "--manifest",
            str(made),
            *overrides,
        ]
        with (log / "log.txt").open("w") as output:
            code = subprocess.run(
                command, cwd=self.path, env=self._environment, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
        manifest = json.loads(made.read_text()) if made.exists() else {}
        if code or "error" in manifest or not manifest:
            raise StageError(f"{self.name}: stage {stage} failed: see {log / 'log.txt'}")
        return manifest, Cost(**json.loads(cost.read_text()))

    def _call(self, arguments: Sequence[str]) -> str:
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=self.path,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StageError(f"{self.name}: {' '.join(arguments[:2])} failed: {done.stderr.strip()[-1500:]}")
        return done.stdout

    @property
    def _environment(self) -> dict[str, str]:
        """The caller's, without settings of the product and with one thread unless it sets another number."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RECSYS_")}
        return {"OMP_NUM_THREADS": "1", **kept, "PYTHONPATH": str(self.path)}
