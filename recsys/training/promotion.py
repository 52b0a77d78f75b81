"""From a training to the champion: the gate over two backtests, by hand or by the tasks of a DAG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from recsys import pipeline
from recsys.artifacts import Manifest
from recsys.errors import GateError
from recsys.settings import Settings
from recsys.tracking import registry
from recsys.tracking.registry import Version


def register(settings: Settings, made: Manifest) -> Version:
    """The version of a training, now the challenger; it records where a user was forgotten since the training read."""
    version = registry.register(settings, made)
    _tag_forgotten(settings)
    return version


def contenders(settings: Settings, number: str) -> dict[str, str]:
    """`language.model` of challenger and champion; the latter is the frozen base where there is none.

    Raises `GateError` for a challenger that learnt from somebody who is forgotten by now.
    """
    _tag_forgotten(settings)
    version = next(candidate for candidate in registry.versions(settings) if candidate.number == number)
    registry.refuse_forgotten(version)
    champion = registry.holder(settings, registry.CHAMPION)
    before = registry.fetch(settings, champion) if champion else settings.training.base
    return {"challenger": registry.fetch(settings, version), "champion": before}


def judge(settings: Settings, number: str, challenger: Manifest, champion: Manifest) -> dict[str, Any]:
    """The gate's verdict over two backtests as JSON types, written on the version."""
    import pandas as pd

    from recsys.training import gate

    tables = [pd.read_parquet(made.path("quality.parquet")) for made in (challenger, champion)]
    evaluation = settings.evaluation
    verdict = gate.judge(tables[0], tables[1], settings.training.tolerance, evaluation.resamples, evaluation.seed)
    against = champion.facts.get("model_version", "")
    figures = {**asdict(verdict), "reasons": list(verdict.reasons), "against": against}
    registry.judged(settings, number, verdict.passed, figures)
    return figures


def promote(settings: Settings, number: str, as_of: date) -> Version:
    """The version, now champion, after the gate; raises `GateError` where it does not pass: the champion stays."""
    made = {}
    for name, model in contenders(settings, number).items():
        language = settings.language.model_copy(update={"model": model})
        reading = settings.model_copy(update={"language": language})
        (made[name],) = pipeline.run(("ingest", "features", "backtest"), reading, as_of)["backtest"]
    figures = judge(settings, number, made["challenger"], made["champion"])
    if not figures["passed"]:
        raise refusal(figures["reasons"])
    return make_champion(settings, number)


def make_champion(settings: Settings, number: str) -> Version:
    """The version, now champion; raises `GateError` for a version that learnt from a user who is forgotten by now."""
    _tag_forgotten(settings)
    return registry.promote(settings, number)


def refusal(reasons: Sequence[str]) -> GateError:
    """The gate's no as an error."""
    return GateError(
        "the gate refuses this language model",
        where=registry.NAME,
        seen="; ".join(reasons),
        expected="a gain beyond chance, and no segment that falls beyond training.tolerance",
        remedy="train on more events or with other settings; the champion stays",
    )


def _tag_forgotten(settings: Settings) -> None:
    """Has each version record from how many forgotten users it learnt: the store knows, MLflow may not."""
    from recsys.publish import erasure

    registry.tag_forgotten(settings, erasure.marked_trainings(settings))
