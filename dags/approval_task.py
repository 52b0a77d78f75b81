"""The task by which a person lets a challenger pass or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import TaskAwaitingInput
from recsys_alerts import Asked

from recsys.settings import load

HOURS = 24
"""Hours a person has, all in all."""


class Approval(ApprovalOperator):
    """Asks, asks once more `last_hours` before the time is up, and takes silence for a no."""

    def __init__(self, *, last_hours: float, **arguments: Any) -> None:
        first = timedelta(hours=HOURS - last_hours)
        super().__init__(defaults=self.REJECT, notifiers=[Asked(HOURS)], response_timeout=first, **arguments)
        self.last_hours = last_hours

    def execute_complete(self, context: Context, event: dict[str, Any], reminded: bool = False) -> Any:
        """What was answered; the first silence opens the question again. Raises `TaskAwaitingInput`."""
        if reminded or not event.get("timedout"):
            return super().execute_complete(context, event)
        self.notifiers, self.response_timeout = [Asked(self.last_hours)], timedelta(hours=self.last_hours)
        try:
            return self.execute(context)
        except TaskAwaitingInput as waiting:
            waiting.kwargs = {"reminded": True}
            raise


def approval() -> Approval:
    """The task `approve`; anybody who may act on the DAG can answer, unless `alerts.approvers` names some."""
    alerts = load().alerts
    return Approval(
        task_id="approve",
        subject="May the challenger become champion?",
        body=f"Without an answer within {HOURS} hours it does not.",
        assigned_users=[{"id": person, "name": person} for person in alerts.approvers],
        last_hours=alerts.reminder_hours,
    )
