"""A whole day is watched: recorded by the publisher's role, sent on, and forgotten with nothing to forget."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from recsys.errors import SettingsError
from recsys.monitor import record
from recsys.monitor.measures import Measure
from recsys.publish import erasure
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings, load
from recsys.standalone.postgres import Server
from tests.monitor.watched import SHOWN, watch
from tests.publish.day import AS_OF, SOMEBODY, Day, overrides


def recorded(dsn: str) -> dict[tuple[str, str], Measure]:
    with psycopg2.connect(dsn) as db, db.cursor() as cursor:
        return {(one.metric, one.part): one for one in record.read(cursor, AS_OF)[1]}


def test_a_day_is_recorded_and_sent_on(day: Day, store: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(30)
        to = [f"monitor.statsd_port={listening.getsockname()[1]}", "monitor.statsd_host=127.0.0.1"]
        made = watch(day, load([*overrides(day.folder), *to, "monitor.max_lag_days=2"]))
        assert listening.recv(2000).startswith(b"recsys.events:360")
    found = recorded(store)
    assert {key: found[key].value for key in (("events", ""), ("users", ""), ("items", ""), ("lag_days", ""))} == {
        ("events", ""): 360,
        ("users", ""): 30,
        ("items", ""): 40,
        ("lag_days", ""): 4,
    }
    assert found[("quality", "warm/recsys/all")] == Measure("quality", 0.1, "warm/recsys/all", 0.09, 0.11)
    assert found[("evidence", "11-30")].value == 30
    assert found[("coverage", "")].value == 1
    assert made.facts == {"over": "lag_days", "train": "no: no drift over its bound"}
    assert made.rows["over"] == 1
    assert made.metrics["lag_days"] == 4


def test_a_day_of_an_arm_leaves_the_record_of_the_live_set_as_it_is(day: Day, store: str) -> None:
    (published,) = day.made["publish"]
    in_arm = replace(published, facts={**published.facts, "published": "in the arm"})
    made = watch(replace(day, made={**day.made, "publish": (in_arm,)}), load(overrides(day.folder)))
    assert made.facts["train"] == "no: the day of an arm"
    assert recorded(store) == {}


def test_what_users_did_with_what_they_were_shown_is_recorded_and_tracked(day: Day, store: str) -> None:
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute(SHOWN)
    made = watch(day, day.settings())
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM recsys.feedback")
    found = recorded(store)[("ctr", "position/1")]
    assert found.value == made.metrics["ctr"] == 0.4
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.4 < found.high < 1
    assert made.metrics["impressions"] == 10
    assert "value_per_impression" not in made.metrics


def test_the_same_day_again_replaces_what_was_recorded(day: Day, store: str) -> None:
    first, settings = watch(day, day.settings()), day.settings()
    before = recorded(store)
    assert watch(day, settings).metrics == first.metrics
    assert recorded(store) == before


def test_the_publisher_may_record_and_a_stranger_may_not(
    day: Day, store: str, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.create_database("unused", "watcher")
    with psycopg2.connect(postgres.dsn("watched", "postgres")) as db, db.cursor() as cursor:
        cursor.execute("ALTER ROLE watcher NOCREATEROLE")
    monkeypatch.setenv("RECSYS_DATABASE_URL", postgres.dsn("watched", "watcher"))
    with pytest.raises(SettingsError, match="may not do that"):
        watch(day, day.settings())
    with psycopg2.connect(postgres.dsn("watched", "postgres")) as db, db.cursor() as cursor:
        cursor.execute("GRANT watched_publisher TO watcher")
    assert watch(day, day.settings()).rows["measures"] > 10


def test_a_store_that_is_not_migrated_says_what_to_do(day: Day, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", database)
    with pytest.raises(SettingsError, match="recsys migrate"):
        watch(day, day.settings())


def test_nothing_that_is_recorded_names_a_user_so_nothing_is_left_of_one_forgotten(
    day: Day, store: str, tmp_path: Path
) -> None:
    mine = day.copied(tmp_path / "mine")
    publish(store, mine.draft(), DatabaseSettings())
    watch(mine, mine.settings())
    erasure.forget(store, mine.settings(), SOMEBODY)
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE m::text LIKE %s) FROM recsys.monitor AS m", (f"%{SOMEBODY}%",)
        )
        assert cursor.fetchone()[0] > 10
        cursor.execute("SELECT count(*) FROM recsys.monitor AS m WHERE m::text ~ 'u[0-9]{2}'")
        assert cursor.fetchone() == (0,)


def test_what_a_day_cost_is_recorded_by_stage_and_for_a_thousand_users(day: Day, store: str) -> None:
    watch(day, day.settings())
    found = recorded(store)
    assert found["cpu_seconds", "stage/load"].value == 1.5
    assert found["cpu_seconds", "stage/signals"].value > 0
    assert found["cost", "stage/signals"].value < found["cost", ""].value
    assert found["cost_per_1000_users", ""].value == pytest.approx(found["cost", ""].value / 30 * 1000)
