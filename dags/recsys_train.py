"""# Training of the language model

Learns from what users did, registers what was learned as **challenger** in MLflow, measures it beside the champion on
questions that no training reads, and makes it **champion** only if the gate lets it pass: the whole interval of its
gain lies above 0, and no segment loses more than the tolerance. With *a person* selected in the form, somebody also has
to approve it in this page within a day: who may is alerted, and once more before the day is over. The next daily run
reads with the new champion.

Runs weekly, by hand, and when `recsys_daily` finds drift that asks for it. `recsys_rollback_model` restores the
champion before; it is not tried again, for a second try would undo what the first did.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from airflow.sdk import CronTriggerTimetable, TriggerRule, dag, task

import train_task
from approval_task import approval
from policy import heavy, policy

HEAVY = heavy()


@task(multiple_outputs=False)
def run_stage(name: str, inputs: Mapping[str, Any], model: str = "", shard: int = 0) -> dict[str, Any]:
    """The manifest of one stage, or of one shard of it."""
    return train_task.run(name, inputs, model, shard)


@task
def shard_numbers() -> list[int]:
    """Numbers of the shards into which the features are cut."""
    return list(range(train_task.settings().runtime.shards))


@task
def register(tuned: Mapping[str, Any]) -> dict[str, str]:
    """Number of the challenger, and the language models of both contenders."""
    return train_task.register(tuned)


@task(multiple_outputs=False)
def gate(both: Mapping[str, str], challenger: Mapping[str, Any], champion: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict over both backtests."""
    return train_task.judge(both, challenger, champion)


@task.short_circuit
def passed(verdict: Mapping[str, Any]) -> bool:
    """Ends the run well where the gate refuses: the champion stays."""
    return bool(verdict["passed"])


@task.branch
def ask() -> str:
    """Whether a person is asked."""
    return "approve" if train_task.wants_a_person() else "promote"


@task(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
def promote(both: Mapping[str, str]) -> str:
    """Number of the new champion."""
    return train_task.promote(both)


@dag(
    schedule=CronTriggerTimetable("0 3 * * 0", timezone="UTC"),
    params=train_task.form(),
    doc_md=__doc__,
    **policy(task_hours=12, run_hours=72),
)
def recsys_train() -> None:
    """Fine-tune, register, measure, gate, approve, promote."""
    shards, ingested = shard_numbers(), run_stage.override(task_id="ingest")("ingest", {})
    tuned: Any = run_stage.override(task_id="finetune", **HEAVY)("finetune", {"ingest": ingested})
    both: Any = register(tuned)
    measured: dict[str, Any] = {}
    for who in ("challenger", "champion"):
        read = (
            run_stage.override(task_id=f"features_{who}", **HEAVY)
            .partial(name="features", inputs={"ingest": ingested}, model=both[who])
            .expand(shard=shards)
        )
        inputs = {"ingest": ingested, "features": read}
        measured[who] = run_stage.override(task_id=f"backtest_{who}")("backtest", inputs, both[who])
    approve = approval()
    promoted, verdict = promote(both), cast("Any", gate(both, **measured))
    passed(verdict) >> ask() >> [approve, promoted]
    approve >> promoted


@dag(schedule=None, is_paused_upon_creation=False, doc_md=__doc__, **policy(task_hours=1, run_hours=4, retries=0))
def recsys_rollback_model() -> None:
    """Makes the language model before this champion champion again."""
    task(train_task.rollback)()


recsys_train()
recsys_rollback_model()
