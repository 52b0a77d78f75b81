import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from recsys.artifacts import Manifest
from recsys.demo import hindsight, quality
from recsys.demo.showcase import Recommended, measured, publication, show, show_quality, show_user
from recsys.demo.user_summaries import CHANGED, Tables, UserSummary, most_changed, titles, user_summaries
from recsys.publish.migrations import migrate
from recsys.settings import EventSettings
from recsys.stages import Inputs

NAN = float("nan")


@pytest.fixture
def given() -> Tables:
    """Ann liked two films and disliked one; Bob liked one; Eve did nothing yet."""
    events = pd.DataFrame(
        [("ann", "i1", 4.0, 1), ("ann", "i2", 5.0, 2), ("ann", "i3", 1.0, 3), ("bob", "i1", 5.0, 1)],
        columns=["user_id", "item_id", "value", "day"],
    ).assign(action="rate", event_id=["e1", "e2", "e3", "e4"])
    events["occurred_at"] = pd.to_datetime(events.pop("day"), unit="D", utc=True)
    items = pd.DataFrame({"item_id": ["i1", "i2", "i3"], "title": ["Alien", "Brazil", ""]})
    interests = pd.DataFrame({"interest": [0, 1], "name": ["Horror", "Satire"]})
    trace = pd.DataFrame(
        [
            ("ann", 1.3, "few", 0.4, [0.2, 0.8], [0.3, 0.7], [("neighbours", 0.3), ("population", 0.7)]),
            ("bob", 1.0, "few", 0.5, [0.9, 0.1], [0.7, 0.3], [("population", 1.0)]),
            ("eve", 0.0, "none", 1.0, [], [0.6, 0.4], [("population", 1.0)]),
        ],
        columns=["user_id", "evidence", "segment", "alpha", "observed", "transferred", "donors"],
    )
    trace["donors"] = [[{"donor": name, "share": share} for name, share in row] for row in trace["donors"]]
    lists = pd.DataFrame({"user_id": ["ann", "bob"], "item_ids": [["i3"], ["i2", "i3"]]})
    without = pd.DataFrame({"user_id": ["ann", "bob", "eve"], "item_ids": [["i3"], ["i3", "i1"], ["i1"]]})
    return Tables(events, items, interests, trace, lists, without)


def test_users_are_chosen_by_their_number_of_positive_events_and_by_what_transfer_changed(given: Tables) -> None:
    selected = user_summaries(given, EventSettings(), {"without events": 0, "with many": 250})
    assert [(user.user_id, user.why, user.positives) for user in selected] == [
        ("eve", "without events", 0),
        ("ann", "with many", 2),
        ("bob", CHANGED, 1),
    ]


def test_a_user_is_shown_once_though_nearest_to_two_numbers(given: Tables) -> None:
    shown = user_summaries(given, EventSettings(), {"with some": 100, "with many": 250})
    assert [(user.user_id, user.why) for user in shown] == [("ann", "with some"), ("bob", CHANGED)]


def test_whose_list_transfer_leaves_as_it_is_is_no_example_of_change(given: Tables) -> None:
    assert list(most_changed(given)) == ["bob"]


def test_a_portrait_names_what_was_liked_most_and_interests_before_and_after(given: Tables) -> None:
    ann, bob = user_summaries(given, EventSettings(), {"with many": 2})
    assert ann.liked == ["Brazil", "Alien"]
    assert ann.before == [("Satire", 0.8), ("Horror", 0.2)]
    assert ann.after == [("Satire", 0.7), ("Horror", 0.3)]
    assert ann.made_of == [("own", 0.6), ("population", pytest.approx(0.28)), ("neighbours", pytest.approx(0.12))]
    assert (ann.without, bob.without) == ([], ["i3", "Alien"])


def test_nothing_is_known_of_a_new_user_before_transfer(given: Tables) -> None:
    eve = user_summaries(given, EventSettings(), {"without events": 0})[0]
    assert (eve.liked, eve.before, eve.alpha) == ([], [], 1.0)


def test_lists_that_come_as_arrays_from_parquet_read_the_same(given: Tables) -> None:
    given.trace["observed"] = [np.asarray(row, np.float32) for row in given.trace["observed"]]
    ann = user_summaries(given, EventSettings(), {"with many": 2})[0]
    assert [name for name, _ in ann.before] == ["Satire", "Horror"]


