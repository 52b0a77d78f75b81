from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from mlflow.entities import Run

Outcome = dict[str, Any]
Recorded = Callable[[Outcome], dict[str, Run]]
STAGES = [
    "check",
    "ingest",
    "features",
    "interests",
    "transfer",
    "signals",
    "item_lists",
    "ranker",
    "rank",
    "load",
    "publish",
    "evaluate",
    "monitor",
]
FORM = {"as_of": "2026-01-05", "top_n": 3, "shards": 3, "transfer": False}


@pytest.fixture(scope="module")
def lived(days: Callable[[Mapping[str, Any]], Outcome]) -> Outcome:
    """One day for each way in which it can go; stages stand in, except for the one that is killed."""
    return days(
        {
            "plain": {"conf": FORM},
            "bad input": {"troubles": {"ranker": ["DataError"]}},
            "refused": {"troubles": {"publish": ["GateError"]}},
            "hiccup": {
                "conf": {"as_of": "2026-01-06"},
                "arrives": 2,
                "troubles": {"interests": ["TransientError"]},
                "watched": {"over": "interest_drift", "train": "yes"},
            },
            "drift again": {"conf": {"as_of": "2026-01-06"}, "watched": {"over": "interest_drift", "train": "yes"}},
            "outage": {"troubles": {"interests": ["TransientError"] * 9}},
            "unwatched": {"conf": {"shards": 1}, "troubles": {"monitor": ["DataError"]}},
            "no input": {
                "conf": {"as_of": "2026-01-07"},
                "arrives": None,
                "environment": {"RECSYS_SOURCE__READY_HOURS": "0.0002"},
            },
            "no mlflow": {"environment": {"RECSYS_TRACKING__URI": "http://127.0.0.1:9"}},
        }
    )


def states(day: Outcome) -> dict[str, str]:
    return {task["task"]: task["state"] for task in day["tasks"]}


def tries(day: Outcome, name: str) -> list[int]:
    return [task["tries"] for task in day["tasks"] if task["task"] == name]


def returned(day: Outcome, name: str, shard: int = -1) -> Any:
    return day["xcoms"][f"{name}[{shard}]"]["return_value"]


def test_a_day_runs_every_stage_and_every_shard(lived: Outcome) -> None:
    day = lived["plain"]
    assert day["state"] == "success"
    assert set(states(day)) == {"wait_for_data", "begin", *STAGES, "end", "announce", "drifted", "train"}
    assert sorted(task["shard"] for task in day["tasks"] if task["task"] == "rank") == [0, 1, 2]


def test_a_stage_is_given_the_manifests_of_all_shards_it_needs(lived: Outcome) -> None:
    assert returned(lived["plain"], "rank", 2)["rows"] == {"inputs": 1 + 3 + 1 + 1 + 1 + 1}
    assert returned(lived["plain"], "publish")["rows"]["inputs"] == 1 + 1 + 1 + 1 + 1 + 1 + 3 + 3


def test_the_form_reaches_the_stages(lived: Outcome) -> None:
    made = returned(lived["plain"], "ranker")
    assert made["as_of"] == "2026-01-05"
    assert "lists.top_n=3" in made["facts"]["set"]
    assert "transfer.enabled=false" in made["facts"]["set"]


def test_every_stage_is_a_finished_child_of_a_finished_parent(lived: Outcome, recorded: Recorded) -> None:
    runs = recorded(lived["plain"])
    shards = [f"{stage} shard {shard}" for stage in ("features", "rank", "load") for shard in range(3)]
    assert set(runs) == {"parent", *shards, *(set(STAGES) - {"features", "rank", "load"})}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert runs["parent"].data.metrics["warm/recsys.ndcg_at_10"] == pytest.approx(0.1)
    assert runs["parent"].data.params["lists.top_n"] == "3"


def test_mlflow_takes_all_it_is_told(lived: Outcome) -> None:
    log = lived["log"]
    failed = log.count("unrecorded") + log.count("; this run reads with ")
    assert failed == log.count("Connection refused") > 0


def test_the_link_of_every_task_leads_to_its_run(lived: Outcome, recorded: Recorded) -> None:
    runs, links = recorded(lived["plain"]), lived["plain"]["links"]
    for task, name in {"begin[-1]": "parent", "rank[1]": "rank shard 1", "end[-1]": "parent"}.items():
        assert links[task].endswith(f"/runs/{runs[name].info.run_id}")
    assert returned(lived["plain"], "rank", 1)["facts"]["tracked"] == links["rank[1]"]
    assert lived["bad input"]["links"]["ranker[-1]"]


