from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from recsys.check.section import Severity
from recsys.events.ingest import partition
from recsys.settings import EventSettings
from recsys.sources import engine
from tests.check.conftest import EVENTS, ITEMS, NOW, Check, facts, noted, section
from tests.raw import raw


def test_columns_say_what_they_were_taken_for_and_what_nothing_reads(check_tables: Check) -> None:
    renamed = EVENTS.rename(columns={"user_id": "customerId"}).assign(price=[1, 2, 3, 4])
    found = facts(check_tables(events=renamed), "columns")["events"]
    assert found["read"]["user_id"] == "customerId"
    assert found["unread"] == {"price": "numbers"}


def test_a_time_by_a_name_that_nobody_knows_is_pointed_out(check_tables: Check) -> None:
    page = check_tables(events=EVENTS.rename(columns={"occurred_at": "when_it_was"}))
    assert '"occurred_at": "when_it_was"' in noted(page, "columns")


def test_a_mistyped_column_is_pointed_out(check_tables: Check) -> None:
    page = check_tables(items=ITEMS.assign(descripton="x"))
    assert "is it descripton?" in noted(page, "columns")


def test_actions_have_counts_shares_and_weights_and_one_without_a_weight_is_a_warning(check_tables: Check) -> None:
    page = check_tables("events.max_bad_share=0.5", events=EVENTS.assign(action=["buy", "hum", "view", "buy"]))
    assert facts(page, "actions")["actions"] == [
        {"action": "buy", "count": 2, "share": 0.5, "weight": 1.0},
        {"action": "hum", "count": 1, "share": 0.25, "weight": None},
        {"action": "view", "count": 1, "share": 0.25, "weight": 0.2},
    ]
    assert """overrides=['events.action_weights={"hum": 0.0}']""" in noted(page, "actions")
    assert section(page, "actions").severity is Severity.WARNING


def test_one_rating_beside_the_scale_moves_no_count(check_tables: Check) -> None:
    many = pd.concat([EVENTS] * 100, ignore_index=True)
    rated = many.assign(action="rate", value=[5.0, 1.0, 4.5, 2.0] * 100, occurred_at=range(10**9, 10**9 + 400))
    assert facts(check_tables(events=rated), "actions")["positive"] == 200
    rated.loc[0, "value"] = 99.0
    assert facts(check_tables(events=rated), "actions")["positive"] == 200


def test_where_no_event_speaks_for_an_item_the_files_cannot_be_used(check_tables: Check) -> None:
    page = check_tables(events=EVENTS.assign(action="impression"))
    assert section(page, "actions").severity is Severity.UNUSABLE


def test_the_scale_of_ratings_is_that_of_ingest(check_tables: Check) -> None:
    rated = EVENTS.assign(action="rate", value=[10, 8, 3, 9])
    found = facts(check_tables(events=rated), "ratings")
    assert (found["neutral"], found["lowest"], found["highest"], found["above_neutral"]) == (7.0, 3.0, 10.0, 3)


def test_the_zone_is_guessed_from_the_quietest_hours(check_tables: Check) -> None:
    awake = [hour for hour in range(24) if (hour + 8) % 24 not in (2, 3, 4, 5)]
    times = [f"2024-01-{1 + n // 60:02d} {awake[n % len(awake)]:02d}:{n % 60:02d}:07" for n in range(1200)]
    many = pd.DataFrame({"user_id": "ann", "item_id": "lamp", "action": "buy", "occurred_at": times})
    page = check_tables(events=many)
    assert facts(page, "times")["zone_guess"] == 8
    assert "UTC+8" in page.text()
    assert "name no zone" in page.text()


def test_days_alone_are_a_warning(check_tables: Check) -> None:
    assert "at midnight" in noted(check_tables(events=EVENTS.assign(occurred_at="2024-01-02")), "times")


def test_ids_that_do_not_match_are_shown_by_example_and_with_what_they_differ_in(check_tables: Check) -> None:
    events = EVENTS.assign(item_id=["1", "2", "3", "4"])
    page = check_tables(events=events, items=ITEMS.assign(item_id=["0001", "0002", "0003"]))
    found = facts(page, "ids")["items of events in items"]
    assert (found["ids"], found["match"], found["examples"]) == (4, 0, ["1", "2", "3"])
    assert "leading zeros" in noted(page, "ids")
    assert section(page, "ids").severity is Severity.UNUSABLE


def test_users_and_follows_are_matched_too(check_tables: Check) -> None:
    page = check_tables(
        users=pd.DataFrame({"user_id": ["ANN", "BOB", "CAT"]}),
        follows=pd.DataFrame({"follower_id": ["ann", "zoe"], "followee_id": ["bob", "bob"]}),
    )
    assert facts(page, "ids")["users of events in users"]["differ_in"] == "case"
    assert facts(page, "ids")["users of follows in events and users"]["examples"] == ["zoe"]


