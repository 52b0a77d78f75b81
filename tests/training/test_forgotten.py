"""A language model that learnt from somebody who is forgotten says so in MLflow, and becomes no champion."""

from __future__ import annotations

from collections.abc import Callable

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


def called(*command: str) -> str:
    done = CliRunner().invoke(app, list(command))
    assert done.exit_code == 0, done.output
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
        return next(one.forgotten for one in registry.versions(settings) if one.number == number)

    for user, count in (("nobody", 0), ("u01", 1), ("u01", 1), ("u02", 2)):
        assert f"forgotten by now: {min(count, 1)}" in called("forget", user, *here)
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
