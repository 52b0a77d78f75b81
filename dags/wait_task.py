"""The task that waits until a day's input is complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import BaseOperator

from recsys.errors import DataError
from recsys.settings import load
from stage_task import Context, as_of


def wait_for_data() -> BaseOperator:
    """The task of that name; without anything to wait for it is empty, which the scheduler passes by itself."""
    kind = WaitForData if load().source.ready else EmptyOperator
    return kind(task_id="wait_for_data")


class WaitForData(BaseOperator):
    """Continues at once when the day's input is there, else waits in the triggerer, `source.ready_hours` at most."""

    poke_seconds = 30.0

    def execute(self, context: Context) -> None:
        """Looks once, then defers. Raises `TaskDeferred`."""
        from data_ready import DataReady, exists

        uri = awaited(context)
        if not exists(uri):
            until = datetime.now(UTC) + timedelta(hours=load().source.ready_hours)
            self.log.info("waiting for %s until %s", uri, until)
            self.defer(trigger=DataReady(uri, until.isoformat(), self.poke_seconds), method_name="go_on")

    def go_on(self, context: Context, event: Any) -> None:
        """Raises `DataError` when the wait was in vain."""
        if not event:
            hours = load().source.ready_hours
            raise DataError(
                "the day's input did not come",
                where="source.ready",
                seen=f"nothing at {awaited(context)}",
                expected=f"something within {hours:g} hours (source.ready_hours)",
                remedy="see what writes it; when it is there, clear this task",
            )


def awaited(context: Context) -> str:
    """URI whose existence shows that the input of the run's day is complete."""
    return load().source.ready.replace("{as_of}", as_of(context).isoformat())