def test_an_item_without_a_title_goes_by_its_id(given: Tables) -> None:
    assert titles(given.items)["i3"] == "i3"


@pytest.fixture
def metrics() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("warm", "popularity", "all", "ndcg@10", 0.04, 0.03, 0.05),
            ("warm", "recsys", "all", "ndcg@10", 0.10, 0.09, 0.11),
            ("warm", "recsys", "few", "ndcg@10", 0.07, 0.05, 0.09),
            ("warm", "recsys", "all", "coverage", 0.25, NAN, NAN),
            ("warm", "ease", "all", "ndcg@10", 0.08, 0.07, 0.09),
            ("cold-10", "recsys", "all", "ndcg@10", 0.20, 0.18, 0.22),
            ("cold-0", "recsys", "all", "ndcg@10", 0.15, 0.13, 0.17),
        ],
        columns=["protocol", "arm", "segment", "metric", "value", "low", "high"],
    )


def test_the_quality_table_puts_recsys_first_with_intervals(metrics: pd.DataFrame) -> None:
    assert quality.main(metrics) == [
        (
            "Users with a history: latest positives hidden",
            [
                ["recsys", ".100 [.090, .110]", "", "", ".250"],
                ["ease", ".080 [.070, .090]", "", "", ""],
                ["popularity", ".040 [.030, .050]", "", "", ""],
            ],
        )
    ]


def test_hindsight_is_shown_first_where_it_is_there(metrics: pd.DataFrame, ratios: pd.DataFrame) -> None:
    later = pd.DataFrame([("hindsight", "recsys", "all", "ndcg@10", 0.02, 0.01, 0.03)], columns=metrics.columns)
    titles = [title.split(":")[0] for title, _ in quality.main(pd.concat([metrics, later]))]
    assert titles == ["Hindsight", "Users with a history"]
    beside = pd.DataFrame([("hindsight", "all", "popularity", 2.0, 1.5, 2.5)], columns=ratios.columns)
    assert quality.compared(pd.concat([ratios, beside])) == [
        "NDCG@10 of recsys, hindsight, is 2.00 [1.50, 2.50] times popularity",
        "NDCG@10 of recsys, warm, is 1.25 [1.10, 1.40] times ease",
    ]


def test_of_several_days_the_last_hindsight_is_shown_and_the_last_backtest_which_not_every_day_has(
    metrics: pd.DataFrame, ratios: pd.DataFrame, tmp_path: Path
) -> None:
    def day(number: int, protocols: list[tuple[str, float]]) -> Inputs:
        folder = tmp_path / str(number)
        folder.mkdir()
        rows = [(protocol, "recsys", "all", "ndcg@10", value, NAN, NAN) for protocol, value in protocols]
        pd.DataFrame(rows, columns=metrics.columns).to_parquet(folder / "metrics.parquet")
        ratios.head(0).to_parquet(folder / "ratios.parquet")
        return {"evaluate": (Manifest("evaluate", f"2026-01-0{number}", "f", folder.as_uri()),)}

    days = [day(1, [("warm", 0.1)]), day(2, [("hindsight", 0.2)]), day(3, [("hindsight", 0.3)])]
    found, _ = measured(days)
    assert found[["protocol", "value"]].to_numpy().tolist() == [["hindsight", 0.3], ["warm", 0.1]]


def by_day() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("2026-01-30", "recsys", 12, 0.2, 0.1, 0.3),
            ("2026-01-30", "recsys without transfer", 12, 0.9, 0.8, 1.0),
            ("2026-01-30", "ease", 12, 0.15, 0.1, 0.2),
            ("2026-01-30", "popularity", 12, 0.05, 0.0, 0.1),
            ("2026-01-30", "neighbours' items", 12, 0.8, 0.7, 0.9),
            ("2026-01-29", "recsys", 9, 0.1, 0.0, 0.2),
            ("2026-01-29", "popularity", 9, 0.07, 0.0, 0.1),
        ],
        columns=["as_of", "arm", "users", "value", "low", "high"],
    )


def test_the_learning_curve_has_a_row_a_day_with_the_best_baseline_of_that_day() -> None:
    assert hindsight.curve(by_day()) == [
        ["2026-01-29", "9", ".100 [.000, .200]", ".070 [.000, .100]", "popularity"],
        ["2026-01-30", "12", ".200 [.100, .300]", ".150 [.100, .200]", "ease"],
    ]


