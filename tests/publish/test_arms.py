"""An experiment runs while days are published, rolled back, refreshed, cleaned, and users are forgotten."""

import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from recsys.errors import GateError, SettingsError, TransientError
from recsys.publish import arms, loading, maintenance, overlay
from recsys.publish.arms import bucket
from recsys.publish.erasure import forget
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.publish.refresh import refresh
from recsys.settings import DatabaseSettings
from tests.publish import dying
from tests.publish.day import AS_OF, SOMEBODY, Day
from tests.publish.test_refresh import NEXT, NOW

LIMITS = DatabaseSettings(min_overlap=0, min_coverage=0, keep_publications=2)
INTO_ARM = LIMITS.model_copy(update={"arm": "challenger"})
ALLOCATE = """
    INSERT INTO recsys.arm (experiment, arm, key, bucket_from, bucket_to, pub_id, as_of, model_version)
    SELECT 'first', 'challenger', 'key', 0, 5000, pub_id, as_of, model_version
    FROM recsys.publication WHERE pub_id = %s RETURNING arm
"""
SHOWN = "SELECT publication, array_agg(DISTINCT user_id ORDER BY user_id) FROM recommendations GROUP BY 1 ORDER BY 1"
USERS = [f"u{number}" for number in range(12)]
INSIDE = [user for user in USERS if bucket("key", user) < 5000]
OUTSIDE = [user for user in USERS if bucket("key", user) >= 5000]
Ask = Callable[..., list[tuple[Any, ...]]]
Write = Any


def lists(item: str = "a") -> dict[str, list[tuple[str, float]]]:
    return {user: [(item, 1.0)] for user in USERS}


@pytest.fixture
def arm(store: str, write: Write, ask: Ask) -> str:
    """A store in which an arm of half of the users shows publication 1, and all others see 2, of a later day."""
    for day in ("2026-01-09", "2026-01-10"):
        publish(store, write(lists(), day), LIMITS)
    ask(ALLOCATE, 1)
    return store


def test_a_run_for_an_arm_moves_the_arm_and_nothing_else(arm: str, write: Write, ask: Ask) -> None:
    made = publish(arm, write(lists("b"), "2026-01-11"), INTO_ARM)
    assert made.published == "in the arm"
    assert dict(ask(SHOWN)) == {2: sorted(OUTSIDE), 3: sorted(INSIDE)}
    assert ask("SELECT pub_id FROM recsys.live") == [(2,)]
    assert ask("SELECT as_of::text, model_version FROM recsys.arm") == [("2026-01-11", "model-1")]
    assert ask("SELECT published_at FROM recsys.publication WHERE pub_id = 3") == [(None,)]
    assert len(ask("SELECT * FROM recsys.pointer_move")) == 2


def test_the_same_run_again_stores_and_moves_nothing(arm: str, write: Write, ask: Ask) -> None:
    draft = write(lists("b"), "2026-01-11")
    for _ in range(3):
        loading.load_shard(arm, draft, 0, INTO_ARM)
        assert publish(arm, draft, INTO_ARM).published == "in the arm"
    assert ask("SELECT max(pub_id) FROM recsys.publication") == [(3,)]


def test_a_run_for_an_arm_passes_the_same_gates(arm: str, write: Write, ask: Ask) -> None:
    strict = INTO_ARM.model_copy(update={"min_coverage": 0.5})
    with pytest.raises(GateError, match="so few users"):
        publish(arm, write({"u1": [("b", 1.0)]}, "2026-01-11"), strict)
    with pytest.raises(GateError):
        publish(arm, write({"u1": [("ghost", 1.0)]}, "2026-01-11"), INTO_ARM)
    assert dict(ask(SHOWN)) == {1: sorted(INSIDE), 2: sorted(OUTSIDE)}


def test_an_arm_goes_forward_in_days_unless_forced(arm: str, write: Write, ask: Ask) -> None:
    publish(arm, write(lists("b"), "2026-01-12"), INTO_ARM)
    older = write(lists("c"), "2026-01-11")
    assert publish(arm, older, INTO_ARM).published == "stored: a later day is live"
    assert publish(arm, older, INTO_ARM.model_copy(update={"force": True})).published == "in the arm"
    assert ask("SELECT as_of::text FROM recsys.arm") == [("2026-01-11",)]


