"""Alerts, through any notifier of Airflow: a line each, which names what, where, what to do, and a page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import quote

from airflow.configuration import conf
from airflow.sdk import BaseNotifier

from recsys.settings import load

log = logging.getLogger(__name__)

Context = Mapping[str, Any]


def notify(what: str, context: Context) -> None:
    """Sends a sentence, `what` in templates, by the notifier of `alerts.notifier`; without a notifier, to the log."""
    alerts = load().alerts
    log.error("recsys alert: %s", what)
    if alerts.notifier:
        module, _, name = alerts.notifier.rpartition(".")
        told = {**context, "what": what}
        if not hasattr(told.get("dag"), "get_template_env"):  # as in `dag.test()`; templates do without
            told.pop("dag", None)
        getattr(import_module(module), name)(**alerts.arguments)(told)


def failed(context: Context) -> None:
    """Of a run that failed, or took longer than it may. Called for the whole run, not for each of its tasks."""
    what = f"the run failed ({context.get('reason', '')})"
    remedy = "read the log of the task that failed, fix the cause, clear the task"
    notify(line(context["dag"].dag_id, context["run_id"], day(context.get("dag_run")), what, remedy), context)


async def late(context: Context) -> None:
    """Of a run that is not done at its deadline. Called in the triggerer, so the notifier gets a thread."""
    run = context["dag_run"]
    what = f"the run is late, it was to be done by {context['deadline']['deadline_time']}"
    remedy = "look which task waits or is slow"
    await asyncio.to_thread(notify, line(run["dag_id"], run["dag_run_id"], day(run), what, remedy), context)


def over(context: Context) -> None:
    """Alerts of what the stage `monitor` found over its bound; sends nothing where nothing is."""
    ti = context["ti"]
    made = ti.xcom_pull(task_ids=ti.task_id)
    if made["facts"]["over"]:
        what = f"over the bound: {made['facts']['over']}"
        remedy = "look at the page Health, and roll back if lists suffered"
        notify(line(ti.dag_id, ti.run_id, made["as_of"], what, remedy), context)


class Asked(BaseNotifier):
    """Of a challenger that waits for a person, who has so many hours. Where it cannot be sent, the wait continues."""

    def __init__(self, hours: float) -> None:
        super().__init__()
        self.hours = hours

    def notify(self, context: Any) -> None:
        """Sends it; an error is logged."""
        ti = context["ti"]
        what = "a challenger waits to become champion"
        remedy = f"approve or reject it within {self.hours:g} hours, after which it is rejected"
        page = f"/tasks/{ti.task_id}/required_actions"
        try:
            notify(line(ti.dag_id, ti.run_id, day(context.get("dag_run")), what, remedy, page), context)
        except Exception:
            log.exception("who may approve could not be alerted")


def line(dag_id: str, run_id: str, as_of: str, what: str, remedy: str, page: str = "") -> str:
    """The sentence of an alert, with the address of the run's page, or of a page below it."""
    base = str(conf.get("api", "base_url", fallback="")).rstrip("/")
    run = f"{base}/dags/{dag_id}/runs/{quote(run_id)}{page}"
    return " ".join(f"{dag_id}, day {as_of or '?'}, run {run_id}: {what}; to do: {remedy}: {run}".split())


def day(run: Any) -> str:
    """Day of a run, an object or a mapping: its partition key, else that of the form, else that of its start."""
    field: Callable[[str], Any] = run.get if isinstance(run, Mapping) else lambda name: getattr(run, name, None)
    return str(field("partition_key") or (field("conf") or {}).get("as_of") or field("run_after") or "")[:10]
