"""Trainings that are cut short: killed, out of disk, or with an MLflow that comes and goes."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from transformers import TrainerCallback

from recsys import pipeline, results
from recsys.artifacts import Manifest, Store
from recsys.settings import Settings
from recsys.training import checkpoints
from recsys.training.arguments import latest_checkpoint
from recsys.training.curves import Curves, Point

from .conftest import DAY, Settled

Tuned = Callable[[Settings], Manifest]
CHILD = """
import sys
from datetime import date
from recsys import pipeline
from recsys.settings import load
pipeline.run(("ingest", "finetune"), load(sys.argv[1:]), date(2026, 1, 5))
"""


def as_overrides(settings: Settings) -> list[str]:
    sections = {name: getattr(settings, name).model_dump(mode="json") for name in ("source", "language", "training")}
    flat = [
        f"{section}.{name}={json.dumps(value)}"
        for section, values in sections.items()
        for name, value in values.items()
    ]
    return [f"store={settings.store}", "evaluation.resamples=100", *flat]


def test_a_killed_training_goes_on_from_its_last_checkpoint(settled: Settled, tuned: Tuned) -> None:
    settings = settled("training.steps=2000", "training.evaluate_every=20", "training.patience=1000")
    process = subprocess.Popen([sys.executable, "-c", CHILD, *as_overrides(settings)], stderr=subprocess.DEVNULL)
    until, folder = time.monotonic() + 60, Path(settings.store, "checkpoints")
    while len(list(folder.glob("*/checkpoint-*/trainer_state.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (kept,) = folder.iterdir()
    reached = int(str(latest_checkpoint(kept)).rsplit("-", 1)[-1])
    begun: list[int] = []

    class Watch(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            begun.append(state.global_step)
            control.should_training_stop = len(begun) > 20

    keeping = checkpoints.kept
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "kept", lambda store, mark: Accompanied(keeping(store, mark), Watch()))
        made = tuned(settings)
    assert 20 <= reached == begun[0] < 2000
    assert made.path("model").is_dir()
    assert not any(folder.iterdir())


class Accompanied:
    """The context of a folder of checkpoints, with one more watcher."""

    def __init__(self, kept: Any, watcher: TrainerCallback) -> None:
        self.kept, self.watcher = kept, watcher

    def __enter__(self) -> tuple[Path, list[TrainerCallback]]:
        folder, watchers = self.kept.__enter__()
        return folder, [*watchers, self.watcher]

    def __exit__(self, *error: Any) -> Any:
        return self.kept.__exit__(*error)


def test_a_checkpoint_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    for step, whole in ((20, True), (40, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / ("trainer_state.json" if whole else "optimizer.pt")).write_text("{}")
    assert latest_checkpoint(tmp_path) == str(tmp_path / "checkpoint-20")
    assert latest_checkpoint(tmp_path / "nowhere") is None


def test_a_disk_that_fills_keeps_the_checkpoints_and_shows_no_half_model(
    settled: Settled, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settled()
    with monkeypatch.context() as full:

        def no_room(*_: Any, **__: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        full.setattr("recsys.training.saving.save_file", no_room)
        with pytest.raises(OSError, match="No space left"):
            tuned(settings)
    assert list(Path(settings.store, "checkpoints").glob("*/checkpoint-40"))
    assert not list(Path(settings.store).glob("finetune/*/*"))
    assert tuned(settings).path("model").is_dir()


def test_checkpoints_of_a_bucket_are_kept_there_and_fetched_from_there() -> None:
    store = Store("memory://bucket")
    with suppress(KeyError), checkpoints.kept(store, "mark") as (folder, (keeper,)):
        for step in (20, 40):
            (folder / f"checkpoint-{step}").mkdir()
            (folder / f"checkpoint-{step}" / "trainer_state.json").write_text(str(step))
            keeper.on_save(SimpleNamespace(output_dir=str(folder)), SimpleNamespace(global_step=step), None)  # type: ignore[arg-type]
        raise KeyError
    with checkpoints.kept(store, "mark") as (folder, _):
        assert latest_checkpoint(folder) == str(folder / "checkpoint-40")
    assert not store.filesystem.exists(f"{store.root}/checkpoints/mark")


def test_points_that_did_not_arrive_come_with_later_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[Point]] = []
    arrives = iter([False, True])

    def send(points: list[Point]) -> bool:
        sent.append(list(points))
        return next(arrives)

    curves, state = Curves(send), SimpleNamespace(global_step=1)
    curves.on_log(None, state, None, {"loss": 2.0, "note": "text"})
    curves.on_log(None, state, None, {"loss": 1.0})
    assert len(sent) == 1  # not asked again at once
    curves.flush(force=True)
    assert [point[2] for point in sent[1]] == [{"loss": 2.0}, {"loss": 1.0}]


@pytest.mark.parametrize(("title", "base"), [("{}", "minilm"), ("太空战争电影{}", "e5-multilingual")])
def test_the_model_that_reads_the_catalogue_learns_and_is_used(
    settled: Settled, shop: dict[str, str], tmp_path: Path, title: str, base: str
) -> None:
    items = pd.read_parquet(shop["items"]).drop(columns=["category", "description"])
    items["title"] = items["title"].map(title.format)
    items.to_parquet(tmp_path / "items.parquet")
    overrides = [f"source.items={tmp_path / 'items.parquet'}", "training.base=auto", "training.dimensions=16"]
    made = pipeline.run(("ingest", "finetune"), settled(*overrides), DAY)["finetune"][0]
    assert json.loads(made.path("model/tuned.json").read_text())["base"] == base
    reading = settled(*overrides, f"language.model={made.uri}/model")
    (features,) = (
        results.run("features", reading, DAY, {"ingest": (pipeline.run(("ingest",), reading, DAY)["ingest"][0],)}),
    )
    vectors = np.load(features.path("vectors.npy"))
    assert vectors.shape == (40, 16)
    assert features.facts["model_version"].startswith(f"{base}-head-")
    assert features.metrics["unknown_tokens"] < 0.02
    assert features.rows["encoded"] == 0  # the training has read them all