def test_dropped_rows_are_those_that_ingest_drops(check_tables: Check, tmp_path: Path) -> None:
    events = EVENTS.assign(item_id=["lamp", "gone", "lamp", None], action=["buy", "buy", "hum", "buy"])
    page = check_tables(events=events)
    found = facts(page, "dropped rows")["events"]
    with engine.opened() as con:
        day, bad = date(2024, 1, 31), str(tmp_path / "bad.parquet")
        made = partition(con, raw(con, events=events, items=ITEMS), EventSettings(max_bad_share=1.0), day, bad, NOW)
    expected = {"item not in catalogue": 1, "unknown action": 1, "null item_id": 1}
    assert found["reasons"] == expected
    assert {why.removeprefix("quarantined: "): n for why, n in made.rows.items() if ": " in why} == expected
    assert section(page, "dropped rows").severity is Severity.UNUSABLE


def test_lines_that_are_no_rows_are_dropped_rows(check_tables: Check, tmp_path: Path) -> None:
    check_tables()
    (tmp_path / "events.csv").open("a").write("a,b,c,d,e,f,g\n")
    from recsys.check.page import check
    from recsys.settings import load

    files = [f"source.{name}={tmp_path / name}.csv" for name in ("events", "items")]
    page = check(load(["source.kind=files", *files]), None, datetime(2024, 6, 1, tzinfo=UTC))
    assert facts(page, "dropped rows")["events"]["reasons"] == {"more fields than the header": 1}


@pytest.mark.parametrize(
    ("titles", "word"), [(["", "", "Mug"], "no title"), (["Mug", "Mug", "Rug"], "share their text")]
)
def test_items_without_a_text_of_their_own_are_a_warning(check_tables: Check, titles: list[str], word: str) -> None:
    assert word in noted(check_tables(items=ITEMS.assign(title=titles)), "texts")


def test_what_cold_start_can_use_turns_signals_on(check_tables: Check) -> None:
    users = pd.DataFrame({"user_id": ["ann", "bob", "zoe"], "country": ["FR", "FR", "DE"], "plan": "basic"})
    follows = pd.DataFrame({"follower_id": ["ann"], "followee_id": ["bob"]})
    page = check_tables(users=users, follows=follows, items=ITEMS.assign(domain=["home", "home", "kitchen"]))
    found = facts(page, "cold start")
    assert (found["follows"], found["attributes"], found["domains"]) == (1, {"country": 2}, ["home", "kitchen"])
    assert found["unused_attributes"] == {"plan": "fewer than 2 values"}
    assert found["users_without_events"] == 1
    assert facts(page, "signals")["off"].keys() == {"own items"}
    assert "own items" in facts(check_tables('events.repeatable_actions=["buy"]'), "signals")["on"]


def test_without_transfer_donors_are_off(check_tables: Check) -> None:
    off = facts(check_tables("transfer.enabled=false"), "signals")["off"]
    assert off["neighbours and new users"] == "transfer.enabled is false"


def test_time_and_memory_are_those_of_the_measured_shop(check_tables: Check) -> None:
    found = facts(check_tables(), "size")
    assert (found["events"], found["users"], found["items"]) == (4, 3, 3)


def test_words_for_nothing_and_objects_in_place_of_ids_are_pointed_out(check_tables: Check) -> None:
    events = EVENTS.assign(user_id=["None", "ann", "NULL", '{"id": 1}'])
    said = noted(check_tables(events=events), "ids")
    assert "1 event with the user_id 'None'" in said
    assert "1 event with the user_id 'NULL'" in said
    assert "some user_id are objects" in said
    assert noted(check_tables(), "ids") == ""


@pytest.mark.parametrize(("values", "doubted"), [(["1.234", "17", "5.000"], True), (["1.25", "1.234", "5"], False)])
def test_points_that_may_group_thousands_are_pointed_out(check_tables: Check, values: list[str], doubted: bool) -> None:
    page = check_tables(events=EVENTS.assign(action="listen", value=[*values, None]))
    assert ("may be thousands" in noted(page, "ratings")) is doubted


def test_the_model_that_knows_the_words_of_the_texts_is_named(check_tables: Check) -> None:
    assert facts(check_tables(), "language")["model"] == "minilm"
    chinese = ITEMS.assign(title=["中式木制砧板", "陶瓷茶壶套装", "双人露营帐篷"])
    page = check_tables(items=chinese)
    assert facts(page, "language")["unknown"] > 0.5
    assert (facts(page, "language")["model"], noted(page, "language")) == ("e5-multilingual", "")
    assert "set language.model to auto" in noted(check_tables("language.model=minilm", items=chinese), "language")


def test_a_language_model_that_is_not_there_is_a_warning(check_tables: Check) -> None:
    assert "nobody-has-it" in noted(check_tables("language.model=nobody-has-it"), "language")


def test_rows_of_one_event_are_counted(check_tables: Check) -> None:
    page = check_tables(events=pd.concat([EVENTS, EVENTS.iloc[:2]]))
    assert facts(page, "dropped rows")["repeated"] == {"duplicate events": 2}
    assert "events: 2 rows of 6: duplicate events" in section(page, "dropped rows").lines


@pytest.mark.parametrize(("user", "count", "told"), [("0", 40, True), ("0", 2, False)])
def test_an_id_that_stands_for_all_who_have_none_is_told(
    check_tables: Check, user: str, count: int, told: bool
) -> None:
    many = pd.DataFrame(
        {"user_id": [f"u{row}" for row in range(30)] + [user] * count, "item_id": "lamp", "action": "buy"}
    )
    assert (f"the user '{user}' has 57.1% of all events" in noted(check_tables(events=many), "ids")) == told
