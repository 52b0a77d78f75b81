"""Random faults in a real Airflow: readers have whole sets throughout, and a run that failed is followed by one that
does well."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from recsys.standalone import installation
from tests.chaos import shop
from tests.chaos.airflow_faults import FIRST_DAY, REFRESH, Days, plan
from tests.conftest import free_port
from tests.operations.place import DAG, Place, until

FAULTS, SEED = int(os.environ.get("CHAOS_AIRFLOW_FAULTS", "8")), int(os.environ.get("CHAOS_SEED", "7"))
REPORT = os.environ.get("CHAOS_REPORT")
SETTLED_SECONDS = 31
"""A service that dies sooner is taken for broken, and is not started again."""
SETTINGS = {
    "RECSYS_EVALUATION__RESAMPLES": "100",
    "RECSYS_EVALUATION__LEAVE_LAST": "100",
    "RECSYS_EVALUATION__COLD_REVEALED": "[]",
    "RECSYS_EVALUATION__SOCIAL_REVEALED": "[]",
}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """An installation in which the first day was made without a fault."""
    home, folder = Path(tempfile.mkdtemp(prefix="recsys-chaos-")), tmp_path_factory.mktemp("shop")
    home.chmod(0o755)
    ports = {name: free_port() for name in ("postgres", "mlflow", "airflow")}
    (home / "ports.json").write_text(json.dumps(ports))
    shop.write(folder)
    conf = {name: str(folder / f"{name}.parquet") for name in ("events", "items")}
    with ExitStack() as ended:
        ended.callback(shutil.rmtree, home, ignore_errors=True)
        place = Place(home, ports, SETTINGS)
        ended.callback(place.end)
        place.start()
        began = time.monotonic()
        until(lambda: place.airflow.dag(DAG) and place.airflow.dag(REFRESH), "Airflow has read the DAGs")
        for dag in (DAG, REFRESH):
            place.airflow.unpause(dag)
        made = Days(place, {"source": "files", **conf, "top_n": 5, "shards": 1})
        assert made.end(made.begin(0, refresh=False)) == "success"
        time.sleep(max(0, began + SETTLED_SECONDS - time.monotonic()))
        yield made


@pytest.mark.slow
def test_what_dies_in_airflow_leaves_a_whole_set_and_a_run_afterwards_does_well(
    days: Days, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, seconds = plan(FAULTS, SEED), []
    for number in range(faults[-1].run + 1):
        began, struck = time.monotonic(), [fault for fault in faults if fault.run == number]
        run, refresh = days.begin(number + 1, refresh=False), days.begin(0, refresh=True)
        for fault in struck:
            days.strike(run, fault)
        state = days.end(run)
        for fault in struck:
            fault.state = state
        if state == "failed":
            assert days.end(days.begin(number + 1, refresh=False)) == "success", "the next run"
        if days.end(refresh) == "failed":
            assert days.end(days.begin(0, refresh=True)) == "success", "the next refresh"
        assert days.look(f"after run {number}") == FIRST_DAY + timedelta(number + 1)
        seconds.append(round(time.monotonic() - began))
        with capsys.disabled():
            print(f"\nrun {number}: {state}, {seconds[-1]} s, {struck}", flush=True)
        if REPORT:
            Path(f"{REPORT}.airflow").write_text(json.dumps([asdict(fault) for fault in faults], indent=1))
    with capsys.disabled():
        print(f"\nseed {SEED}", Counter((fault.kind, fault.struck, fault.state) for fault in faults), days.seen)
    assert days.seen == []
    assert set(installation.running(days.place.home)) >= {"postgres", "mlflow", "api-server", "scheduler", "triggerer"}
