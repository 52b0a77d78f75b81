"""Lists of earlier days, judged by what was chosen afterwards; the days are those of January 1970, day 0 the first."""

import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.artifacts import Manifest
from recsys.evaluation import hindsight
from recsys.evaluation.hindsight import Hindsight
from recsys.events.interactions import Interactions
from recsys.events.tables import Tables
from recsys.settings import EvaluationSettings
from tests.evaluation import shelf

ONE, TWO, THREE, FOUR = (f"1970-01-0{day}" for day in (1, 2, 3, 4))
DIRECTIONS = np.eye(5, dtype=np.float32)
SECOND, THIRD = 0.63093, 0.5
"""1 / log2(1 + rank): NDCG of one wanted item in the second or third place."""
History = Callable[..., Interactions]


def judge(*made: Manifest, known: Tables, today: str = THREE) -> Hindsight:
    """Hindsight on the lists made, latest day first, as the store gives them."""
    return hindsight.judge(made, known, date.fromisoformat(today), DIRECTIONS, EvaluationSettings(resamples=100))


def whole(found: Hindsight, metric: str = "ndcg@10") -> dict[str, tuple[Any, int]]:
    """Value and number of users of each arm, all segments together."""
    table = found.metrics[(found.metrics["segment"] == "all") & (found.metrics["metric"] == metric)]
    return {row.arm: (row.value, row.users) for row in table.itertuples()}


def by_day(found: Hindsight, arm: str = "recsys") -> list[tuple[str, int, Any]]:
    """Day, users and NDCG of an arm."""
    return [(row.as_of, row.users, row.value) for row in found.by_day[found.by_day["arm"] == arm].itertuples()]


def test_each_event_judges_the_list_that_was_live(history: History, tmp_path: Path) -> None:
    # Of the list of day 1 (over at 1.0) Ann chooses b, its second; of that of day 2 (over at 2.0) c, its third, and Bob
    # e, his first. What Ann chose at 1.5 says nothing of the lists of day 2.
    events = history([(0, 1, 1, 1.5), (0, 2, 1, 2.5), (1, 4, 1, 2.25)], 3, 5)
    first = shelf.rank(tmp_path, ONE, {"ann": "abc", "bob": "ab"}, {"popularity": {"ann": "bac", "bob": "ba"}})
    second = shelf.rank(tmp_path, TWO, {"ann": "dec", "bob": "ed"}, {"popularity": {"ann": "cde", "bob": "de"}})
    found = judge(second, first, known=shelf.known(events))
    assert by_day(found) == [(ONE, 1, pytest.approx(SECOND, abs=1e-5)), (TWO, 2, pytest.approx((THIRD + 1) / 2))]
    assert by_day(found, "popularity") == [(ONE, 1, 1.0), (TWO, 2, pytest.approx((1 + SECOND) / 2, abs=1e-5))]
    # Ann counts once, with the mean of her two days: (0.63093 + 0.5) / 2, beside Bob's 1.
    assert whole(found) == {
        "recsys": (pytest.approx(((SECOND + THIRD) / 2 + 1) / 2, abs=1e-5), 2),
        "popularity": (pytest.approx((1 + SECOND) / 2, abs=1e-5), 2),
    }
    (ratio,) = found.ratios[found.ratios["segment"] == "all"].itertuples()
    assert (ratio.protocol, ratio.arm, ratio.against, ratio.users) == ("hindsight", "recsys", "popularity", 2)
    assert ratio.value == pytest.approx(((SECOND + THIRD) / 2 + 1) / (1 + SECOND), abs=1e-5)


