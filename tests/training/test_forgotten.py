"""A language model that learnt from somebody who is forgotten says so in MLflow, and becomes no champion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recsys.artifacts import Manifest
from recsys.cli import app
from recsys.errors import GateError
from recsys.publish.migrations import migrate
from recsys.settings import Settings
from recsys.tracking import registry
from recsys.training import promotion

from .conftest import DAY, Settled

Tuned = Callable[[Settings], Manifest]


def called(*command: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, list(command))
    assert done.exit_code == status, done.output
    return done.output


def test_forgetting_tags_every_registered_model_that_learnt_from_the_user(
    settled: Settled, tuned: Tuned, mlflow_uri: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", database)
    migrate(database)
    settings = settled(f"tracking.uri={mlflow_uri}", "training.seed=31")
    number = registry.register(settings, tuned(settings)).number
    here = ["--set", f"store={settings.store}", "--set", f"tracking.uri={mlflow_uri}"]

    def forgotten() -> int:
        return next(version.forgotten for version in registry.versions(settings) if version.number == number)

    for user, count in (("nobody", 0), ("u01", 1), ("u01", 1), ("u02", 2)):
        *_, tagged, proof = called("forget", user, *here).splitlines()
        assert tagged.endswith(f"forgotten by now: {min(count, 1)}")
        assert Path(proof.rpartition("proof: ")[2]).is_file()
        assert forgotten() == count
    assert any(line.split()[0] == number and " 2 " in line for line in called("models", *here).splitlines())
    with pytest.raises(GateError, match="forgotten"):
        promotion.promote(settings, number, DAY)
    with pytest.raises(GateError, match="forgotten"):
        registry.promote(settings, number)
    read_before = tuned(settings)
    called("forget", "u03", *here)
    assert promotion.register(settings, read_before).number != number
    assert registry.versions(settings)[0].forgotten == 1
    promotion.register(settings, tuned(settings))
    assert registry.versions(settings)[0].forgotten == 0


def test_what_mlflow_was_not_told_of_is_found_in_the_store_before_a_champion_is_made(
    settled: Settled, tuned: Tuned, mlflow_uri: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", database)
    migrate(database)
    settings = settled(f"tracking.uri={mlflow_uri}", "training.seed=32")
    number = registry.register(settings, tuned(settings)).number
    store = ["--set", f"store={settings.store}"]
    assert "no MLflow server is named" in called("forget", "u01", *store)
    unjudged = ["promote", number, "--unjudged", *store, "--set", f"tracking.uri={mlflow_uri}"]
    assert "forgotten by now" in called(*unjudged, status=1)
    called("forget", "u02", *store)
    with pytest.raises(GateError, match="2 users"):
        promotion.contenders(settings, number)
