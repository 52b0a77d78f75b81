"""The pages, each from a connection that may only read, and from what the server around it knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2.extensions import connection

from recsys.errors import TransientError
from recsys.evaluation.columns import MAIN, leading
from recsys.experiments import state
from recsys.experiments.balance import MISMATCH
from recsys.experiments.power import POWER
from recsys.pages import answered, charts, checks, compared, history, items, quality, served
from recsys.pages import health as measured
from recsys.pages import run as runs
from recsys.pages.files import read
from recsys.pages.render import page
from recsys.publish import kept
from recsys.schema import ALPHA, USER_ID
from recsys.transfer.words import transfer_in_words

DONORS = "donors"


@dataclass(frozen=True)
class Rollback:
    """A roll back that somebody asked for."""

    pub_id: int | None
    state: str
    """queued, running, success or failed."""
    url: str
    """Its run in Airflow."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in ("success", "failed")


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page."""

    may_act: bool
    """Whether they may roll back."""
    token: str
    """Proof that a form came from a page shown to this very user."""


@dataclass(frozen=True)
class DagRun:
    """A run as Airflow knows it."""

    run_id: str
    state: str
    triggered_by: str
    mlflow: str
    tasks: Sequence[runs.Task]


@dataclass(frozen=True)
class Decision:
    """A verdict of the gate over a language model."""

    ended_at: datetime | None
    challenger: str
    passed: bool
    because: str
    url: str


def publications(db: connection, base: str, viewer: Viewer, rollback: Rollback | None) -> str:
    """The publications that are kept, and for those who may act a button to roll back."""
    made = kept.read(db)
    rows = [
        {
            **vars(publication),
            "coverage": publication.coverage,
            "may_return": publication.may_return,
            "quality": mark,
            "compared": {"users_who_stay": None, "items_that_stay": None, **publication.compared},
        }
        for publication, mark in zip(made, _marks(made), strict=True)
    ]
    live = next((row for row in rows if row["status"] == "live"), None)
    return page(
        "publications",
        base=base,
        here="publications",
        publications=rows,
        live=live,
        moves=served.moves(db),
        may_act=viewer.may_act,
        token=viewer.token,
        rollback=rollback,
    )


def users(db: connection, base: str, beginning: str) -> str:
    """Users whose id begins so."""
    return page("users", base=base, here="users", beginning=beginning, found=served.find(db, beginning))


def user(db: connection, base: str, user_id: str) -> str:
    """A user: what they did, their interests before and after transfer, what they are given and why."""
    given, known, folders = served.given(db, user_id), served.explanation(db, user_id), served.inputs(db)
    ingest, transfer = (next(iter(folders.get(stage, ())), "") for stage in ("ingest", "transfer"))
    events: list[history.Event] = []
    n_events, named, words, trouble = 0, dict[str, history.Item](), "", list[str]()
    with noted(trouble):
        events, n_events = history.events(ingest, user_id) if ingest else ([], 0)
        item_ids = [*(given.item_ids if given else ()), *(event.item_id for event in events)]
        named = history.items(ingest, item_ids) if ingest else {}
        words = _in_words(transfer, user_id) if known and transfer else ""
    widest = max((max(interest.before, interest.after) for interest in known.interests), default=1.0) if known else 1.0
    return page(
        "user",
        base=base,
        here="users",
        user_id=user_id,
        given=given,
        explanation=known,
        events=events,
        n_events=n_events,
        items=named,
        in_words=words,
        donors=charts.shares(known.donors) if known else [],
        widest=widest or 1.0,
        trouble=trouble[0] if trouble else "",
    )


def item(db: connection, base: str, item_id: str) -> str:
    """An item: how many users like it, what is similar, what follows, and where users' lists hold it and why."""
    folders, trouble = served.inputs(db), list[str]()
    ingest, made = (next(iter(folders.get(stage, ())), "") for stage in ("ingest", "item_lists"))
    similar, following = (items.listed(db, item_id, kind) for kind in ("similar", "next"))
    placement, named, users = items.placement(db, item_id), dict[str, history.Item](), None
    with noted(trouble):
        named = history.items(ingest, [item_id, *(other.item_id for other in (*similar, *following))]) if ingest else {}
        users = items.users(made, item_id) if made else None
    return page(
        "item",
        base=base,
        here="users",
        item_id=item_id,
        items=named,
        users=users,
        similar=similar,
        next=following,
        placement=placement,
        widest=max((rank.lists for rank in placement.ranks), default=1),
        trouble=trouble[0] if trouble else "",
    )


