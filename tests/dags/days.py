"""Runs days of the DAG through `dag.test()` in a process of its own, where Airflow may set up logging and database.

Reads scenarios as JSON from the file named first, writes what became of each to the file named second.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.models import DagRun
from airflow.models.asset import AssetEvent
from airflow.models.variable import Variable
from airflow.models.xcom import XComModel
from airflow.plugins_manager import get_global_operator_extra_links
from airflow.utils.session import create_session
from sqlalchemy import delete, select

from recsys import child
from recsys.artifacts import Manifest
from recsys.evaluation.columns import BY_DAY
from recsys.publish.connection import session
from recsys.publish.kept import publications
from recsys.stages import Inputs

DAGS = str(Path(__file__).parents[2] / "dags")
REAL = child.run


def main(scenarios: Path, outcome: Path) -> None:
    bag = BundleDagBag(DAGS, bundle_path=Path(DAGS), bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    day = bag.dags["recsys_daily"]
    from asset_tasks import ANNOUNCED  # the folder of the DAGs is known by now

    with create_session() as session:  # other stores were announced in the same Airflow
        session.execute(delete(Variable).where(Variable.key == ANNOUNCED))
    for task in day.tasks:
        task.retry_delay = timedelta(0)
    waiting: Any = day.get_task("wait_for_data")
    waiting.poke_seconds = 0.1
    outcome.write_text(json.dumps({name: lived(day, plan) for name, plan in json.loads(scenarios.read_text()).items()}))


def lived(day: Any, plan: dict[str, Any]) -> dict[str, Any]:
    """What became of one run of the DAG: its state, tasks, XComs, links and seconds, and what is served after it."""
    os.environ.update(plan.get("environment", {}))
    conf = {"as_of": "2026-01-05", **plan.get("conf", {})}
    child.run = REAL if plan.get("real") else stand_in(plan.get("troubles", {}), plan.get("watched", UNTROUBLED))
    began = time.monotonic()
    with killing(*plan.get("kill", ("", 0))), arriving(conf["as_of"], plan.get("arrives", 0)):
        run = day.test(logical_date=None, run_conf=conf)
    seconds = time.monotonic() - began
    with create_session() as session:
        tasks = [
            {"task": ti.task_id, "shard": ti.map_index, "state": str(ti.state), "tries": ti.try_number}
            for ti in run.get_task_instances(session=session)
        ]
        (link,) = [link for link in get_global_operator_extra_links() if link.name == "MLflow run"]
        links = {
            f"{ti.task_id}[{ti.map_index}]": link.get_link(None, ti_key=ti.key)
            for ti in run.get_task_instances(session=session)
        }
        found = session.execute(select(XComModel).where(XComModel.run_id == run.run_id)).scalars()
        xcoms: dict[str, Any] = defaultdict(dict)
        for xcom in found:
            xcoms[f"{xcom.task_id}[{xcom.map_index}]"][xcom.key] = XComModel.deserialize_value(xcom)
        emitted = session.execute(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)).scalars()
        assets = [[one.asset.uri, one.partition_key, one.extra] for one in emitted]
        trainings = session.execute(select(DagRun.run_id, DagRun.conf).where(DagRun.dag_id == "recsys_train"))
        asked = [[run_id, conf] for run_id, conf in trainings]
    return {
        "run_id": run.run_id,
        "state": str(run.state),
        "tasks": tasks,
        "xcoms": xcoms,
        "links": links,
        "seconds": seconds,
        "assets": assets,
        "trainings": asked,
        "notes": told(),
        **served(),
    }


def served() -> dict[str, Any]:
    """What readers have now: every recommendation, and the publications that are kept."""
    dsn = os.environ["RECSYS_DATABASE_URL"]
    with session(dsn) as db, db.cursor() as cursor:
        cursor.execute("SELECT user_id, rank, item_id, score, reason FROM recommendations ORDER BY user_id, rank")
        recommendations = cursor.fetchall()
    kept = [(one.pub_id, one.as_of.isoformat(), one.status) for one in publications(dsn)]
    return {"recommendations": recommendations, "publications": kept}


def told() -> list[str]:
    """What the notifier was told during this run."""
    file = Path(json.loads(os.environ["RECSYS_ALERTS__ARGUMENTS"])["file"])
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


@contextmanager
def arriving(as_of: str, looks: int | None) -> Iterator[None]:
    """The day's input arrives after somebody looked for it so many times, or never."""
    import data_ready  # Airflow, once imported, finds plugins

    file, there, seen = Path(os.environ["RECSYS_SOURCE__READY"].format(as_of=as_of)), data_ready.exists, 0
    file.parent.mkdir(parents=True, exist_ok=True)

    def exists(uri: str) -> bool:
        nonlocal seen
        if looks is not None and seen >= looks:
            file.touch()
        seen += 1
        return there(uri)

    data_ready.exists = exists
    try:
        yield
    finally:
        data_ready.exists = there


UNTROUBLED = {"over": "", "train": "no: no drift over its bound"}


def stand_in(troubles: dict[str, list[str]], watched: dict[str, str]) -> Callable[..., Manifest]:
    """Stages that take no time; each raises the kinds of error planted for it, one a try, before it works.

    `watched` is what the stage `monitor` says.
    """

    def run(name: str, overrides: list[str], as_of: date, inputs: Inputs, shard: int = 0) -> Manifest:
        if troubles.get(name):
            raise child.KINDS[troubles[name].pop(0)]("planted", seen="secret")
        folder = Path(os.environ["RECSYS_STORE"], name)
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(QUALITY).to_parquet(folder / "metrics.parquet")
        pd.DataFrame([], columns=BY_DAY).to_parquet(folder / "hindsight.parquet")
        rows = {"inputs": sum(len(made) for made in inputs.values())}
        published = name == "publish"
        return Manifest(
            name,
            as_of.isoformat(),
            f"{name}-{shard}",
            str(folder),
            {"recommendations": 8, **rows} if published else rows,
            facts={
                "set": str(overrides),
                **({"publication": "17"} if published else {}),
                **(watched if name == "monitor" else {}),
            },
        )

    return run


QUALITY = {
    "protocol": ["warm"],
    "arm": ["recsys"],
    "segment": ["all"],
    "metric": ["ndcg@10"],
    "value": [0.1],
    "low": [0.09],
    "high": [0.11],
    "users": [30],
}


@contextmanager
def killing(stage: str, times: int) -> Iterator[None]:
    """Kills the stage so many times in the middle of its work, as a machine that is out of memory would."""
    over = threading.Event()
    hunter = threading.Thread(target=kill, args=(stage, times, over))
    hunter.start()
    try:
        yield
    finally:
        over.set()
        hunter.join()


def kill(stage: str, times: int, over: threading.Event) -> None:
    killed: set[int] = set()
    while len(killed) < times and not over.is_set():
        at_work = list(Path(os.environ["RECSYS_STORE"], stage).glob("as_of=*/.aside-*"))
        for process in psutil.Process().children(recursive=True) if len(at_work) > len(killed) else ():
            with suppress(psutil.Error):
                if process.pid not in killed and process.cmdline()[2:5] == ["recsys", "run", stage]:
                    process.kill()
                    killed.add(process.pid)
        time.sleep(0.005)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
