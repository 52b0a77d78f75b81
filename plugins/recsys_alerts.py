"""Alerts, through any notifier of Airflow, that a run failed, is late, or found a measure over its bound."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

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
    notify(f"{context['dag'].dag_id}: run {context['run_id']} failed ({context.get('reason', '')})", context)


async def late(context: Context) -> None:
    """Of a run that is not done at its deadline. Called in the triggerer, so the notifier gets a thread."""
    run = context["dag_run"]
    until = context["deadline"]["deadline_time"]
    what = f"{run['dag_id']}: run {run['dag_run_id']} is late, it was to be done by {until}"
    await asyncio.to_thread(notify, what, context)


def over(context: Context) -> None:
    """Alerts of what the stage `monitor` found over its bound; sends nothing where nothing is."""
    ti = context["ti"]
    made = ti.xcom_pull(task_ids=ti.task_id)
    if made["facts"]["over"]:
        notify(f"{ti.dag_id}: {made['facts']['over']} over the bound, as of {made['as_of']}", context)
