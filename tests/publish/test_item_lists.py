"""Lists without a user: published with the others or not at all, read by whoever may read, and nobody else."""

import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import psycopg2
import pyarrow.parquet as pq
import pytest

from recsys.errors import GateError
from recsys.publish.draft import Draft
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone.postgres import Server
from tests.publish import dying
from tests.publish.conftest import Entries, write_item_lists
from tests.publish.test_roles import member

LIMITS = DatabaseSettings(min_overlap=0)
FUNCTIONS = ("similar_items", "often_next", "popular", "trending")
FIRST = {
    ("similar", "a"): [("b", 0.9), ("c", 0.5)],
    ("next", "a"): [("c", 2.0)],
    ("popular", ""): [("c", 9.0), ("a", 7.0), ("b", 1.0)],
    ("popular", "Drama"): [("a", 7.0)],
    ("trending", ""): [("b", 3.0)],
    ("trending", "Drama"): [("a", 2.0)],
}
Lists = Mapping[tuple[str, str], Entries]
Draw = Callable[..., Draft]
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def draw(write: Any) -> Draw:
    """A draft with these lists without a user."""

    def draft(lists: Lists, day: str = "2026-01-10") -> Draft:
        made: Draft = write({day: [("a", 1.0)]}, day)
        return dataclasses.replace(made, item_lists=write_item_lists(made.items.parent, lists))

    return draft


def listed(ask: Ask, function: str, *values: object) -> list[str]:
    holes = ", ".join(["%s"] * len(values))
    return [item for (item,) in ask(f"SELECT item_id FROM {function}({holes}) ORDER BY rank", *values)]


def test_each_function_returns_its_list_with_what_it_is_of(store: str, draw: Draw, ask: Ask) -> None:
    publish(store, draw(FIRST), LIMITS)
    assert ask("SELECT rank, item_id, score, as_of::text, model_version, publication FROM similar_items('a')") == [
        (1, "b", pytest.approx(0.9), "2026-01-10", "model-1", 1),
        (2, "c", 0.5, "2026-01-10", "model-1", 1),
    ]
    assert listed(ask, "often_next", "a") == ["c"]
    assert (listed(ask, "popular"), listed(ask, "popular", "Drama")) == (["c", "a", "b"], ["a"])
    assert (listed(ask, "trending", None, 5), listed(ask, "trending", "Drama")) == (["b"], ["a"])
    for nobody in ("z", "", None):
        assert listed(ask, "similar_items", nobody) == listed(ask, "often_next", nobody) == []
    assert listed(ask, "popular", "Comedy") == []


@pytest.mark.parametrize(("n", "rows"), [(2, 2), (50, 3), (2**31 - 1, 3), (0, 0), (-1, 0), (None, 0)])
def test_as_many_rows_are_returned_as_are_asked_for(store: str, draw: Draw, ask: Ask, n: int | None, rows: int) -> None:
    publish(store, draw(FIRST), LIMITS)
    assert listed(ask, "popular", None, n) == ["c", "a", "b"][:rows]


def test_what_is_sold_out_leaves_no_gap(store: str, draw: Draw, ask: Ask) -> None:
    publish(store, draw(FIRST), LIMITS)
    ask("SELECT set_available('b', false)")
    assert ask("SELECT rank, item_id FROM similar_items('a', 1)") == [(1, "c")]
    assert listed(ask, "trending") == []
    ask("SELECT set_available('b', true)")
    assert listed(ask, "similar_items", "a") == ["b", "c"]


def test_a_publication_without_item_lists_has_no_rows(store: str, write: Any, draw: Draw, ask: Ask) -> None:
    assert [listed(ask, name, "a") for name in FUNCTIONS] == [[]] * 4, "nothing is live"
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    assert [listed(ask, name, "a") for name in FUNCTIONS] == [[]] * 4
    publish(store, draw(FIRST, "2026-01-11"), LIMITS)
    assert listed(ask, "similar_items", "a") == ["b", "c"]


def test_a_rollback_brings_back_the_earlier_lists_and_a_later_set_replaces_them(
    store: str, draw: Draw, ask: Ask
) -> None:
    publish(store, draw(FIRST), LIMITS)
    publish(store, draw({("similar", "a"): [("c", 1.0)]}, "2026-01-11"), LIMITS)
    assert (listed(ask, "similar_items", "a"), listed(ask, "popular")) == (["c"], [])
    rollback(store)
    assert (listed(ask, "similar_items", "a"), listed(ask, "popular")) == (["b", "c"], ["c", "a", "b"])
    assert ask("SELECT DISTINCT publication FROM popular()") == [(1,)]


def test_a_publisher_killed_between_lists_and_item_lists_shows_neither_and_a_rerun_shows_both(
    store: str, draw: Draw, ask: Ask
) -> None:
    publish(store, draw(FIRST), LIMITS)
    draft = draw({("similar", "a"): [("c", 1.0)]}, "2026-01-11")
    command = [sys.executable, dying.__file__, store, pickle.dumps(draft).hex()]
    ended = subprocess.run(command, input="copy of item lists\n", capture_output=True, text=True, check=True)
    assert ended.stdout == "-9\n"
    assert ask("SELECT name FROM recsys.part WHERE pub_id = 2") == [("shard 0",)], "lists were there, item lists not"
    assert ask("SELECT DISTINCT user_id FROM recommendations") == [("2026-01-10",)]
    assert listed(ask, "similar_items", "a") == ["b", "c"]
    assert publish(store, draft, LIMITS).published == "yes"
    assert ask("SELECT DISTINCT user_id FROM recommendations") == [("2026-01-11",)]
    assert listed(ask, "similar_items", "a") == ["c"]