def test_what_was_seen_before_is_not_asked_for_unless_it_may_be_repeated(history: History, tmp_path: Path) -> None:
    # Ann had looked at a before the day's end; Bob had bought b and buys it again; both choose what is listed first.
    events = history([(0, 0, 0, 0.5), (0, 0, 1, 1.5), (1, 1, 1, 0.5), (1, 1, 1, 1.5)], 2, 5)
    made = (
        shelf.rank(tmp_path, TWO, {}),
        shelf.rank(tmp_path, ONE, {"ann": "a", "bob": "b"}, {"popularity": {"ann": "a", "bob": "b"}}),
    )
    once = judge(*made, known=shelf.known(events, "ann bob"))
    assert once.metrics.empty
    again = judge(*made, known=shelf.known(shelf.repeatable(events, 2, 3), "ann bob"))
    assert by_day(again) == [(ONE, 1, 1.0)]


@pytest.mark.parametrize(("at", "day"), [(1.0, ONE), (1.999, ONE), (2.0, TWO), (2.999, TWO)])
def test_a_day_ends_at_midnight(history: History, tmp_path: Path, at: float, day: str) -> None:
    lists = {"ann": "a"}
    made = [shelf.rank(tmp_path, day, lists, {"popularity": lists}) for day in (TWO, ONE)]
    events = history([(0, 0, 1, at), (0, 1, 1, 0.999), (0, 2, 1, 3.0)], 1, 5)
    assert by_day(judge(*made, known=shelf.known(events, "ann"))) == [(day, 1, 1.0)]


def test_only_the_first_positive_with_an_item_counts(history: History, tmp_path: Path) -> None:
    # The second play of b, on day 3, is no target of the lists of day 2.
    events = history([(0, 1, 1, 1.5), (0, 1, 1, 2.5)], 1, 5)
    made = [shelf.rank(tmp_path, day, {"ann": "ab"}, {"popularity": {"ann": "ba"}}) for day in (TWO, ONE)]
    assert by_day(judge(*made, known=shelf.known(events, "ann"))) == [(ONE, 1, pytest.approx(SECOND, abs=1e-5))]


def test_users_are_those_of_the_baselines_and_one_without_a_list_counts_0(history: History, tmp_path: Path) -> None:
    events = history([(0, 0, 1, 2.5), (1, 0, 1, 2.5), (2, 0, 1, 2.5)], 3, 5)
    made = shelf.rank(tmp_path, TWO, {"ann": "a", "cat": "a"}, {"popularity": {"ann": "ba", "bob": "a"}})
    assert whole(judge(made, known=shelf.known(events))) == {
        "recsys": (0.5, 2),
        "popularity": (pytest.approx((SECOND + 1) / 2, abs=1e-5), 2),
    }


def test_segments_are_what_was_known_of_a_user_that_day(history: History, tmp_path: Path) -> None:
    events = history([(0, 0, 1, 2.5), (1, 0, 1, 2.5), (2, 0, 1, 2.5)], 3, 5)
    lists = {"ann": "a", "bob": "ba", "cat": "c"}
    made = shelf.rank(tmp_path, TWO, lists, {"popularity": lists}, {"ann": 0, "bob": 4, "cat": 4})
    table = judge(made, known=shelf.known(events)).metrics
    ndcg = table[(table["arm"] == "recsys") & (table["metric"] == "ndcg@10")]
    assert ndcg[["segment", "value", "users"]].to_numpy().tolist() == [
        ["all", pytest.approx((1 + SECOND) / 3, abs=1e-5), 3],
        ["0", 1, 1],
        ["31+", pytest.approx(SECOND / 2, abs=1e-5), 2],
    ]


def test_lists_of_all_shards_are_judged_together(history: History, tmp_path: Path) -> None:
    events = history([(0, 0, 1, 2.5), (1, 0, 1, 2.5)], 2, 5)
    made = [
        shelf.rank(tmp_path, TWO, lists, {"popularity": lists}, shard=str(shard), shards="2")
        for shard, lists in ((1, {"bob": "ba"}), (0, {"ann": "a"}))
    ]
    assert by_day(judge(*made, known=shelf.known(events, "ann bob"))) == [
        (TWO, 2, pytest.approx((1 + SECOND) / 2, abs=1e-5))
    ]