def test_new_users_are_shown_by_the_number_of_events_they_revealed(metrics: pd.DataFrame) -> None:
    assert quality.cold(metrics) == (["0", "10"], [["recsys", ".150 [.130, .170]", ".200 [.180, .220]"]])


@pytest.fixture
def ratios() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("warm", "all", "ease", 1.25, 1.1, 1.4),
            ("warm", "few", "ease", 1.50, 0.9, 2.0),
            ("cold-0", "all", "ease", 1.60, 1.1, 2.2),
        ],
        columns=["protocol", "segment", "against", "value", "low", "high"],
    )


def test_recsys_is_named_as_a_multiple_of_the_others_with_an_interval(ratios: pd.DataFrame) -> None:
    assert quality.compared(ratios) == ["NDCG@10 of recsys, warm, is 1.25 [1.10, 1.40] times ease"]


def test_everything_that_was_measured_is_on_the_page(metrics: pd.DataFrame, ratios: pd.DataFrame) -> None:
    page = io.StringIO()
    show_quality(metrics, ratios, Console(file=page, width=140))
    assert "NDCG@10 of recsys, warm, is 1.25 [1.10, 1.40] times ease" in page.getvalue()
    assert ".150 [.130, .170]" in page.getvalue()


def test_titles_and_ids_in_brackets_are_printed_as_they_are() -> None:
    page = io.StringIO()
    noir = [("Noir [old]", 1.0)]
    user = UserSummary("[bold]u", "of few", 1, 0.5, "few", 0.3, ["[red]M[/]"], noir, noir, noir, [])
    show_user(user, [Recommended(1, "[rec] 2", 0.5, "like [x]")], Console(file=page, width=140))
    for text in (
        "User [bold]u, of few",
        "[red]M[/]",
        "Noir [old] 100%",
        "[rec] 2",
        "like [x]",
        "made of  Noir [old] 100%",
    ):
        assert text in page.getvalue()


def test_a_changed_list_stands_beside_the_one_without_transfer_where_a_star_marks_what_gave_way() -> None:
    page = io.StringIO()
    user = UserSummary("u", CHANGED, 1, 0.5, "few", 0.3, [], [], [("Noir", 1.0)], [], ["Alien", "Brazil"])
    listed = [Recommended(1, "Brazil", 0.5, "why"), Recommended(2, "Cube", 0.4, "how")]
    show_user(user, listed, Console(file=page, width=140))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in page.getvalue().splitlines() if "│" in line]
    assert lines == [["1", "Brazil", "why", "Alien *"], ["2", "Cube", "how", "Brazil"]]


def test_the_live_publication_is_told_with_its_facts() -> None:
    publish = Manifest("publish", "2026-01-31", "f", "/store", facts={"publication": "7", "published": "yes"})
    assert "6,710 recommendations for 671 users   publication 7  published yes" in publication(publish, 6710, 671)


def test_the_page_of_a_run_is_drawn_from_its_files_and_the_serving_store(
    given: Tables,
    metrics: pd.DataFrame,
    ratios: pd.DataFrame,
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migrate(database)
    monkeypatch.setenv("RECSYS_DATABASE_URL", database)
    lists = given.lists.assign(made_on=pd.Timestamp("2026-01-31").date())
    tables = {
        "events": given.events,
        "items": given.items,
        "interests": given.interests,
        "trace": given.trace,
        "recommendations": given.lists,
        "provenance": lists.drop(columns="item_ids"),
        "baselines": given.without.assign(arm="recsys without transfer"),
        "metrics": metrics,
        "ratios": ratios,
        "hindsight": by_day(),
    }
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    made = {
        stage: (Manifest(stage, "2026-01-31", "f", tmp_path.as_uri(), facts={"publication": "7"}),)
        for stage in ("ingest", "interests", "transfer", "rank", "evaluate", "publish")
    }
    page = io.StringIO()
    show([made], EventSettings(), Console(file=page, width=140))
    for text in (
        "0 recommendations for 0 users",
        "publication 7",
        "times ease",
        "User ann",
        "Brazil; Alien",
        "Learning curve",
        "User bob, whose list transfer changed most",
    ):
        assert text in page.getvalue()