def test_a_run_for_an_arm_that_does_not_run_stores_nothing(store: str, write: Write, ask: Ask) -> None:
    draft = write(lists())
    with pytest.raises(SettingsError, match="no arm of this name runs"):
        publish(store, draft, INTO_ARM)
    with pytest.raises(SettingsError, match="no arm of this name runs"):
        loading.load_shard(store, draft, 0, INTO_ARM)
    assert ask("SELECT count(*) FROM recsys.publication") == [(0,)]


def test_a_new_day_of_the_champion_leaves_the_arm_as_it_is(arm: str, write: Write, ask: Ask) -> None:
    assert publish(arm, write(lists("b"), "2026-01-11"), LIMITS).published == "yes"
    assert dict(ask(SHOWN)) == {1: sorted(INSIDE), 3: sorted(OUTSIDE)}


def test_a_rollback_leaves_the_arm_as_it_is(arm: str, write: Write, ask: Ask) -> None:
    publish(arm, write(lists("b"), "2026-01-11"), INTO_ARM)
    assert rollback(arm) == 1, "what only an arm showed is no publication to roll back to"
    assert dict(ask(SHOWN)) == {1: sorted(OUTSIDE), 3: sorted(INSIDE)}


def test_a_rollback_takes_along_an_arm_that_shows_what_is_rolled_back_from(arm: str, write: Write, ask: Ask) -> None:
    ask("UPDATE recsys.arm SET pub_id = 2 RETURNING arm")
    assert rollback(arm) == 1
    assert dict(ask(SHOWN)) == {1: sorted(USERS)}
    assert ask("SELECT pub_id, as_of::text FROM recsys.arm") == [(1, "2026-01-09")]
    assert rollback(arm, 2) == 2
    assert dict(ask(SHOWN)) == {1: sorted(INSIDE), 2: sorted(OUTSIDE)}


def test_publications_of_arms_take_no_place_of_those_that_can_be_rolled_back_to(
    arm: str, write: Write, ask: Ask
) -> None:
    for day in range(11, 16):
        publish(arm, write(lists("b"), f"2026-01-{day}"), INTO_ARM)
    publish(arm, write(lists("a"), "2026-01-16"), LIMITS)
    publish(arm, write(lists("a"), "2026-01-15"), INTO_ARM.model_copy(update={"force": True}))
    assert ask("SELECT array_agg(pub_id ORDER BY pub_id) FROM recsys.publication") == [([2, 7, 8, 9],)]
    assert rollback(arm) == 2


def test_what_an_arm_shows_is_kept_however_old(arm: str, write: Write, ask: Ask) -> None:
    for day in range(11, 20):
        publish(arm, write(lists("b"), f"2026-01-{day}"), LIMITS)
    assert ask("SELECT pub_id FROM recsys.publication ORDER BY 1 LIMIT 1") == [(1,)]
    assert ask(SHOWN)[0] == (1, sorted(INSIDE))
    ask("DELETE FROM recsys.arm RETURNING arm")
    publish(arm, write(lists("b"), "2026-01-21"), LIMITS)
    assert ask("SELECT count(*) FROM recsys.publication WHERE pub_id = 1") == [(0,)]


