import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from rich.console import Console

from recsys.errors import RecsysError, TransientError
from recsys.standalone.airflow_api import Airflow
from recsys.standalone.follow import Run, await_dag, follow

RUN = "/api/v2/dags/daily/dagRuns/run-1"
MANIFEST = {
    "stage": "rank",
    "as_of": "2026-01-31",
    "fingerprint": "f",
    "uri": "/store",
    "rows": {"users": 1234, "dropped": 0},
}

LOG: list[Any] = [
    {"event": "::group::Execute"},
    "a line of no structure",
    {"event": "failed", "error_detail": [{"exc_type": "TransientError", "exc_value": "disk is full\n  to do: tidy"}]},
]


def task(state: str | None, name: str = "rank", shard: int = -1, attempt: int = 1) -> dict[str, Any]:
    return {
        "task_id": name,
        "map_index": shard,
        "state": state,
        "try_number": attempt,
        "duration": 2.5,
        "start_date": "2026-02-01T00:00:00Z" if state else None,
    }


class FakeNetwork:
    """Answers as Airflow would: the states of a run, one picture after another."""

    def __init__(self, *pictures: tuple[str, list[dict[str, Any]]]) -> None:
        self.pictures, self.logins, self.at = pictures, 0, 0
        self.routes: dict[str, Callable[[httpx.Request], Any]] = {
            RUN: lambda _: {"state": self.pictures[self.at][0]},
            f"{RUN}/taskInstances": lambda _: self._tasks(),
            f"{RUN}/taskInstances/rank/xcomEntries/return_value": lambda request: {
                "value": {**MANIFEST, "cached": False, "fingerprint": "shard " + request.url.params["map_index"]}
            },
            f"{RUN}/taskInstances/rank/logs/2": lambda _: {"content": LOG},
            "/api/v2/importErrors": lambda _: {
                "import_errors": [{"filename": "daily.py", "stack_trace": "Traceback\nNameError: x\n"}]
            },
        }

    def _tasks(self) -> Any:
        tasks = self.pictures[self.at][1]
        self.at = min(self.at + 1, len(self.pictures) - 1)
        return {"task_instances": tasks}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            self.logins += 1
            return httpx.Response(201, json={"access_token": "token"})
        if request.headers.get("Authorization") != "Bearer token":
            return httpx.Response(401)
        found = self.routes.get(request.url.path)
        return httpx.Response(404) if found is None else httpx.Response(200, json=found(request))


def run_on(network: FakeNetwork) -> Run:
    return Run(Airflow("http://airflow", "admin", "secret", httpx.MockTransport(network)), "daily", "run-1")


def printing() -> tuple[Console, io.StringIO]:
    page = io.StringIO()
    return Console(file=page, width=140), page


def test_each_change_of_a_task_is_one_line_with_what_it_made() -> None:
    network = FakeNetwork(
        ("queued", [task(None)]),
        ("running", [task("running")]),
        ("running", [task("running")]),
        ("success", [task("success")]),
    )
    console, page = printing()
    made = follow(run_on(network), console, poll_seconds=0)
    lines = [" ".join(line.split()[2:]) for line in page.getvalue().splitlines()]
    assert lines == ["rank running", "rank success 2.5 s 1,234 users"]
    assert made["rank"][0].rows["users"] == 1234
    assert network.logins == 1


def test_manifests_of_a_mapped_stage_come_in_shard_order() -> None:
    network = FakeNetwork(("success", [task("success", shard=1), task("success", shard=0)]))
    made = follow(run_on(network), printing()[0], poll_seconds=0)
    assert [manifest.fingerprint for manifest in made["rank"]] == ["shard 0", "shard 1"]


def test_tasks_that_are_no_stage_leave_no_manifest() -> None:
    network = FakeNetwork(("success", [task("success", name="open_run")]))
    assert follow(run_on(network), printing()[0], poll_seconds=0) == {}


def test_a_failed_run_names_the_task_and_shows_the_end_of_its_log() -> None:
    network = FakeNetwork(("failed", [task("upstream_failed", name="publish"), task("failed", attempt=2)]))
    with pytest.raises(RecsysError) as failure:
        follow(run_on(network), printing()[0], poll_seconds=0)
    assert (failure.value.what, failure.value.where) == ("task rank failed", "daily run-1, try 2")
    assert [line.strip() for line in failure.value.seen.splitlines()] == [
        "its last words",
        "a line of no structure",
        "failed",
        "TransientError: disk is full",
        "to do: tidy",
    ]


def test_a_dag_that_cannot_be_read_shows_why() -> None:
    with pytest.raises(TransientError, match=r"does not know daily(.|\n)*daily\.py: NameError: x"):
        await_dag(run_on(FakeNetwork()).airflow, "daily")


def test_an_airflow_that_does_not_answer_is_said_with_what_to_do() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    airflow = Airflow("http://airflow", "admin", "secret", httpx.MockTransport(refuse))
    with pytest.raises(TransientError, match="`recsys up` starts what is missing"):
        airflow.run_state("daily", "run-1")


def test_a_refused_request_shows_what_airflow_answered() -> None:
    with pytest.raises(TransientError, match=r"GET /api/v2/dags/daily/dagRuns/other(.|\n)*404"):
        run_on(FakeNetwork()).airflow.run_state("daily", "other")
