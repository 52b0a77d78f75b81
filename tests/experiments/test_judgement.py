"""Looks at a running experiment through the store: what is seen of feedback, and what becomes of the arms."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg2
import pytest

from recsys.errors import SettingsError
from recsys.experiments import state
from recsys.experiments.control import end, start, switch
from recsys.experiments.exposure import exposure
from recsys.experiments.judgement import judge
from recsys.experiments.plan import plan
from recsys.publish.arms import bucket
from tests.experiments.conftest import Shop

Ask = Callable[..., list[tuple[Any, ...]]]


def begin(shop: Shop, steps: str = "20,50", arms: str = "", metric: str = "ctr") -> state.Experiment:
    made = start(shop.dsn, plan("first", arms, [f"challenger={shop.other}"], steps, metric, 0.2, 50), "ann")
    shop.passed(1)
    return made


def test_a_canary_grows_and_is_promoted_when_it_is_surely_better(shop: Shop, ask: Ask) -> None:
    begin(shop)
    rng = np.random.default_rng(0)
    shop.day(rng, 1000, 0.2, +1.0)
    assert [judged.verdict.action for judged in judge(shop.dsn, actor="robot")] == ["grow"]
    assert ask("SELECT bucket_to - bucket_from FROM recsys.arm") == [(5000,)]
    assert [judged.verdict.action for judged in judge(shop.dsn)] == ["promote"], "what was known before still counts"
    assert ask("SELECT pub_id FROM recsys.live") == [(shop.other,)]
    assert ask("SELECT count(*) FROM recsys.arm") == [(0,)]
    ((outcome, ended),) = ask("SELECT outcome, ended_at IS NOT NULL FROM recsys.experiment")
    assert outcome.startswith("challenger promoted: surely better (+")
    assert ended
    ((users, low, p),) = ask(
        "SELECT users, low, mismatch FROM recsys.experiment_decision WHERE action = 'grow' AND actor = 'robot'"
    )
    assert users > 100
    assert p > 0.001
    assert low > 0


def test_a_canary_that_is_surely_worse_is_withdrawn_at_once(shop: Shop, ask: Ask) -> None:
    begin(shop)
    shop.day(np.random.default_rng(0), 1000, 0.3, -0.7)
    assert [judged.verdict.action for judged in judge(shop.dsn)] == ["withdraw"]
    assert ask("SELECT pub_id FROM recsys.live") == [(shop.live,)]
    assert ask("SELECT count(*) FROM recsys.arm") == [(0,)]
    with pytest.raises(SettingsError, match="no such experiment runs"):
        judge(shop.dsn)


def test_too_few_users_are_waited_for(shop: Shop, ask: Ask) -> None:
    begin(shop)
    shop.day(np.random.default_rng(0), 60, 0.3, 0.0)
    (judged,) = judge(shop.dsn)
    assert (judged.verdict.action, judged.look.value) == ("wait", None)
    assert ask("SELECT action FROM recsys.experiment_decision ORDER BY decided_at") == [("start",), ("wait",)]


def test_an_arm_that_loses_users_stops_every_automatic_decision(shop: Shop, ask: Ask) -> None:
    begin(shop)
    shop.day(np.random.default_rng(0), 1000, 0.3, -0.7, lost=0.5)
    (judged,) = judge(shop.dsn)
    assert judged.verdict.action == "wait"
    assert "sample ratio mismatch" in judged.verdict.why
    assert ask("SELECT count(*) FROM recsys.arm") == [(1,)]


def test_without_steps_a_look_decides_nothing_and_is_recorded(shop: Shop, ask: Ask) -> None:
    begin(shop, "", "champion=50,challenger=50")
    shop.day(np.random.default_rng(0), 1000, 0.2, +1.0)
    (judged,) = judge(shop.dsn)
    assert judged.verdict.action == "wait"
    assert judged.look.low is not None
    assert judged.look.low > 0
    assert ask("SELECT low FROM recsys.experiment_decision WHERE action = 'wait'") == [(judged.look.low,)]


def test_two_challengers_are_each_compared_with_the_champion(shop: Shop) -> None:
    start(shop.dsn, plan("first", "champion=40,a=30,b=30", [f"a={shop.other}"], "", "ctr"))
    shop.passed(1)
    shop.day(np.random.default_rng(0), 600, 0.2, +1.0)
    first, second = judge(shop.dsn)
    assert (first.arm, second.arm) == ("a", "b")
    assert first.look.value == pytest.approx(0.2, abs=0.08)
    assert second.look.value == pytest.approx(0.2, abs=0.08)


def test_impressions_and_outcomes_are_counted_by_step_user_and_metric(shop: Shop) -> None:
    made = begin(shop, "", "champion=50,challenger=50", metric="value")
    inside, outside = (
        next(f"u{number}" for number in range(99) if (bucket(made.key, f"u{number}") < 5000) is side)
        for side in (True, False)
    )
    now = datetime.now(UTC)
    shop.happen(
        [
            (inside, "x", "impression", now),
            (inside, "y", "impression", now),
            (outside, "x", "impression", now),
            (outside, "x", "click", now),
            (inside, "z", "impression", now - timedelta(days=9)),
        ]
    )
    shop.happen([(inside, "x", "buy", now)], value=7.5)
    shop.happen([(inside, "x", "purchase", now)], value=None)
    switch(shop.dsn, "first", {"champion": 0.5, "challenger": 99.5})
    shop.happen([(outside, "x", "impression", now + timedelta(hours=1))])
    with psycopg2.connect(shop.dsn) as db, db.cursor() as work:
        found = state.running(work, "first")
        steps = [(step.began_at, step.shares) for step in found.steps]
        values = exposure(work, found.key, "value", found.arms, steps)
        clicks = exposure(work, found.key, "ctr", found.arms, steps)
    assert [values.users(number) for number in (0, 1)] == [
        {"champion": 1, "challenger": 1},
        {"champion": 0, "challenger": 1},
    ]
    outcomes = values.outcomes("challenger")
    assert outcomes.shown.sum(1).tolist() == [3, 1]
    assert outcomes.total.sum(1).tolist() == [7.5, 0]
    assert outcomes.total[outcomes.treated].sum() == 7.5
    assert clicks.total.sum() == 1
    assert clicks.outcomes("challenger").total[clicks.outcomes("challenger").treated].sum() == 0


def test_an_experiment_that_has_ended_is_not_judged(shop: Shop) -> None:
    begin(shop)
    end(shop.dsn, "first")
    with pytest.raises(SettingsError, match="no such experiment runs"):
        judge(shop.dsn, "first")


def test_a_publication_of_an_earlier_day_than_the_live_one_is_not_promoted_by_itself(shop: Shop, ask: Ask) -> None:
    begin(shop)
    shop.day(np.random.default_rng(0), 1000, 0.2, +1.0)
    judge(shop.dsn)
    ask("UPDATE recsys.arm SET as_of = as_of - 1 RETURNING 1")
    (judged,) = judge(shop.dsn)
    assert judged.verdict.action == "wait"
    assert "of an earlier day than what is live" in judged.verdict.why
    assert ask("SELECT pub_id FROM recsys.live") == [(shop.live,)]
