"""Experiments are started, changed and ended whole, one at a time, and every decision is on record."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from recsys.errors import SettingsError, TransientError
from recsys.experiments.allocation import parse
from recsys.experiments.control import end, start, switch
from recsys.experiments.plan import Plan, plan
from recsys.publish import loading
from recsys.publish.arms import bucket
from recsys.publish.publication import publish
from tests.experiments.conftest import LIMITS, Shop, lists
from tests.publish.conftest import Write

Ask = Callable[..., list[tuple[Any, ...]]]
LISTS = "SELECT publication, count(DISTINCT user_id) FROM recommendations GROUP BY 1 ORDER BY 1"


def first(shop: Shop, arms: str = "champion=50,challenger=50", steps: str = "", name: str = "first") -> Plan:
    return plan(name, arms, [f"challenger={shop.other}"], steps, "ctr")


def test_users_of_an_arm_are_shown_its_publication_from_the_start_to_the_end(shop: Shop, ask: Ask) -> None:
    assert ask(LISTS) == [(shop.live, 20)]
    made = start(shop.dsn, first(shop), "ann")
    inside = {f"u{number}" for number in range(20) if bucket(made.key, f"u{number}") < 5000}
    assert {user for (user,) in ask("SELECT user_id FROM recommendations WHERE publication = %s", shop.other)} == inside
    ended = end(shop.dsn, "first", actor="ann")
    assert (ended.status, ended.outcome, ask(LISTS)) == ("ended", "ended by hand", [(shop.live, 20)])
    assert ask("SELECT count(*) FROM recsys.arm") == [(0,)]


def test_every_decision_names_who_made_it_when_and_why(shop: Shop, ask: Ask) -> None:
    start(shop.dsn, first(shop, "champion=90,challenger=10"), "ann")
    switch(shop.dsn, "first", parse("champion=80,challenger=20"), "bob")
    end(shop.dsn, "first", "challenger", "cleo")
    found = ask("SELECT action, arm, actor, why, pub_id FROM recsys.experiment_decision ORDER BY decided_at")
    assert found == [
        ("start", "challenger", "ann", f"champion 90%, challenger 10%; publication {shop.other}", shop.other),
        (
            "switch",
            "challenger",
            "bob",
            "champion 90%, challenger 10% before; champion 80%, challenger 20% now",
            shop.other,
        ),
        ("promote", "challenger", "cleo", "by hand", shop.other),
    ]
    assert ask("SELECT pub_id, before, why, actor FROM recsys.pointer_move ORDER BY moved_at DESC LIMIT 1") == [
        (shop.other, shop.live, "promoted", "cleo")
    ]


def test_growth_keeps_every_user_who_was_in(shop: Shop, ask: Ask) -> None:
    start(shop.dsn, first(shop, "champion=70,challenger=30"))
    before = set(ask("SELECT user_id FROM recommendations WHERE publication = %s", shop.other))
    switch(shop.dsn, "first", parse("champion=20,challenger=80"))
    after = set(ask("SELECT user_id FROM recommendations WHERE publication = %s", shop.other))
    assert before < after
    assert ask("SELECT number, shares ->> 'challenger' FROM recsys.experiment_step ORDER BY 1") == [
        (0, "30.0"),
        (1, "80.0"),
    ]


def test_an_arm_without_users_comes_back_with_what_it_showed(shop: Shop, ask: Ask) -> None:
    start(shop.dsn, first(shop))
    switch(shop.dsn, "first", parse("champion=100,challenger=0"))
    assert ask(LISTS) == [(shop.live, 20)]
    switch(shop.dsn, "first", parse("champion=1,challenger=99"))
    assert sum(users for pub_id, users in ask(LISTS) if pub_id == shop.other) >= 17


def test_what_an_arm_without_users_showed_is_kept_until_the_experiment_ends(shop: Shop, write: Write, ask: Ask) -> None:
    start(shop.dsn, first(shop))
    switch(shop.dsn, "first", parse("champion=100,challenger=0"))
    few = LIMITS.model_copy(update={"keep_publications": 1})
    for day in (11, 12, 13):
        publish(shop.dsn, write(lists("a"), f"2026-01-{day}"), few)
    kept = "SELECT count(*) FROM recsys.publication WHERE pub_id = %s"
    assert ask(kept, shop.other) == [(1,)]
    end(shop.dsn, "first")
    publish(shop.dsn, write(lists("a"), "2026-01-14"), few)
    assert ask(kept, shop.other) == [(0,)]


def test_a_promoted_arm_is_live_for_everybody_and_can_be_rolled_back(shop: Shop, ask: Ask) -> None:
    start(shop.dsn, first(shop))
    end(shop.dsn, "first", promoted="challenger")
    assert ask(LISTS) == [(shop.other, 20)]
    assert ask("SELECT pub_id FROM recsys.live") == [(shop.other,)]
    assert ask("SELECT count(*) FROM recsys.arm") == [(0,)]


def test_a_promoted_champion_stays(shop: Shop, ask: Ask) -> None:
    start(shop.dsn, first(shop))
    assert end(shop.dsn, "first", promoted="champion").outcome == "champion promoted by hand"
    assert ask(LISTS) == [(shop.live, 20)]


def test_a_promotion_that_breaks_off_leaves_arms_and_live_set_as_they_were(
    shop: Shop, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise psycopg2.OperationalError("the server went away")

    start(shop.dsn, first(shop))
    before = ask(LISTS)
    monkeypatch.setattr("recsys.experiments.state.end", gone)
    with pytest.raises(TransientError):
        end(shop.dsn, "first", promoted="challenger")
    assert ask(LISTS) == before
    assert ask("SELECT pub_id FROM recsys.live") == [(shop.live,)]
    assert ask("SELECT status FROM recsys.experiment") == [("running",)]


def test_one_experiment_runs_at_a_time_and_a_name_is_used_once(shop: Shop) -> None:
    start(shop.dsn, first(shop))
    with pytest.raises(SettingsError, match="runs already") as raised:
        start(shop.dsn, first(shop, name="second"))
    assert "recsys experiment end first" in str(raised.value)
    end(shop.dsn, "first")
    with pytest.raises(SettingsError, match="made before"):
        start(shop.dsn, first(shop))
    start(shop.dsn, first(shop, name="second"))


def test_two_experiments_have_keys_of_their_own(shop: Shop) -> None:
    keys = set()
    for name in ("first", "second"):
        keys.add(start(shop.dsn, first(shop, name=name)).key)
        end(shop.dsn, name)
    assert len(keys) == 2


def test_an_arm_shows_nothing_that_was_never_checked_or_is_not_kept(shop: Shop, write: Write) -> None:
    loading.load_shard(shop.dsn, write({"u0": [("a", 1.0)]}, "2026-01-11"), 0, LIMITS)
    for number, seen in ((99, "not kept"), (3, "it is loading")):
        with pytest.raises(SettingsError, match="cannot show this publication") as raised:
            start(shop.dsn, plan("first", "champion=50,challenger=50", [f"challenger={number}"], "", "ctr"))
        assert seen in str(raised.value)
    start(shop.dsn, first(shop))


def test_other_arms_and_other_experiments_are_refused(shop: Shop) -> None:
    with pytest.raises(SettingsError, match="no such experiment runs"):
        end(shop.dsn, "first")
    start(shop.dsn, first(shop))
    with pytest.raises(SettingsError, match="not the arms of the experiment"):
        switch(shop.dsn, "first", parse("champion=50,other=50"))
    with pytest.raises(SettingsError, match="no such arm to promote"):
        end(shop.dsn, "first", promoted="other")
    with pytest.raises(SettingsError, match="no such experiment runs"):
        switch(shop.dsn, "second", parse("champion=50,challenger=50"))


def test_before_the_first_publication_there_is_no_champion(store: str) -> None:
    with closing(psycopg2.connect(store)) as db, db, db.cursor() as work:
        work.execute("CREATE TABLE IF NOT EXISTS recsys.feedback (occurred_at timestamptz)")
    with pytest.raises(SettingsError, match="there is no champion"):
        start(store, plan("first", "champion=50,challenger=50", [], "", "ctr"))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"steps": "5,1"}, "no growing shares"),
        ({"steps": "0,5"}, "no growing shares"),
        ({"steps": "x"}, "no growing"),
        ({"steps": "5,100"}, "no growing"),
        ({"arms": "champion=90,challenger=10", "steps": "1,5"}, "first step"),
        ({"arms": "champion=80,a=10,b=10", "steps": "10,50"}, "one challenger"),
        ({"metric": "likes"}, "no such metric"),
        ({"publications": ["champion=3"]}, "no such challenger"),
        ({"publications": ["challenger=x"]}, "cannot be read"),
        ({"arms": "champion=100,challenger=0"}, "has no users"),
        ({"arms": "champion=99.999,challenger=0.001"}, "nobody"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_option(given: dict[str, Any], problem: str) -> None:
    words = {"arms": "champion=50,challenger=50", "publications": [], "steps": "", "metric": "ctr", **given}
    with pytest.raises(SettingsError, match=problem) as raised:
        plan("first", **words)
    assert "--" in str(raised.value)


def test_of_feedback_of_two_days_what_can_be_found_in_two_days_is_named(shop: Shop) -> None:
    now = datetime.now(UTC)
    shop.happen(
        [
            (f"u{user}", "i", action, now - timedelta(hours=30, seconds=user))
            for user in range(100)
            for action in ("impression", *(["click"] if user % 2 else []))
        ]
    )
    assert [known.days for known in start(shop.dsn, first(shop)).detectable] == [2]


def test_a_start_names_what_can_be_found_by_the_days_before(shop: Shop) -> None:
    assert start(shop.dsn, first(shop)).detectable == []
    end(shop.dsn, "first")
    now = datetime.now(UTC)
    rows = [
        (f"u{user}", "i", action, now - timedelta(days=day, seconds=user))
        for day in (1, 5, 20)
        for user in range(400)
        for action in ("impression", *(["click"] if user % 5 == day % 5 else []))
    ]
    shop.happen(rows)
    made = start(shop.dsn, first(shop, name="second"))
    assert [known.days for known in made.detectable] == [7, 14]
    assert made.detectable[0].users == 400
    assert made.baseline == pytest.approx(0.2)
    assert 0.1 < made.detectable[0].relative < 1
