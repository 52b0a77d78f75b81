"""The serving store, tracking, monitoring and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from recsys.settings.section import Section, Share


class DatabaseSettings(Section):
    """The serving store. Its connection string is a secret and comes from RECSYS_DATABASE_URL or ..._URL_FILE."""

    lock_timeout_ms: int = Field(5000, ge=1, le=600_000)
    """Milliseconds a publication waits for a lock."""
    statement_timeout_ms: int = Field(300_000, ge=100, le=86_400_000)
    """Milliseconds a statement of a publication may take."""
    keep_publications: int = Field(7, ge=1, le=1000)
    """Publications kept when another is made, to roll back to; the live publication is always kept."""
    min_coverage: Share = 0.5
    """Share of the users of the live publication that a new publication must reach to take its place; 0: any."""
    min_overlap: Share = 0.2
    """Share of the users of the live publication who must have a list in a new set, to detect other ids; 0: any."""
    cohort_epsilon: float = Field(0.0, ge=0, le=1000)
    """Privacy loss ε of the lists of all cohorts together, by Laplace noise; 0: none is added."""
    force: bool = False
    """True: an older day, or what was rolled back from, takes the place of what is live; no other guard is lifted."""
    arm: str = Field("", max_length=300)
    """Challenger of the experiment that runs, whose users are shown the new publication; empty: all users are."""
    actor: str = Field("", max_length=300)
    """Who is recorded as having published; empty: the account that ran the command."""


class TrackingSettings(Section):
    """MLflow."""

    uri: str = ""
    """Tracking server, such as http://127.0.0.1:5000; empty: nothing is tracked."""
    pages: str = ""
    """The same server as a browser reaches it, for links; empty: `uri`."""
    experiment: str = Field("recsys/daily", min_length=1)
    """Experiment of the daily runs."""


class RetentionSettings(Section):
    """Days that records stay. What is live, what a rollback needs and the last run of every DAG stay longer."""

    airflow_days: int = Field(30, ge=7, le=3650)
    """Runs of DAGs in Airflow's database, with their tasks, XComs and events, and results of Celery."""
    log_days: int = Field(30, ge=1, le=3650)
    """Files under Airflow's folder of logs."""
    mlflow_days: int = Field(180, ge=1, le=3650)
    """Runs in MLflow, with their artifacts; runs of registered models stay, and runs of days that are published."""


class MonitorSettings(Section):
    """What is watched once a day, and the bounds beyond which it is over; null: no bound."""

    window_days: int = Field(7, ge=1, le=3650)
    """Newest days, back from that of the newest event, that are compared with those before."""
    reference_days: int = Field(28, ge=1, le=36500)
    """Days before them that they are compared with."""
    max_interest_drift: Share | None = 0.2
    """Jensen-Shannon distance (base 2) between the interests of both windows, corrected for chance."""
    max_psi: float | None = Field(0.25, ge=0, le=100)
    """Population stability index of actions, and of categories, corrected for chance."""
    max_lag_days: int | None = Field(None, ge=0, le=36500)
    """Days by which the newest event may be older than the day."""
    max_volume_change: Share | None = 0.5
    """Share by which all events may be more or fewer than usual, the median of the 7 days recorded before."""
    max_day_change: Share | None = None
    """The same for the events of the day alone."""
    max_quarantined_share: Share | None = 0.02
    """Share of the rows of a source that were bad."""
    max_quality_drop: Share | None = 0.2
    """Share by which ndcg@10 of all users may be lower than usual."""
    min_coverage: Share | None = 0.9
    """Share of the users known who must have a list."""
    max_dead_share: Share | None = 0.5
    """Share of dead rows in a table of the serving store that has 10,000 rows and more."""
    train_on_drift: bool = False
    """True: drift over its bound has the language model trained, see `recsys_train`."""
    train_every_days: int = Field(7, ge=1, le=3650)
    """Days within which drift asks for one training at most."""
    cpu_hour_price: float = Field(0.05, ge=0)
    """Price of an hour of a core, in a currency of yours."""
    gpu_hour_price: float = Field(2.5, ge=0)
    """Price of an hour of a GPU."""
    gb_month_price: float = Field(0.025, ge=0)
    """Price of a GB that is stored for a month."""
    statsd_host: str = ""
    """Host that is sent every measure as a StatsD gauge, such as `127.0.0.1`; empty: none."""
    statsd_port: int = Field(8125, ge=1, le=65535)
    """UDP port of that host."""


class AlertSettings(Section):
    """Who is alerted when a run fails, is late, finds something over its bound, or waits for a person."""

    notifier: str = Field("", pattern=r"^([A-Za-z_]\w*\.)+[A-Za-z_]\w*$|^$")
    """Dotted path of a notifier of Airflow, such as `airflow.providers.smtp.notifications.smtp.SmtpNotifier`; empty: a
    line in the log."""
    arguments: Mapping[str, Any] = Field({}, exclude=True)
    """Its arguments; in its templated arguments `{{ what }}` is what happened. Shown nowhere; secrets belong in a
    connection of Airflow."""
    deadline_hours: float | None = Field(6.0, gt=0, le=720)
    """Hours after which a daily run that is not done is late; null: never."""
    approvers: tuple[str, ...] = ()
    """Ids of the users of Airflow who may let a challenger pass (names, or numbers where FAB keeps the users); empty:
    all who may act on the DAG."""
    reminder_hours: float = Field(4.0, gt=0, lt=24)
    """Hours before the end of the day that they have, at which they are alerted again."""
