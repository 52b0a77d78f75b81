"""Who is in which bucket: the same in Python and in the database, uniform, and independent between experiments."""

from contextlib import closing

import numpy as np
import psycopg2
import pytest
from scipy.stats import chi2_contingency, chisquare

from recsys.experiments.allocation import BUCKETS, ranges
from recsys.publish.arms import Arm, Shown, bucket
from recsys.publish.pointer import Live
from tests.experiments.conftest import Shop

MANY = 100_000


def buckets(key: str) -> np.ndarray:
    return np.array([bucket(key, f"user {number}") for number in range(MANY)])


def test_a_hundred_thousand_users_have_the_same_bucket_in_python_and_in_the_database(store: str) -> None:
    names = [f"{prefix}{number}" for number in range(MANY // 4) for prefix in ("user ", "ü:", "\\'%", "李")]
    with closing(psycopg2.connect(store)) as db, db.cursor() as work:
        work.execute(
            "SELECT array_agg(recsys.bucket('a key', name) ORDER BY place)"
            " FROM unnest(%s) WITH ORDINALITY AS given (name, place)",
            (names,),
        )
        (found,) = work.fetchone()
    assert found == [bucket("a key", name) for name in names]


def test_buckets_are_uniform_and_those_of_two_keys_have_nothing_to_do_with_each_other() -> None:
    one_key, other_key = buckets("one key"), buckets("other key")
    assert chisquare(np.bincount(one_key, minlength=BUCKETS)).pvalue > 0.001
    table = np.histogram2d(one_key, other_key, bins=20)[0]
    assert chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("share", [1.0, 10.0, 50.0])
def test_a_share_of_the_buckets_is_that_share_of_the_users(share: float) -> None:
    first, last = ranges(["challenger"], {"champion": 100 - share, "challenger": share})["challenger"]
    found = buckets("a key")
    inside = int(((first <= found) & (found < last)).sum())
    assert chisquare([inside, MANY - inside], [MANY * share / 100, MANY * (100 - share) / 100]).pvalue > 0.001


def test_a_user_is_shown_what_the_arm_of_the_bucket_shows_and_else_what_is_live() -> None:
    import datetime

    day = datetime.date(2026, 1, 10)
    arms = (Arm("e", "a", "key", 0, 3000, 7, day), Arm("e", "b", "key", 6000, BUCKETS, 8, day))
    shown = Shown(Live(5, day, 1), arms)
    assert shown.pub_ids == (5, 7, 8)
    for number in range(100):
        place = bucket("key", str(number))
        assert shown.to(str(number)) == (7 if place < 3000 else 8 if place >= 6000 else 5)


def test_the_database_shows_the_same_to_every_user(shop: Shop) -> None:
    from recsys.experiments.control import start
    from recsys.experiments.plan import plan
    from recsys.publish import arms

    start(shop.dsn, plan("first", "champion=60,challenger=40", [f"challenger={shop.other}"], "", "ctr"))
    with closing(psycopg2.connect(shop.dsn)) as db, db.cursor() as work:
        shown = arms.shown(work)
        assert shown is not None
        work.execute("SELECT user_id, publication FROM recommendations")
        listed = dict(work.fetchall())
        assert len(listed) == 20
        assert set(listed.values()) == {shop.live, shop.other}
        assert listed == {user: shown.to(user) for user in listed}
        for stranger in ("nobody", "somebody", "anybody"):
            work.execute("SELECT DISTINCT publication FROM recommend(%s)", (stranger,))
            assert work.fetchall() == [(shown.to(stranger),)]
