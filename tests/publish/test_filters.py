"""Reading with filters, without what is sold out, and by the arm of an experiment."""

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone.postgres import Server
from tests.publish.conftest import write_lists
from tests.publish.test_roles import member

LIMITS = DatabaseSettings(min_overlap=0)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]
OWN = {"u1": [("a", 3.0), ("b", 2.0)], "u2": [("c", 1.0)]}


@pytest.fixture
def live(store: str, write: Write) -> str:
    """A store in which u1 has a, b and u2 has c; the population has c, b."""
    assert publish(store, write(OWN), LIMITS).published == "yes"
    return store


def items(ask: Ask, call: str, *values: object) -> list[str]:
    return [item for (item,) in ask(f"SELECT item_id FROM recommend({call})", *values)]


def test_an_answer_names_its_publication_and_an_id_from_which_both_can_be_derived(live: str, ask: Ask) -> None:
    for answer in ("recommend(%s, 1)", "recommend_list(%s)"):
        assert ask(f"SELECT publication, recommendation_id FROM {answer}", "u1") == [(1, "1:u1")]
        assert ask(f"SELECT audience, recommendation_id FROM {answer}", "who?") == [("population", "1:who?")]
    assert ask("SELECT DISTINCT publication, recommendation_id FROM recommendations ORDER BY 2") == [
        (1, "1:u1"),
        (1, "1:u2"),
    ]


def test_filters_keep_the_order_and_the_population_fills_up(live: str, ask: Ask) -> None:
    assert ask("SELECT rank, item_id, audience FROM recommend('u1', exclude => ARRAY['a'])") == [
        (1, "b", "user"),
        (2, "c", "population"),
    ]
    assert items(ask, "'u1', among => ARRAY['b', 'c', 'nothing']") == ["b", "c"]
    assert items(ask, "'u1', categories => ARRAY['kind b', 'kind c']") == ["b", "c"]
    assert items(ask, "'u1', 1, categories => ARRAY['all'], exclude => ARRAY['a'], among => ARRAY['b', 'c']") == ["b"]
    assert items(ask, "'who?', exclude => ARRAY['c']") == ["b"]


def test_without_a_filter_nothing_of_the_population_is_added(live: str, ask: Ask) -> None:
    assert items(ask, "'u1', 50") == ["a", "b"]


@pytest.mark.parametrize("nothing", ["categories => '{}'", "among => '{}'", "categories => ARRAY['no such']"])
def test_a_filter_that_nothing_passes_leaves_nothing(live: str, ask: Ask, nothing: str) -> None:
    assert items(ask, f"'u1', {nothing}") == []


def test_categories_follow_the_newest_catalogue(live: str, ask: Ask, write: Write) -> None:
    assert ask("SELECT categories FROM recsys.item WHERE item_id = 'a'") == [(["kind a", "all"],)]
    fewer = write(OWN, "2026-01-11")
    table = pq.read_table(fewer.items)
    categories = pa.array(["other" if item == "a" else "" for item in table["item_id"].to_pylist()])
    pq.write_table(table.set_column(table.schema.get_field_index("category"), "category", categories), fewer.items)
    publish(live, fewer, LIMITS)
    assert ask("SELECT item_id, categories FROM recsys.item") == [("a", ["other"])]


def test_a_day_that_is_only_stored_changes_no_category(live: str, ask: Ask, write: Write) -> None:
    earlier = write({"u1": [("e", 1.0)]}, "2026-01-09", ("b", "c", "e"))
    assert publish(live, earlier, LIMITS).published == "stored: a later day is live"
    assert ask("SELECT count(*) FROM recsys.item") == [(4,)]


def test_what_is_sold_out_is_missing_from_the_very_next_answer_and_comes_back(live: str, ask: Ask) -> None:
    ask("SELECT set_available('a', false), set_available('a', false)")
    assert items(ask, "'u1'") == ["b"]
    assert ask("SELECT item_ids, scores, reasons FROM recommend_list('u1')") == [(["b"], [2.0], ["because of b"])]
    assert ask("SELECT item_ids, terms FROM explain_list('u1')") == [(["b"], ["signal +2.00; rest +0.00"])]
    assert ask("SELECT rank, item_id FROM recommendations WHERE user_id = 'u1'") == [(2, "b")]
    ask("SELECT set_available('a', true)")
    assert items(ask, "'u1'") == ["a", "b"]


def test_a_user_whose_whole_list_is_sold_out_gets_that_of_the_population(live: str, ask: Ask) -> None:
    ask("SELECT set_available(item, false) FROM unnest(ARRAY['a', 'b']) AS item")
    assert ask("SELECT item_id, audience FROM recommend('u1')") == [("c", "population")]


