"""Evaluation as a stage: from files to files, through the store."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import results, stages
from recsys.artifacts import Manifest, Store
from recsys.evaluation import columns
from recsys.evaluation.stage import headline
from recsys.events.interactions import Floats, Interactions, Mask
from recsys.settings import Settings
from tests.brief import brief_training
from tests.evaluation import shelf
from tests.ingested import number_tables

DAY = date(2024, 4, 30)
ARMS = {
    "recsys",
    "recsys without transfer",
    "popularity",
    "recent popularity",
    "transitions",
    "ease",
    "source document",
}
PROTOCOLS = ["warm", "cold-0", "cold-3"]

Write = Callable[[Interactions], stages.Inputs]
Run = Callable[[Interactions], Manifest]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory, vectors: Floats, available: Mask) -> Write:
    """The files of the stages before, of a shop."""

    def files(known: Interactions) -> stages.Inputs:
        folder = tmp_path_factory.mktemp("inputs")
        ids = np.array([f"i{item:02}" for item in range(known.n_items)])
        pd.DataFrame({"item_id": ids, "title": ids, "category": "", "domain": "", "available": available}).to_parquet(
            folder / "items.parquet"
        )
        events = {
            "user_id": [f"u{user:02}" for user in known.user],
            "item_id": ids[known.item],
            "action": "buy",
            "occurred_at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(known.day, "D"),
            "value": np.nan,
            "domain": "",
            "event_id": [f"{number:04}" for number in range(len(known.user))],
        }
        pd.DataFrame(events).to_parquet(folder / "events.parquet")
        pd.DataFrame({"user_id": [f"u{user:02}" for user in range(known.n_users)]}).to_parquet(folder / "users.parquet")
        pd.DataFrame({"follower_id": [], "followee_id": [], "weight": []}).to_parquet(folder / "follows.parquet")
        number_tables(folder)
        np.save(folder / "vectors.npy", vectors.astype(np.float16))
        np.save(folder / "directions.npy", vectors.astype(np.float16))
        np.save(folder / "membership.npy", np.ones((known.n_items, 1), np.float32))
        facts = {"rank": {"line": "shop"}}
        return {
            name: (Manifest(name, str(DAY), folder.name, folder.as_uri(), facts=facts.get(name, {})),)
            for name in stages.STAGES["evaluate"].needs
        }

    return files


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, write: Write, configured: Callable[..., Settings]) -> Run:
    """Runs the stage on a shop, in a store of its own."""

    @brief_training()
    def evaluate(known: Interactions) -> Manifest:
        settings = configured(f"store={tmp_path_factory.mktemp('store')}")
        return results.run("evaluate", settings, DAY, write(known))

    return evaluate


@pytest.fixture(scope="module")
def made(run: Run, checkerboard: Interactions) -> Manifest:
    return run(checkerboard)


def test_metrics_are_typed_and_of_every_arm_in_every_protocol(made: Manifest) -> None:
    metrics = pd.read_parquet(made.path("metrics.parquet"))
    assert list(metrics.columns) == ["protocol", "arm", "segment", "metric", "value", "low", "high", "users"]
    assert metrics.dtypes[["value", "low", "high", "users"]].astype(str).tolist() == ["float64"] * 3 + ["int64"]
    assert {name: set(part["arm"]) for name, part in metrics.groupby("protocol")} == dict.fromkeys(PROTOCOLS, ARMS)
    assert metrics["value"].notna().all()


def test_ratios_are_of_ours_to_every_other_arm(made: Manifest) -> None:
    ratios = pd.read_parquet(made.path("ratios.parquet"))
    assert set(ratios["against"]) == ARMS - {"recsys"}
    assert ratios.dtypes[["value", "low", "high", "users"]].astype(str).tolist() == ["float64"] * 3 + ["int64"]


def test_the_report_holds_every_arm_and_interval(made: Manifest) -> None:
    report = made.path("report.md").read_text()
    metrics = pd.read_parquet(made.path("metrics.parquet"))
    for row in metrics[metrics["segment"] == "all"].itertuples():
        assert f"{row.value:.4f} [{row.low:.4f}, {row.high:.4f}]" in report
    assert {line.split(" | ")[0] for line in report.splitlines() if line.startswith("| ")} >= {
        f"| {arm}" for arm in ARMS
    }


def test_the_manifest_tells_the_main_figures(made: Manifest) -> None:
    metrics = pd.read_parquet(made.path("metrics.parquet")).set_index(["protocol", "arm", "segment", "metric"])["value"]
    assert made.metrics["warm ndcg@10"] == metrics["warm", "recsys", "all", "ndcg@10"]
    assert made.metrics["warm ndcg@10 ratio to popularity"] > 2
    assert {f"{protocol} ndcg@10" for protocol in PROTOCOLS} < set(made.metrics)
    assert made.rows == {"requests": 49 + 11 + 11, "days judged": 0}


def test_a_rerun_elsewhere_writes_the_same(made: Manifest, run: Run, checkerboard: Interactions) -> None:
    again = run(checkerboard)
    assert again.uri != made.uri
    for name in ("metrics.parquet", "ratios.parquet", "hindsight.parquet", "report.md"):
        assert again.path(name).read_bytes() == made.path(name).read_bytes()


def test_a_ratio_to_an_arm_that_finds_nothing_is_no_figure_of_the_day() -> None:
    metrics = pd.DataFrame([("warm", "recsys", "all", "ndcg@10", 0.2, 0.1, 0.3, 9)], columns=columns.METRICS)
    against = [
        ("warm", "all", "ndcg@10", "recsys", "popularity", 2.0, 1.5, 2.5, 9),
        ("warm", "all", "ndcg@10", "recsys", "source document", *[np.nan] * 3, 9),
    ]
    told = headline(metrics, pd.DataFrame(against, columns=columns.RATIOS))
    assert told == {
        "warm ndcg@10": 0.2,
        "warm ndcg@10_low": 0.1,
        "warm ndcg@10_high": 0.3,
        "warm ndcg@10 ratio to popularity": 2.0,
    }


@pytest.mark.parametrize("events", [1, 2])
def test_too_little_data_gives_no_metric_and_no_failure(run: Run, checkerboard: Interactions, events: int) -> None:
    few = checkerboard.take((checkerboard.user < 2) & (checkerboard.order_from_start < events))
    made = run(few)
    for name in ("metrics.parquet", "ratios.parquet", "hindsight.parquet"):
        table = pd.read_parquet(made.path(name))
        assert table.empty
        assert table.dtypes[["value", "low", "high", "users"]].astype(str).tolist() == ["float64"] * 3 + ["int64"]
    assert made.rows == {"requests": 0, "days judged": 0}
    assert made.metrics == {}
    assert made.path("report.md").read_text().splitlines()[0] == "# Evaluation"


TODAY, FIRST = date(2024, 2, 15), date(2024, 1, 1)


@pytest.fixture
def later(
    tmp_path: Path, write: Write, checkerboard: Interactions, configured: Callable[..., Settings]
) -> Callable[..., Manifest]:
    """The evaluation of a day in the middle, with lists of the eight days before in the store.

    Lists name what each user chooses on the day after, in the second place; the baseline names it in the first.
    """
    settings = configured(f"store={tmp_path / 'store'}")
    given = write(checkerboard.take(checkerboard.day <= (TODAY - FIRST).days))
    for back in range(1, 9):
        put(tmp_path, TODAY - timedelta(days=back), checkerboard)

    @brief_training()
    def evaluate(**facts: str) -> Manifest:
        ranker = replace(given["ranker"][0], facts=facts)
        return results.run("evaluate", settings, TODAY, {**given, "ranker": (ranker,)})

    return evaluate


def put(folder: Path, day: date, known: Interactions) -> None:
    """Commits the lists of a day."""
    store = Store(str(folder / "store"))
    next_day = known.take(known.day == (day - FIRST).days + 1)
    found = {f"u{user:02}": f"i{item:02}" for user, item in zip(next_day.user, next_day.item, strict=True)}
    lists = {user: [f"i{1 - int(user[1:]) % 2:02}", item] for user, item in found.items()}
    made = shelf.rank(folder / "made", str(day), lists, {"popularity": {user: [item] for user, item in found.items()}})

    def write(aside: Path) -> Manifest:
        shutil.copytree(made.path(""), aside, dirs_exist_ok=True)
        return replace(made, uri=store.folder("rank", str(day), made.fingerprint))

    store.commit("rank", str(day), made.fingerprint, write)


def test_where_the_ranker_was_learnt_earlier_hindsight_stands_alone(
    later: Callable[..., Manifest], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "recsys.evaluation"):
        made = later(learnt_on="2024-02-11")
    told = [record.getMessage() for record in caplog.records if record.name.startswith("recsys.evaluation")]
    assert told == ["evaluate: no backtest: the ranker was learnt on 2024-02-11, and had its backtest then"]
    metrics = pd.read_parquet(made.path("metrics.parquet")).set_index(["arm", "segment", "metric"])
    assert set(metrics["protocol"]) == {"hindsight"}
    assert metrics["value"]["recsys", "all", "ndcg@10"] == pytest.approx(0.63093, abs=1e-5)
    assert made.metrics["hindsight ndcg@10 ratio to popularity"] == pytest.approx(0.63093, abs=1e-5)
    by_day = pd.read_parquet(made.path("hindsight.parquet"))
    assert by_day["as_of"].unique().tolist() == [f"2024-02-{day:02}" for day in range(8, 15)]  # seven days back
    assert by_day.loc[by_day["arm"] == "recsys", "value"].tolist() == pytest.approx([0.63093] * 7, abs=1e-5)
    assert made.rows["days judged"] == 7
    assert "| 2024-02-14 | " in made.path("report.md").read_text()


@pytest.mark.parametrize("facts", [{}, {"learnt_on": str(TODAY)}])
def test_where_the_ranker_was_learnt_today_the_backtest_follows_hindsight(
    later: Callable[..., Manifest], facts: dict[str, str]
) -> None:
    made = later(**facts)
    metrics = pd.read_parquet(made.path("metrics.parquet"))
    assert metrics["protocol"].unique().tolist() == ["hindsight", *PROTOCOLS]
    headings = [line for line in made.path("report.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0].startswith("## hindsight (")
    assert {"hindsight ndcg@10", "warm ndcg@10"} < set(made.metrics)
    assert not any(name.startswith("warm ndcg@10 ratio") for name in made.metrics)


def test_lists_that_come_into_the_store_later_are_judged_anew(later: Callable[..., Manifest], tmp_path: Path) -> None:
    first = later(learnt_on="2024-02-11")
    assert later(learnt_on="2024-02-11").cached
    shutil.rmtree(tmp_path / "store" / "rank" / "as_of=2024-02-14")
    again = later(learnt_on="2024-02-11")
    assert (again.cached, again.fingerprint == first.fingerprint) == (False, False)
    assert again.rows["days judged"] == 6
