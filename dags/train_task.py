"""What the tasks of the training DAG do: train as a child, register, measure both contenders, ask the gate, promote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param, get_current_context

from recsys import child
from recsys.settings import Settings, load
from recsys.tracking import registry
from recsys.training import promotion
from stage_task import as_of
from stage_task import manifests as of_task
from trigger_form import form as daily_form
from trigger_form import literal

FIELDS = {
    "source": "source.kind",
    "events": "source.events",
    "items": "source.items",
    "shards": "runtime.shards",
    "base": "training.base",
    "objective": "training.objective",
    "method": "training.method",
    "steps": "training.steps",
    "tolerance": "training.tolerance",
}
"""Settings that the trigger form offers, by its field."""
HUMAN, AUTOMATIC = "a person", "the gate alone"


def form() -> dict[str, Param]:
    """Fields of the trigger form, filled with the settings in force."""
    daily, training = daily_form(), load().training
    kept = {name: daily[name] for name in ("as_of", "source", "events", "items", "shards")}
    return {
        **kept,
        "base": Param(
            training.base,
            type="string",
            minLength=1,
            title="Language model",
            description="auto, minilm, e5-multilingual, smollm2-135m, a folder, or an id on Hugging Face.",
        ),
        "objective": Param(
            training.objective,
            type="string",
            enum=["contrastive", "causal-lm"],
            title="Objective",
            description="contrastive: items taken together lie close. causal-lm: behaviour as text.",
        ),
        "method": Param(
            training.method,
            type="string",
            enum=["head", "lora", "full"],
            title="What is learned",
            description="A linear map over the frozen model, LoRA, or all weights.",
        ),
        "steps": Param(
            training.steps,
            type="integer",
            minimum=1,
            maximum=10_000_000,
            title="Most steps",
            description="It stops before where users held out no longer gain.",
        ),
        "tolerance": Param(
            training.tolerance,
            type="number",
            minimum=0,
            maximum=1,
            title="Tolerance",
            description="Share that a segment may lose against the champion.",
        ),
        "approval": Param(
            AUTOMATIC,
            type="string",
            enum=[AUTOMATIC, HUMAN],
            title="Who lets a challenger pass",
            description="a person: after the gate, in this page; without an answer within a day, no.",
        ),
    }


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
    params = get_current_context()["params"]
    return [f"{setting}={literal(params[field])}" for field, setting in FIELDS.items() if field in params]