def test_a_publisher_killed_anywhere_leaves_both_as_they_were_and_a_rerun_publishes(
    arm: str, write: Write, ask: Ask
) -> None:
    draft = write(lists("b"), "2026-01-11")
    before = ask(SHOWN)
    command = [sys.executable, dying.__file__, arm, pickle.dumps(draft).hex(), "challenger"]
    points = (3, 9, "copy", 12, 15, 18, 21, 24)
    ended = subprocess.run(
        command, input="".join(f"{point}\n" for point in points), capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["-9"] * len(points)
    assert ask("SELECT pub_id FROM recsys.live") == [(2,)]
    assert ask(SHOWN) == before
    assert publish(arm, draft, INTO_ARM).published == "in the arm"
    assert dict(ask(SHOWN)) == {2: sorted(OUTSIDE), 3: sorted(INSIDE)}


@pytest.fixture
def canary(store: str, mine: Day, ask: Ask) -> str:
    """A store in which the arm's publication 2 was made by the same models as the live one, 1."""
    publish(store, mine.draft(), LIMITS)
    publish(store, dataclasses.replace(mine.draft(), fingerprint="of the arm"), LIMITS)
    rollback(store)
    ask("UPDATE recsys.publication SET published_at = NULL, status = 'published' WHERE pub_id = 2 RETURNING pub_id")
    ask(ALLOCATE, 2)
    return store


def side(inside: bool) -> str:
    """A user of the shop who is in the arm, or is not."""
    return next(user for user in (f"u{number:02}" for number in range(1, 30)) if (bucket("key", user) < 5000) is inside)


def test_a_refresh_lays_lists_over_each_users_own_set(canary: str, mine: Day, ask: Ask) -> None:
    inside, outside = side(True), side(False)
    mine.goes_on([(inside, "i01"), (outside, "i02")])
    made = refresh(canary, mine.settings(), NEXT)
    assert (made.pub_id, made.users, made.overlaid) == (1, 2, 2)
    assert dict(ask("SELECT user_id, pub_id FROM recsys.overlay_list")) == {inside: 2, outside: 1}
    for user, pub_id in ((inside, 2), (outside, 1)):
        assert ask("SELECT publication, as_of FROM recommend_list(%s)", user) == [(pub_id, NEXT)]
    assert refresh(canary, mine.settings(), NEXT).users == 0


def test_a_list_laid_over_by_an_arms_models_is_in_force_in_the_arm_alone(canary: str, mine: Day, ask: Ask) -> None:
    inside = side(True)
    mine.goes_on([(inside, "i01")])
    refresh(canary, mine.settings(), NEXT)
    ask("DELETE FROM recsys.arm RETURNING arm")
    with psycopg2.connect(canary) as db, db.cursor() as work:
        arms.settle(work, 1)
    assert ask("SELECT count(*) FROM recsys.overlay_list") == [(0,)]
    assert ask("SELECT publication, as_of FROM recommend_list(%s)", inside) == [(1, AS_OF)]


def test_a_rollback_keeps_what_is_laid_over_an_arm(canary: str, mine: Day, ask: Ask) -> None:
    inside = side(True)
    mine.goes_on([(inside, "i01")])
    refresh(canary, mine.settings(), NEXT)
    publish(canary, dataclasses.replace(mine.draft(), fingerprint="another"), LIMITS)
    rollback(canary, 1)
    assert ask("SELECT publication, as_of FROM recommend_list(%s)", inside) == [(2, NEXT)]
    maintenance.maintain(canary, mine.settings(), NOW)
    assert ask("SELECT count(*) FROM recsys.overlay_list") == [(1,)]


def test_arms_that_change_during_a_refresh_ask_for_another_try(
    canary: str, mine: Day, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*given: Any) -> Any:
        ask("UPDATE recsys.arm SET bucket_to = 9000 RETURNING arm")
        return lay(*given)

    lay = overlay.lay
    mine.goes_on([(side(True), "i01"), (side(False), "i01")])
    monkeypatch.setattr(overlay, "lay", changed)
    with pytest.raises(TransientError, match="run the refresh again"):
        refresh(canary, mine.settings(), NEXT)


def test_a_user_of_an_arm_is_forgotten(canary: str, mine: Day, ask: Ask) -> None:
    ask("UPDATE recsys.arm SET bucket_to = 10000 RETURNING arm")
    mine.goes_on([(SOMEBODY, "i01")])
    refresh(canary, mine.settings(), NEXT)
    assert ask("SELECT publication, audience FROM recommend_list(%s)", SOMEBODY) == [(2, "user")]
    forget(canary, mine.settings(), SOMEBODY)
    assert ask("SELECT publication, audience FROM recommend_list(%s)", SOMEBODY) == [(2, "population")]
    for table in ("recommendation_list", "trace_list", "overlay_list"):
        assert ask(f"SELECT count(*) FROM recsys.{table} WHERE user_id = %s", SOMEBODY) == [(0,)], table
    mine.goes_on([(side(True), "i03")])
    with pytest.raises(GateError, match="forgotten"):
        refresh(canary, mine.settings(), NEXT)


def test_a_refresh_goes_on_for_an_arm_that_shows_an_older_day(canary: str, mine: Day, ask: Ask) -> None:
    newer = dataclasses.replace(mine.draft(), as_of=NEXT, fingerprint="newer")
    publish(canary, newer, LIMITS)
    mine.goes_on([(side(True), "i01")])
    assert refresh(canary, mine.settings(), NEXT).overlaid >= 1
    assert ask("SELECT publication FROM recommend_list(%s)", side(True)) == [(2,)]