def test_input_that_cannot_be_used_is_not_tried_again(lived: Outcome) -> None:
    day = lived["bad input"]
    assert (day["state"], states(day)["ranker"], tries(day, "ranker")) == ("failed", "failed", [1])
    assert states(day)["publish"] == "upstream_failed"


def test_a_gate_that_refuses_is_not_asked_again(lived: Outcome) -> None:
    assert (lived["refused"]["state"], tries(lived["refused"], "publish")) == ("failed", [1])


def test_a_failed_day_is_closed_as_failed_and_tells_the_kind_of_error(lived: Outcome, recorded: Recorded) -> None:
    runs = recorded(lived["bad input"])
    assert states(lived["bad input"])["end"] == "success"
    assert (runs["parent"].info.status, runs["ranker"].info.status) == ("FAILED", "FAILED")
    assert runs["ranker"].data.tags["recsys.error"] == "DataError"
    assert "RUNNING" not in {run.info.status for run in runs.values()}


def test_what_fails_for_a_moment_is_tried_again(lived: Outcome, recorded: Recorded) -> None:
    day, runs = lived["hiccup"], recorded(lived["hiccup"])
    assert (day["state"], tries(day, "interests")) == ("success", [2])
    assert (runs["interests"].info.status, runs["interests, try 2"].info.status) == ("FAILED", "FINISHED")


def test_what_fails_for_long_is_tried_three_times(lived: Outcome) -> None:
    assert (lived["outage"]["state"], tries(lived["outage"], "interests")) == ("failed", [3])


def test_without_mlflow_a_day_is_published_all_the_same(lived: Outcome) -> None:
    day = lived["no mlflow"]
    assert day["state"] == "success"
    assert returned(day, "publish")["facts"]["tracked"] == "no"
    assert day["links"]["publish[-1]"] == ""


def test_drift_over_its_bound_starts_a_training_and_updates_the_asset_of_the_day(lived: Outcome) -> None:
    day, drift = lived["hiccup"], {"as_of": "2026-01-06", "over": "interest_drift"}
    assert (day["state"], states(day)["train"]) == ("success", "success")
    assert day["assets"] == [["recsys://drift/", "2026-01-06", drift]]
    assert day["trainings"] == [["drift_2026-01-06", {"as_of": "2026-01-06"}]]


def test_the_same_day_asks_for_no_second_training(lived: Outcome) -> None:
    day = lived["drift again"]
    assert (day["state"], states(day)["drifted"], states(day)["train"]) == ("success", "success", "skipped")
    assert len(day["trainings"]) == 1


def test_without_drift_over_its_bound_the_asset_stays_as_it_is(lived: Outcome) -> None:
    day = lived["plain"]
    assert (day["state"], states(day)["drifted"], day["assets"]) == ("success", "skipped", [])
    assert (states(day)["train"], day["trainings"]) == ("skipped", [])


def test_a_day_that_puts_nothing_live_announces_nothing(lived: Outcome) -> None:
    assert states(lived["plain"])["announce"] == "skipped"
    assert states(lived["refused"])["announce"] == "upstream_failed"


def test_a_day_that_cannot_be_watched_is_red_though_it_is_published(lived: Outcome, recorded: Recorded) -> None:
    day = lived["unwatched"]
    assert (day["state"], states(day)["publish"], states(day)["end"]) == ("failed", "success", "success")
    assert states(day)["drifted"] == "upstream_failed"
    assert recorded(day)["parent"].info.status == "FINISHED"


def test_input_that_comes_late_is_waited_for(lived: Outcome) -> None:
    assert lived["hiccup"]["state"] == "success"
    assert lived["log"].count("[DAG TEST] running trigger in line") == 2


def test_input_that_never_comes_fails_the_day_before_it_begins(lived: Outcome) -> None:
    day = lived["no input"]
    assert (day["state"], tries(day, "wait_for_data"), states(day)["begin"]) == ("failed", [1], "upstream_failed")
    assert "the day's input did not come" in lived["log"]
    assert "ready/2026-01-07" in lived["log"]


def test_somebody_is_told_of_a_run_that_failed_and_of_what_is_over_its_bound(lived: Outcome) -> None:
    assert lived["plain"]["notes"] == []
    (failed,) = lived["bad input"]["notes"]
    run_id = lived["bad input"]["run_id"]
    assert failed.startswith(f"recsys_daily, day 2026-01-05, run {run_id}: the run failed (task_failure); to do: ")
    assert failed.endswith(f"/dags/recsys_daily/runs/{quote(run_id)}")
    (over,) = lived["hiccup"]["notes"]
    assert over.startswith(
        f"recsys_daily, day 2026-01-06, run {lived['hiccup']['run_id']}: over the bound: interest_dr"
    )