def test_who_is_left_without_a_cohorts_list_gets_that_of_the_population(store: str, ask: Ask, write: Write) -> None:
    draft = write({"u1": [("a", 1.0)]})
    write_lists(draft.fallback, "audience", {"population": [("c", 0.5)], "age=30": [("b", 0.5)]})
    publish(store, draft, LIMITS)
    ask("SELECT set_available('b', false)")
    assert ask("SELECT item_id, audience FROM recommend('who?', 5, 'age=30')") == [("c", "population")]


def test_a_null_among_what_is_excluded_excludes_nothing(live: str, ask: Ask) -> None:
    assert items(ask, "'u1', exclude => ARRAY['a', NULL]") == ["b", "c"]


def test_the_catalogue_role_sells_out_and_reads_nothing(live: str, postgres: Server) -> None:
    with psycopg2.connect(member(postgres, live, "catalogue")) as db, db.cursor() as cursor:
        cursor.execute("SELECT set_available('a', false)")
        for refused in ("SELECT recommend('u1')", "SELECT * FROM recsys.unavailable", "DELETE FROM recsys.item"):
            db.commit()
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused)
            db.rollback()


def test_a_reader_may_not_sell_out(live: str, postgres: Server) -> None:
    with psycopg2.connect(member(postgres, live, "reader")) as db, db.cursor() as cursor:
        cursor.execute("SELECT item_id FROM recommend('u1', categories => ARRAY['all'])")
        assert cursor.fetchall() == [("a",), ("b",), ("c",)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT set_available('a', false)")


@pytest.mark.parametrize("text", ["'; DROP TABLE recsys.live; --", '"', "\\", "{a,b}", "ü' OR true"])
def test_hostile_text_is_only_text(live: str, ask: Ask, text: str) -> None:
    call = "%s, 5, %s, categories => ARRAY[%s], exclude => ARRAY[%s], among => ARRAY[%s]"
    assert items(ask, call, text, text, text, text, text) == []
    assert items(ask, "'u1', exclude => ARRAY[%s]", text) == ["a", "b", "c"]
    ask("SELECT set_available(%s, false)", text)
    assert items(ask, "'u1'") == ["a", "b"]


def test_postgres_and_python_put_users_into_the_same_buckets(store: str, ask: Ask) -> None:
    users = [f"user-{number}" for number in range(2_000)] + ["", "ü:'\"", "漢字"]
    expected = [int.from_bytes(hashlib.sha256(f"k:{user}".encode()).digest()[:4], "big") % 10_000 for user in users]
    found = ask("SELECT recsys.bucket('k', u) FROM unnest(%s) WITH ORDINALITY AS t (u, place) ORDER BY place", users)
    assert [bucket for (bucket,) in found] == expected


def test_users_of_an_arm_read_its_publication_everywhere_and_the_others_the_live_one(
    store: str, ask: Ask, write: Write
) -> None:
    users = [f"u{number}" for number in range(40)]
    publish(store, write({user: [("a", 1.0)] for user in users}, "2026-01-09"), LIMITS)
    publish(store, write({user: [("b", 1.0)] for user in users}, "2026-01-10"), LIMITS)
    ask("INSERT INTO recsys.arm VALUES ('x', 'challenger', 'key', 0, 5000, 1, '2026-01-09', 'model-1') RETURNING 1")
    arm = {user for (user,) in ask("SELECT u FROM unnest(%s) AS u WHERE recsys.bucket('key', u) < 5000", users)}
    assert 5 < len(arm) < 35
    rows = ask("SELECT user_id, (item_id, publication)::text FROM recommendations")
    shown = {user: row for user, row in rows}
    assert shown == {user: "(a,1)" if user in arm else "(b,2)" for user in users}
    for user in users:
        ((item, publication, day),) = ask("SELECT item_id, publication, as_of FROM recommend(%s)", user)
        assert f"({item},{publication})" == shown[user]
        assert day == (date(2026, 1, 9) if user in arm else date(2026, 1, 10))
        assert ask("SELECT publication FROM recommend_list(%s)", user) == [(publication,)]


def test_an_unknown_user_of_an_arm_gets_the_population_of_the_arm(store: str, ask: Ask, write: Write) -> None:
    for day, item in (("2026-01-09", "a"), ("2026-01-10", "b")):
        draft = write({"u1": [("c", 1.0)]}, day)
        write_lists(draft.fallback, "audience", {"population": [(item, 1.0)]})
        publish(store, dataclasses.replace(draft, fingerprint=day), LIMITS)
    ask("INSERT INTO recsys.arm VALUES ('x', 'challenger', 'key', 0, 5000, 1, '2026-01-09', 'model-1') RETURNING 1")
    buckets = ask(
        "SELECT recsys.bucket('key', 'n' || u) < 5000, a.item_id"
        " FROM generate_series(1, 30) AS u, recommend('n' || u) AS a"
    )
    assert {(inside, item) for inside, item in buckets} == {(True, "a"), (False, "b")}
