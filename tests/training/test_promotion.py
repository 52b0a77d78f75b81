"""A whole life against the real MLflow: training, registration, the gate, promotion, refusal, rollback, pinning."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from typer.testing import CliRunner

from recsys.artifacts import Manifest
from recsys.cli import app
from recsys.errors import DataError, GateError, SettingsError, TransientError
from recsys.language import models
from recsys.settings import Settings
from recsys.tracking import champion, registry, trainings
from recsys.training import promotion

from .conftest import DAY, Settled

Tuned = Callable[[Settings], Manifest]


@pytest.fixture
def client(mlflow_uri: str) -> MlflowClient:
    """A client of a server on which no language model is registered yet."""
    made = MlflowClient(tracking_uri=mlflow_uri)
    with suppress(MlflowException):
        made.delete_registered_model(registry.NAME)
    return made


@pytest.fixture
def tracked(settled: Settled, mlflow_uri: str) -> Settled:
    return lambda *overrides: settled(f"tracking.uri={mlflow_uri}", *overrides)


def aliases(settings: Settings) -> dict[str, str]:
    return {alias: version.number for version in registry.versions(settings) for alias in version.aliases}


def test_a_training_is_a_run_with_curves_figures_the_adapter_and_no_base(
    client: MlflowClient, tracked: Settled, tuned: Tuned
) -> None:
    made = tuned(tracked())
    version = registry.register(tracked(), made)
    run = client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["training.method"] == "head"
    assert run.data.tags["recsys.dataset_digest"] == made.facts["dataset_digest"]
    assert {"before/cold-items.ndcg_at_10", "after/cold-items.ndcg_at_10", "after/warm.recall_at_10"} <= set(
        run.data.metrics
    )
    curve = client.get_metric_history(version.run_id, "loss")
    assert sorted({point.step for point in curve}) == [20, 40]
    files = {file.path for file in client.list_artifacts(version.run_id, "model")}
    assert files == {"model/README.md", "model/head.safetensors", "model/tuned.json"}
    assert "| cold-items, all |" in str(client.get_model_version(registry.NAME, version.number).description)
    assert registry.register(tracked(), made) == version
    assert aliases(tracked()) == {"challenger": version.number}


def test_champions_come_and_go_by_the_gate_and_by_rollback(
    client: MlflowClient, tracked: Settled, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tracked("training.tolerance=1")
    assert champion.pinned(settings) == settings.language.model
    better, other = (
        registry.register(tracked(f"training.seed={seed}"), tuned(tracked(f"training.seed={seed}"))) for seed in (1, 2)
    )
    with pytest.raises(GateError, match="does not lie above 0"):
        promotion.promote(settings, better.number, DAY)  # texts alone know all of this shop
    assert "champion" not in aliases(settings)
    assert json.loads(registry.versions(settings)[1].verdict)["passed"] is False
    registry.promote(settings, better.number)
    assert models.find(champion.pinned(settings)).version == better.model_version
    with pytest.raises(DataError, match="no champion before"):
        registry.rollback(settings)
    registry.promote(settings, other.number)
    assert aliases(settings) == {"champion": other.number, "previous": better.number}
    assert registry.promote(settings, other.number).aliases == ("champion",)
    assert registry.rollback(settings).number == better.number
    assert aliases(settings) == {"champion": better.number, "previous": other.number}
    assert models.find(champion.pinned(settings)).version == better.model_version
    away = settings.model_copy(update={"tracking": settings.tracking.model_copy(update={"uri": "http://127.0.0.1:9"})})
    assert models.find(champion.pinned(away)).version == better.model_version
    assert champion.pinned(tracked("language.champion=false")) == settings.language.model


def test_a_gain_passes_the_gate(client: MlflowClient, tracked: Settled, tuned: Tuned, by_word: list[str]) -> None:
    settings = tracked("training.steps=120", "training.temperature=0.2", *by_word)
    version = registry.register(settings, tuned(settings))
    assert promotion.promote(settings, version.number, DAY).aliases == ("champion",)
    figures = json.loads(registry.versions(settings)[0].verdict)
    assert 0 < figures["low"] < figures["gain"]
    with pytest.raises(GateError):
        promotion.promote(settings, version.number, DAY)  # against itself there is no gain


def test_a_version_that_is_not_there_is_told_of(client: MlflowClient, tracked: Settled) -> None:
    with pytest.raises(DataError, match="no such version"):
        registry.promote(tracked(), "99")


def test_mlflow_that_is_away_at_the_end_loses_nothing(
    client: MlflowClient, tracked: Settled, tuned: Tuned, settled: Settled
) -> None:
    away = settled("tracking.uri=http://127.0.0.1:9")
    made = tuned(away)
    with pytest.raises(TransientError, match="nothing is lost"):
        registry.register(away, made)
    again = tuned(tracked())
    assert (again.cached, again.fingerprint) == (True, made.fingerprint)
    assert registry.register(tracked(), again).aliases == ("challenger",)


def test_without_a_server_there_is_no_registry(settled: Settled) -> None:
    with pytest.raises(SettingsError, match="no model registry"):
        registry.versions(settled())


def test_a_killed_training_is_swept_and_goes_on_in_its_own_run(client: MlflowClient, tracked: Settled) -> None:
    settings = tracked()
    first = trainings.begin(settings, "mark-1", "base-1", {})
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    host = client.get_run(first).data.tags["recsys.process"].rpartition(":")[0]
    client.set_tag(first, "recsys.process", f"{host}:{ended.stdout.strip()}")
    other = trainings.begin(settings, "mark-2", "base-1", {})
    assert client.get_run(first).info.status == "KILLED"
    assert trainings.begin(settings, "mark-1", "base-1", {}) == first
    assert client.get_run(first).info.status == "RUNNING"
    assert trainings.fail(settings, other) == other
    assert client.get_run(other).info.status == "FAILED"
    trainings.fail(settings, first)


def test_the_commands_tell_and_move_the_champion(client: MlflowClient, tracked: Settled, tuned: Tuned) -> None:
    settings = tracked()
    version = registry.register(settings, tuned(settings))
    uri = ["--set", f"tracking.uri={settings.tracking.uri}"]
    for command in (["promote", version.number, "--unjudged", *uri], ["models", *uri]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        assert "champion" in done.output
    assert CliRunner().invoke(app, ["rollback-model", *uri]).exit_code == 1
