"""What the tasks of the training DAG do: train as a child, register, measure both contenders, ask the gate, promote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param, get_current_context

import form_fields
import trigger_form
from form_fields import Field
from recsys import child
from recsys.settings import Settings, load
from recsys.tracking import registry
from recsys.training import promotion
from stage_task import as_of
from stage_task import manifests as of_task

KEPT = ("source", "events", "items", "shards")
"""Fields of the daily form that a training offers too."""
FIELDS = (
    *(field for field in trigger_form.FIELDS if field.name in KEPT),
    Field("base", "training.base", "Language model"),
    Field("objective", "training.objective", "Objective"),
    Field("method", "training.method", "What is learned"),
    Field("steps", "training.steps", "Most steps"),
    Field("tolerance", "training.tolerance", "Tolerance"),
)
"""Settings that the trigger form offers."""
HUMAN, AUTOMATIC = "a person", "the gate alone"


def form() -> dict[str, Param]:
    """Fields of the trigger form, filled with the settings in force."""
    approval = Param(
        AUTOMATIC,
        type="string",
        enum=[AUTOMATIC, HUMAN],
        title="Who lets a challenger pass",
        description="a person: after the gate, in this page; without an answer within a day, no.",
    )
    return {"as_of": trigger_form.DAY, **form_fields.params(FIELDS), "approval": approval}


def settings() -> Settings:
    """The settings of this run."""
    return load(_overrides())


def run(name: str, inputs: Mapping[str, Any], model: str = "", shard: int = 0) -> dict[str, Any]:
    """The manifest of a stage, run as a child; with the language model named, where it reads."""
    reading = [f"language.model={json.dumps(model)}"] if model else []
    given = {stage: of_task(made) for stage, made in inputs.items()}
    return child.run(name, [*_overrides(), *reading], as_of(get_current_context()), given, shard).to_dict()


def register(made: Mapping[str, Any]) -> dict[str, str]:
    """Number of the challenger, and the language models of both contenders: pinned once, for the rest of the run."""
    (manifest,) = of_task(made)
    current = settings()
    number = promotion.register(current, manifest).number
    return {"number": number, **promotion.contenders(current, number)}


def judge(both: Mapping[str, str], challenger: Mapping[str, Any], champion: Mapping[str, Any]) -> dict[str, Any]:
    """The gate's verdict, written on the version, beside the version's number."""
    (new,), (old,) = of_task(challenger), of_task(champion)
    return {"number": both["number"], **promotion.judge(settings(), both["number"], new, old)}


def promote(both: Mapping[str, str]) -> str:
    """Number of the new champion."""
    return promotion.make_champion(settings(), both["number"]).number


def rollback() -> str:
    """Number of the champion before, champion again."""
    return registry.rollback(settings()).number


def wants_a_person() -> bool:
    """Whether the form asks for a person's approval."""
    return bool(get_current_context()["params"]["approval"] == HUMAN)


def _overrides() -> list[str]:
    return form_fields.overrides(FIELDS, get_current_context()["params"])
