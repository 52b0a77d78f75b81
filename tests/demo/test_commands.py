import json
from datetime import date

import httpx

from recsys.demo.commands import trigger
from recsys.demo.given import Given
from recsys.standalone.airflow_api import Airflow


def test_all_days_are_triggered_the_earliest_first_before_the_dag_may_run() -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content or "{}")
        asked.append((request.method, sent["run_after"] if "run_after" in sent else str(sent)))
        return httpx.Response(200, json={"dag_run_id": f"run {len(asked)}"})

    airflow = Airflow("http://airflow", "admin", "password", httpx.MockTransport(answer))
    files = {"events": "e.parquet", "items": "i.parquet"}
    runs = trigger(airflow, Given("", [date(2026, 1, 30), date(2026, 1, 31)], files, {}))
    assert asked == [
        ("GET", "{}"),
        ("POST", "2026-01-30T00:00:00Z"),
        ("POST", "2026-01-31T00:00:00Z"),
        ("PATCH", "{'is_paused': False}"),
    ]
    assert [(run.dag, run.id) for run in runs] == [("recsys_daily", "run 2"), ("recsys_daily", "run 3")]


def test_the_form_of_a_run_names_the_files_and_lifts_the_guards_that_compare_with_an_earlier_demo() -> None:
    given = Given("", [], {"events": "e.parquet", "items": "i.parquet"}, {})
    assert given.form(date(2026, 1, 31)) == {
        "as_of": "2026-01-31",
        "source": "files",
        "layout": None,
        "events": "e.parquet",
        "items": "i.parquet",
        "users": None,
        "follows": None,
        "least_coverage": 0,
        "least_overlap": 0,
        "force": True,
    }