@pytest.mark.parametrize(
    ("lists", "why"),
    [
        ({("similar", "a"): [("d", 1.0)]}, "unknown or unavailable"),
        ({("similar", "a"): [("strange", 1.0)]}, "unknown or unavailable"),
        ({("next", "a"): [("b", 1.0), ("b", 0.5)]}, "listed twice"),
        ({("popular", ""): [("b", float("nan"))]}, "not finite"),
        ({("trending", ""): []}, "item_ids is empty"),
        ({("other", "a"): [("b", 1.0)]}, "no known kind"),
    ],
)
def test_item_lists_that_cannot_be_served_refuse_the_whole_set(
    store: str, draw: Draw, ask: Ask, lists: Lists, why: str
) -> None:
    publish(store, draw(FIRST), LIMITS)
    with pytest.raises(GateError, match=why):
        publish(store, draw(lists, "2026-01-11"), LIMITS)
    assert ask("SELECT DISTINCT user_id FROM recommendations") == [("2026-01-10",)]
    assert listed(ask, "popular") == ["c", "a", "b"]
    assert ask("SELECT status FROM recsys.publication ORDER BY pub_id") == [("published",), ("refused",)]


def test_two_lists_of_one_kind_and_key_refuse_the_whole_set(store: str, draw: Draw) -> None:
    draft = draw({("similar", "a"): [("b", 1.0)], ("similar", "c"): [("b", 1.0)]})
    assert draft.item_lists is not None
    table = pq.read_table(draft.item_lists)
    pq.write_table(table.set_column(1, "key", [["a", "a"]]), draft.item_lists)
    with pytest.raises(GateError, match="an item or a category has two lists"):
        publish(store, draft, LIMITS)


def test_an_item_whose_id_is_too_long_to_be_found_by_has_no_list(store: str, draw: Draw, ask: Ask) -> None:
    assert publish(store, draw({("similar", "a" * 1001): [("b", 1.0)], **FIRST}), LIMITS).published == "yes"
    assert ask("SELECT count(*) FROM recsys.item_list WHERE kind = 'similar'") == [(1,)]


def test_old_item_lists_go_with_their_publication(store: str, draw: Draw, ask: Ask) -> None:
    for day in range(1, 5):
        publish(store, draw(FIRST, f"2026-01-{day:02}"), DatabaseSettings(keep_publications=2, min_overlap=0))
    kept = ask("SELECT 'item_list_' || pub_id FROM recsys.publication ORDER BY 1")
    assert ask("SELECT relname::text FROM pg_class WHERE relname ~ '^item_list_[0-9]+$' ORDER BY 1") == kept
    assert len(kept) == 3


HOSTILE = ("'; DROP TABLE recsys.live; --", "a' OR '1'='1", "\\", "%", "$$; SELECT 1; $$", "{a}", "a\nb")


@pytest.mark.parametrize("text", HOSTILE)
def test_an_argument_is_never_read_as_a_statement(store: str, draw: Draw, ask: Ask, text: str) -> None:
    publish(store, draw(FIRST), LIMITS)
    assert [listed(ask, name, text) for name in FUNCTIONS] == [[]] * 4
    publish(store, draw({("similar", text): [("b", 1.0)], ("popular", text): [("c", 1.0)]}, "2026-01-11"), LIMITS)
    assert (listed(ask, "similar_items", text), listed(ask, "popular", text)) == (["b"], ["c"])


def test_a_reader_asks_and_reads_no_table_and_a_stranger_asks_nothing(postgres: Server, store: str, draw: Draw) -> None:
    publish(store, draw(FIRST), LIMITS)
    with psycopg2.connect(member(postgres, store, "reader")) as db, db.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE unavailable AS SELECT 'b' AS item_id")
        for name in FUNCTIONS:
            cursor.execute(f"SELECT rank, item_id FROM {name}(%s)", ("a",))
        cursor.execute("SELECT item_id, publication FROM similar_items('a')")
        assert cursor.fetchall() == [("b", 1), ("c", 1)]
        db.commit()
        for refused in ("SELECT * FROM recsys.item_list", "SELECT recsys.item_list_of('similar', 'a', 1)"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused)
            db.rollback()
    with psycopg2.connect(member(postgres, store, "catalogue")) as db, db.cursor() as cursor:
        for name in FUNCTIONS:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SELECT * FROM {name}(%s)", ("a",))
            db.rollback()


def test_functions_run_by_a_pinned_path_with_plans_for_all_arguments(store: str, ask: Ask) -> None:
    for name in FUNCTIONS:
        ((definer, config),) = ask("SELECT prosecdef, proconfig FROM pg_proc WHERE proname = %s", name)
        assert definer
        assert set(config) == {"search_path=pg_catalog, pg_temp", "plan_cache_mode=force_generic_plan"}