def run(base: str, shown: DagRun) -> str:
    """Input, results and dropped rows of the stages of a DAG run, and what its evaluation measured."""
    drawn, curve, trouble, checked = list[quality.Chart](), None, list[str](), list[checks.Section]()
    folders = {task.name: task.manifest.uri for task in shown.tasks if task.manifest}
    with noted(trouble):
        checked = checks.sections(folders["check"]) if "check" in folders else []
        drawn = quality.protocols(folders["evaluate"]) if "evaluate" in folders else []
        curve = quality.curve(folders["evaluate"], drawn) if drawn else None
    return page(
        "run",
        base=base,
        here="",
        run=shown,
        stages=runs.table(shown.tasks),
        charts=drawn,
        curve=curve,
        checked=checked,
        trouble=trouble[0] if trouble else "",
    )


def experiments(db: connection, base: str, name: str) -> str:
    """An experiment: what was seen of each arm by day, what was decided, and the names of the others."""
    with db, db.cursor() as work:
        found = state.find(work, name)
        made = state.decisions(work, found.name) if found else []
        others = state.names(work)
    return page(
        "experiments",
        base=base,
        here="experiments",
        asked=name,
        found=found,
        names=others,
        decisions=made[: compared.MAX_DECISIONS],
        arms=compared.arms(found, made) if found else [],
        mismatch=next((decision.mismatch for decision in made if decision.mismatch is not None), None),
        bound=MISMATCH,
        power=POWER,
    )


def health(db: connection, base: str, today: date, decisions: Sequence[Decision]) -> str:
    """Freshness, drift, volume, quality, evidence, segments, and what the gate decided."""
    segments, curve, trouble = list[quality.Segment](), None, list[str]()
    live = next((publication for publication in kept.read(db) if publication.status == "live"), None)
    folder = next(iter(served.inputs(db).get("evaluate", ())), "")
    with noted(trouble):
        segments = quality.segments(folder) if folder else []
        curve = quality.curve(folder, quality.protocols(folder)) if folder else None
    shown = {"pub_id": live.pub_id, "as_of": live.as_of, "age_days": (today - live.as_of).days} if live else None
    return page(
        "health",
        base=base,
        here="health",
        live=shown,
        health=measured.health(measured.readings(db)),
        segments=segments,
        curve=curve,
        verdicts=decisions,
        trouble=trouble[0] if trouble else "",
    )


def feedback(db: connection, base: str) -> str:
    """What users did with what they were shown: CTR by position, signal, earlier impressions and arm."""
    return page("feedback", base=base, here="feedback", answered=answered.answered(measured.readings(db)))


def _marks(made: Sequence[kept.Publication]) -> list[charts.Mark | None]:
    """Quality of each publication under its leading protocol, on an axis for each protocol: they do not compare.

    None where there was too little data to measure it.
    """
    names = [_leading(publication.metrics) for publication in made]
    found: list[charts.Mark | None] = [None] * len(made)
    for name in set(filter(None, names)):
        places, metric = [place for place, its in enumerate(names) if its == name], f"{name} {MAIN}"
        values = [made[place].metrics for place in places]
        marks = charts.marks((name, its[metric], its.get(f"{metric}_low"), its.get(f"{metric}_high")) for its in values)
        for place, mark in zip(places, marks, strict=True):
            found[place] = mark
    return found


def _leading(metrics: Mapping[str, float]) -> str:
    """The leading protocol of a publication's metrics, which are `<protocol> ndcg@10` and others."""
    return leading(name.removesuffix(f" {MAIN}") for name in metrics if name.endswith(f" {MAIN}"))


def _in_words(folder: str, user_id: str) -> str:
    rows: list[dict[str, Any]] = read(folder, "trace", [ALPHA, DONORS], {USER_ID: [user_id]})
    return transfer_in_words(rows[0], "en") if rows else ""


@contextmanager
def noted(trouble: list[str]) -> Iterator[None]:
    """Lets a page report that the store does not answer, and show the rest."""
    try:
        yield
    except TransientError as error:
        trouble.append(str(error))