def test_of_two_results_of_a_day_the_one_made_last_is_judged(history: History, tmp_path: Path) -> None:
    events = history([(0, 0, 1, 2.5)], 1, 5)
    made = [
        shelf.rank(tmp_path, TWO, {"ann": listed}, {"popularity": {"ann": "a"}}, whole=name, made_at=at)
        for name, listed, at in (("x", "ba", "2026-01-03T04:00"), ("y", "a", "2026-01-03T02:00"))
    ]
    assert by_day(judge(*made, known=shelf.known(events, "ann"))) == [(TWO, 1, pytest.approx(SECOND, abs=1e-5))]


def test_on_the_first_day_there_is_nothing_to_judge(history: History, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(known=shelf.known(history([(0, 0, 1, 0.5)], 3, 5)))
    assert (len(found.metrics), len(found.ratios), len(found.by_day)) == (0, 0, 0)
    assert list(found.by_day.columns) == ["as_of", "arm", "users", "value", "low", "high"]
    assert caplog.messages == ["evaluate: no lists of earlier days: hindsight starts with the next day"]


def test_lists_that_nobody_came_back_to_are_left_out(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = shelf.rank(tmp_path, TWO, {"ann": "a"}, {"popularity": {"ann": "a"}})
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(made, known=shelf.known(history([(0, 0, 1, 1.5)], 3, 5)))
    assert found.metrics.empty
    assert caplog.messages == [
        f"evaluate: no user with a list of {TWO} has a new positive until {THREE}: the day is skipped"
    ]


def test_a_list_is_judged_until_the_next_day_with_lists_over_a_day_without(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # No lists of day 2: what Ann chooses on day 3 judges those of day 1; on day 4 those of day 3.
    events = history([(0, 1, 1, 2.5), (0, 2, 1, 3.5)], 1, 5)
    made = [shelf.rank(tmp_path, day, {"ann": "abc"}, {"popularity": {"ann": "a"}}) for day in (THREE, ONE)]
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(*made, known=shelf.known(events, "ann"), today=FOUR)
    assert by_day(found) == [(ONE, 1, pytest.approx(SECOND, abs=1e-5)), (THREE, 1, THIRD)]
    assert caplog.messages == [
        f"evaluate: no lists were made between {ONE} and {THREE}: those of {ONE} are judged until then"
    ]


def test_items_that_are_gone_are_misses_in_their_place(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Ann chooses a, before which her list named two items, one of which is gone: a stays the third.
    made = shelf.rank(tmp_path, TWO, {"ann": ["gone", "b", "a", "d"]}, {"popularity": {"ann": ["gone", "a"]}})
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(made, known=shelf.known(history([(0, 0, 1, 2.5)], 1, 5), "ann"))
    assert whole(found) == {"recsys": (THIRD, 1), "popularity": (pytest.approx(SECOND, abs=1e-5), 1)}
    assert caplog.messages == [
        f"evaluate: 25.0% of the places of the lists of {TWO} name items that are gone: they count as misses"
    ]


def test_lists_of_another_catalogue_are_left_out(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = shelf.rank(tmp_path, TWO, {"ann": ["x", "y"]}, {"popularity": {"ann": ["x"]}})
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(made, known=shelf.known(history([(0, 0, 1, 2.5)], 1, 5), "ann"))
    assert found.metrics.empty
    assert caplog.messages == [
        f"evaluate: the catalogue has no item of the lists of {TWO} any more: the day is skipped"
    ]


def test_a_user_who_is_forgotten_is_not_judged(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lists = {"ann": "a", "bob": "b", "zoe": "c"}
    made = shelf.rank(tmp_path, TWO, lists, {"popularity": lists})
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(made, known=shelf.known(history([(0, 0, 1, 2.5), (1, 0, 1, 2.5)], 2, 5), "ann bob"))
    assert whole(found)["recsys"] == (0.5, 2)
    assert caplog.messages == [f"evaluate: 1 users of the lists of {TWO} are not known any more: they are not judged"]


def test_lists_that_lack_a_shard_were_never_live(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lists = {"ann": "ab"}
    half = shelf.rank(tmp_path, TWO, {"ann": "b"}, {"popularity": lists}, shard="1", shards="2")
    before = shelf.rank(tmp_path, ONE, lists, {"popularity": lists})
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(half, before, known=shelf.known(history([(0, 1, 1, 2.5)], 1, 5), "ann"))
    assert by_day(found) == [(ONE, 1, pytest.approx(SECOND, abs=1e-5))]
    assert caplog.messages[0] == (
        f"evaluate: the lists of {TWO} lack shards: those of the day before are judged until the next"
    )


def test_without_baselines_what_was_published_is_judged_alone(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = shelf.rank(tmp_path, TWO, {"ann": "a", "bob": "ba"})
    with caplog.at_level(logging.INFO, "recsys"):
        found = judge(made, known=shelf.known(history([(0, 0, 1, 2.5), (1, 0, 1, 2.5)], 2, 5), "ann bob"))
    assert whole(found) == {"recsys": (pytest.approx((1 + SECOND) / 2, abs=1e-5), 2)}
    assert caplog.messages == [f"evaluate: no baselines beside the lists of {TWO}: these are judged alone"]


def test_a_day_without_baselines_stays_out_of_figures_that_compare(history: History, tmp_path: Path) -> None:
    events = history([(0, 0, 1, 1.5), (0, 1, 1, 2.5)], 1, 5)
    lists = {"ann": "ab"}
    made = shelf.rank(tmp_path, TWO, lists, {"popularity": lists, "own items": lists}), shelf.rank(tmp_path, ONE, lists)
    found = judge(*made, known=shelf.known(events, "ann"))
    assert by_day(found) == [(ONE, 1, 1.0), (TWO, 1, pytest.approx(SECOND, abs=1e-5))]
    assert {arm: round(value, 5) for arm, (value, _) in whole(found).items()} == {
        "recsys": SECOND,
        "popularity": SECOND,
        "own items": SECOND,
    }


def test_an_arm_that_a_day_lacks_is_in_the_figures_of_its_own_days_alone(history: History, tmp_path: Path) -> None:
    events = history([(0, 0, 1, 1.5), (0, 1, 1, 2.5)], 1, 5)
    lists = {"ann": "ab"}
    made = (
        shelf.rank(tmp_path, TWO, lists, {"popularity": lists, "own items": lists}),
        shelf.rank(tmp_path, ONE, lists, {"popularity": lists}),
    )
    found = judge(*made, known=shelf.known(events, "ann"))
    assert list(whole(found)) == ["recsys", "popularity"]
    assert [day for day, *_ in by_day(found, "own items")] == [TWO]


def test_an_order_without_times_gives_no_hindsight(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = shelf.rank(tmp_path, TWO, {"ann": "a"}, {"popularity": {"ann": "a"}})
    with caplog.at_level(logging.INFO, "recsys"):
        assert judge(made, known=shelf.known(history([(0, 0, 1, 2.5)], 3, 5), timed=False)).metrics.empty
    assert caplog.messages == ["evaluate: no hindsight: an order of events does not tell what came after a day"]


def test_many_users_are_judged_by_the_same_sample_on_every_day(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hindsight, "MAX_USERS", 5)
    names = [f"u{number:02}" for number in range(20)]
    events = history([(user, item, 1, day) for user in range(20) for item, day in ((0, 1.5), (1, 2.5))], 20, 5)
    lists = dict.fromkeys(names, "ab")
    made = [shelf.rank(tmp_path, day, lists, {"popularity": lists}) for day in (TWO, ONE)]
    found = judge(*made, known=shelf.known(events, " ".join(names)))
    assert by_day(found) == [(ONE, 5, 1.0), (TWO, 5, pytest.approx(SECOND, abs=1e-5))]
    assert whole(found)["recsys"] == (pytest.approx((1 + SECOND) / 2, abs=1e-5), 5)
