from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys.errors import DataError
from recsys.settings import EventSettings
from tests.events.conftest import Ingested

Ingest = Callable[..., Ingested]


def added(table: pd.DataFrame, **row: Any) -> pd.DataFrame:
    """The table with a copy of its first row at the end, changed as given."""
    last = table.iloc[[0]].astype(object).assign(**{name: [value] for name, value in row.items()})
    return pd.concat([table.astype(object), last], ignore_index=True)


def test_good_input_passes_whole_and_sorted(ingest: Ingest) -> None:
    made = ingest()
    assert made.events[["user_id", "item_id"]].to_numpy().tolist() == [
        ["ann", "lamp"],
        ["ann", "rug"],
        ["bob", "lamp"],
        ["cat", "mug"],
    ]
    assert made.items["item_id"].tolist() == ["lamp", "mug", "rug"]
    assert made.items["text"].tolist() == ["Lamp. light, home", "Mug", "Rug. home"]
    assert made.rows["quarantined"] == 0


def test_columns_have_the_agreed_types(ingest: Ingest) -> None:
    made = ingest()
    assert {name: str(kind) for name, kind in made.events.dtypes.items()} == {
        "user_id": "str",
        "item_id": "str",
        "action": "str",
        "occurred_at": "datetime64[us, UTC]",
        "value": "float64",
        "domain": "str",
        "event_id": "str",
    }
    assert str(made.items["available"].dtype) == "bool"


def test_an_event_without_a_domain_takes_its_items(ingest: Ingest) -> None:
    assert set(ingest().events["domain"]) == {"shop"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"user_id": None}, "null user_id"),
        ({"user_id": ""}, "null user_id"),
        ({"item_id": np.nan}, "null item_id"),
        ({"user_id": "x" * 10_001}, "user_id longer than 10000 characters"),
        ({"user_id": "a\x00b"}, "user_id with a NUL character"),
        ({"item_id": "sofa"}, "item not in catalogue"),
        ({"action": "stare"}, "unknown action"),
        ({"action": None}, "unknown action"),
        ({"occurred_at": None}, "no readable time"),
        ({"occurred_at": "yesterday"}, "no readable time"),
        ({"action": "rate", "value": np.nan}, "rating without a value"),
        ({"action": "review", "value": "five"}, "value is no number"),
        ({"value": "3,5,1"}, "value is no number"),
        ({"occurred_at": 0}, "no readable time"),
        ({"occurred_at": "-1"}, "no readable time"),
        ({"action": "rate", "value": np.inf}, "value is not finite"),
    ],
)
def test_a_bad_event_goes_to_quarantine(
    ingest: Ingest, events: pd.DataFrame, change: dict[str, Any], reason: str
) -> None:
    made = ingest(events=added(events, **change))
    assert made.quarantine[["table", "row", "reason"]].to_numpy().tolist() == [["events", 4, reason]]
    assert made.rows[f"quarantined: {reason}"] == made.rows["quarantined"] == 1
    assert made.rows["events"] == 4


def test_a_row_with_many_faults_is_counted_once_by_its_first(ingest: Ingest, events: pd.DataFrame) -> None:
    made = ingest(events=added(events, user_id=None, action="stare", occurred_at=None))
    assert made.quarantine["reason"].tolist() == ["null user_id"]


def test_the_quarantine_keeps_what_the_row_held(ingest: Ingest, events: pd.DataFrame) -> None:
    made = ingest(events=added(events, user_id="Zoë\u2028", action="stare"))
    assert '"user_id":"Zoë\u2028"' in made.quarantine["content"][0]


def test_the_quarantine_tells_whose_a_row_was_however_long_it_is(ingest: Ingest, events: pd.DataFrame) -> None:
    long = added(events, user_id='shop\\/"ann"', action="stare")
    long.insert(0, "note", "x" * 3_000)
    assert ingest(events=long).quarantine["content"][0].startswith(r'{"user_id":"shop\\/\"ann\"","note":"xxx')


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"item_id": None}, "null item_id"),
        ({"title": "Another lamp"}, "duplicate item"),
        ({"item_id": "new", "available": "perhaps"}, "available is neither true nor false"),
    ],
)
def test_a_bad_item_goes_to_quarantine(
    ingest: Ingest, items: pd.DataFrame, change: dict[str, Any], reason: str
) -> None:
    made = ingest(items=added(items, **change))
    assert made.quarantine[["table", "row", "reason"]].to_numpy().tolist() == [["items", 3, reason]]
    assert made.items["title"].tolist() == ["Lamp", "Mug", "Rug"]


def test_an_item_without_text_is_kept_and_counted(ingest: Ingest, items: pd.DataFrame) -> None:
    made = ingest(items=added(items, item_id="blank", title=None, category=None))
    assert made.items.set_index("item_id").loc["blank", "text"] == ""
    assert made.rows["items without text"] == 1
    assert made.rows["quarantined"] == 0


@pytest.mark.parametrize(
    ("follow", "reason"),
    [
        (("ann", "stranger", 1.0), "unknown user"),
        (("stranger", "ann", 1.0), "unknown user"),
        ((None, "ann", 1.0), "null follower_id"),
        (("ann", "ann", 1.0), "follows oneself"),
        (("ann", "bob", 0.0), "weight is not above 0"),
        (("ann", "bob", np.inf), "weight is not above 0"),
    ],
)
def test_a_bad_follow_goes_to_quarantine(ingest: Ingest, follow: tuple[Any, ...], reason: str) -> None:
    made = ingest(follows=pd.DataFrame([follow], columns=["follower_id", "followee_id", "weight"]))
    assert made.quarantine[["table", "reason"]].to_numpy().tolist() == [["follows", reason]]
    assert made.follows.empty


def test_a_user_of_the_user_table_alone_may_follow(ingest: Ingest) -> None:
    users = pd.DataFrame({"user_id": ["dan"], "country": ["FR"]})
    follows = pd.DataFrame({"follower_id": ["dan", "dan"], "followee_id": ["ann", "ann"]})
    made = ingest(users=users, follows=follows)
    assert made.follows.to_numpy().tolist() == [["dan", "ann", 1.0]]
    assert made.users.to_numpy().tolist() == [["dan", "FR"]]


def test_the_first_row_of_a_user_wins(ingest: Ingest) -> None:
    made = ingest(users=pd.DataFrame({"user_id": [1.0, 1.0, 2.0], "age": [30, 31, 32]}))
    assert made.users.to_numpy().tolist() == [["1", "30"], ["2", "32"]]
    assert made.quarantine["reason"].tolist() == ["duplicate user"]


def test_nothing_after_the_day_changes_anything_but_a_count(ingest: Ingest, events: pd.DataFrame) -> None:
    follows = pd.DataFrame({"follower_id": ["ann", "eve"], "followee_id": ["bob", "ann"]})
    later = added(events, user_id="eve", occurred_at="2024-02-01T00:00:00Z")
    far = added(later, user_id="ann", action="nonsense", occurred_at="2024-02-02")
    before, after = ingest(follows=follows[:1]), ingest(events=far, follows=follows)
    for table in ("events", "items", "users", "follows", "quarantine"):
        pd.testing.assert_frame_equal(getattr(before, table), getattr(after, table))
    assert after.rows == {**before.rows, "events later than as_of": 2}


def test_rows_from_the_future_go_to_quarantine_and_stop_nothing(ingest: Ingest, events: pd.DataFrame) -> None:
    made = ingest(most=0.0, events=added(events, occurred_at="2099-01-01"))
    assert made.quarantine[["row", "reason"]].to_numpy().tolist() == [[4, "time in the future"]]
    assert made.rows["events later than as_of"] == 1
    assert len(made.events) == 4


def test_rows_that_share_an_event_id_and_nothing_else_are_all_kept_and_counted(
    ingest: Ingest, events: pd.DataFrame
) -> None:
    made = ingest(events=events.assign(event_id=["order1", "order1", "order2", "order1"]))
    assert len(made.events) == 4
    assert made.rows["duplicate events"] == 0
    assert made.rows["event ids that stand for several events"] == 2


@pytest.mark.parametrize(("written", "value"), [("1,234", 1234.0), ("1,234,567.5", 1_234_567.5), ("17", 17.0)])
def test_thousands_may_be_grouped_by_commas(ingest: Ingest, events: pd.DataFrame, written: str, value: float) -> None:
    assert ingest(events=events.assign(value=[written, None, None, None])).events["value"].dropna().tolist() == [value]


@pytest.mark.parametrize("written", ["Buy", "BUY", " buy "])
def test_an_action_is_known_whatever_its_case(ingest: Ingest, events: pd.DataFrame, written: str) -> None:
    made = ingest(events=events.assign(action=written))
    assert set(made.events["action"]) == {"buy"}


def test_ids_written_with_a_point_throughout_are_whole_numbers(ingest: Ingest, events: pd.DataFrame) -> None:
    numbers = events.assign(item_id=["7.0", "8.0", "7.0", "9.0"])
    items = pd.DataFrame({"item_id": [7, 8, 9], "title": ["Lamp", "Rug", "Mug"]})
    assert ingest(events=numbers, items=items).events["item_id"].tolist() == ["7", "8", "7", "9"]


def test_events_without_a_column_of_actions_are_ratings_where_they_have_one_of_ratings(
    ingest: Ingest, events: pd.DataFrame
) -> None:
    stars = events.drop(columns="action").assign(value=[4, 3, 5, 1]).rename(columns={"value": "rating"})
    assert set(ingest(events=stars).events["action"]) == {"rate"}


def test_the_default_action_is_that_of_all_events_without_a_column_of_actions(
    ingest: Ingest, events: pd.DataFrame
) -> None:
    made = ingest(events=events.drop(columns="action"), settings=EventSettings(default_action="buy"))
    assert set(made.events["action"]) == {"buy"}


@pytest.mark.parametrize(("written", "flag"), [("12", True), ("0", False), ("ja", True), ("nein", False), ("", True)])
def test_an_item_is_available_by_a_word_or_by_how_many_there_are(
    ingest: Ingest, items: pd.DataFrame, written: str, flag: bool
) -> None:
    assert set(ingest(items=items.assign(available=written)).items["available"]) == {flag}


def test_markup_reaches_no_text(ingest: Ingest, items: pd.DataFrame) -> None:
    made = ingest(items=items.assign(title=["<b>Red</b> lamp", "Rug &amp; co", "I <3 mugs"]))
    assert made.items["title"].tolist() == ["Red lamp", "I <3 mugs", "Rug & co"]


@pytest.mark.parametrize("name", ["image_uri", "imUrl", "Image URL", "picture"])
def test_where_a_picture_lies_stays_as_it_is_written(ingest: Ingest, items: pd.DataFrame, name: str) -> None:
    made = ingest(items=items.assign(**{name: ["https://cdn.test/a?w=1&copy=2", "two  blanks.png", None]}))
    assert sorted(made.items["image_uri"]) == ["", "https://cdn.test/a?w=1&copy=2", "two  blanks.png"]


def test_users_of_whom_none_has_an_event_are_told(ingest: Ingest, caplog: pytest.LogCaptureFixture) -> None:
    ingest(users=pd.DataFrame({"user_id": ["ANN"], "country": ["FR"]}))
    assert "no user of the user table has an event" in caplog.text


@pytest.mark.parametrize(("action", "told"), [("buy", True), ("review", False)])
def test_ratings_of_actions_that_have_none_are_told(
    ingest: Ingest, events: pd.DataFrame, caplog: pytest.LogCaptureFixture, action: str, told: bool
) -> None:
    ingest(events=events.assign(action=action, value=[5, 4, 5, 1]).rename(columns={"value": "rating"}))
    assert ("rating is not looked at" in caplog.text) == told


def test_a_value_that_comes_after_the_day_asks_none_of_the_others_for_one(ingest: Ingest, events: pd.DataFrame) -> None:
    plain = events.assign(value=None, action="rate")
    later = added(plain, occurred_at="2024-02-01T00:00:00Z", value=5.0)
    assert ingest(events=plain).rows["quarantined"] == ingest(events=later).rows["quarantined"] == 0


def test_the_order_of_rows_does_not_matter(ingest: Ingest, events: pd.DataFrame, items: pd.DataFrame) -> None:
    twice = pd.concat([events, events])
    first = ingest(events=twice)
    second = ingest(events=twice.sample(frac=1, random_state=3), items=items[::-1])
    pd.testing.assert_frame_equal(first.events, second.events)
    pd.testing.assert_frame_equal(first.items, second.items)
    assert first.rows["duplicate events"] == 4


def test_ratings_of_a_table_without_values_are_plain_signs_of_interest(ingest: Ingest, events: pd.DataFrame) -> None:
    made = ingest(events=events.drop(columns="value"))
    assert made.rows["quarantined"] == 0
    assert made.events["value"].isna().all()


def test_too_many_bad_rows_stop_the_run_and_are_kept(ingest: Ingest, events: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too many bad rows in events") as error:
        ingest(most=0.1, events=added(events, action="stare"))
    assert error.value.seen == "1 of 5 rows are bad: 1 × unknown action (such as 'stare')"
    kept = tmp_path / "kept" / "bad.parquet"
    assert str(kept) in error.value.remedy
    assert pd.read_parquet(kept)["reason"].tolist() == ["unknown action"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"item_id": "sofa"}, "item not in catalogue (such as 'sofa')"),
        ({"occurred_at": "soon"}, "no readable time (such as 'soon')"),
        ({"user_id": None}, "null user_id"),
    ],
)
def test_a_stop_tells_a_value_that_is_wrong_and_nothing_of_a_person(
    ingest: Ingest, events: pd.DataFrame, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(DataError) as error:
        ingest(most=0.1, events=added(events, **changes))
    assert error.value.seen.endswith(f"1 × {told}")


def test_links_to_people_in_no_table_stop_nothing(ingest: Ingest) -> None:
    made = ingest(most=0.0, follows=pd.DataFrame({"follower_id": ["ann", "ann"], "followee_id": ["bob", "stranger"]}))
    assert made.rows["quarantined: unknown user"] == 1
    assert made.follows["followee_id"].tolist() == ["bob"]


@pytest.mark.parametrize("action", ["dislike", "impression"])
def test_where_nobody_chose_anything_there_is_nothing_to_learn_from(
    ingest: Ingest, events: pd.DataFrame, action: str
) -> None:
    with pytest.raises(DataError, match="no event is positive") as error:
        ingest(events=events.assign(action=action))
    assert error.value.seen == f"{len(events)} × {action}"


def test_a_few_bad_rows_do_not_stop_the_run(ingest: Ingest, events: pd.DataFrame) -> None:
    assert ingest(most=0.2, events=added(events, action="stare")).rows["quarantined"] == 1


def test_bad_items_are_blamed_before_their_events(ingest: Ingest, items: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="too many bad rows in items"):
        ingest(most=0.5, items=items.assign(item_id=None))


def test_nothing_but_bad_rows_is_an_error_even_when_all_are_allowed(ingest: Ingest, events: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no good events"):
        ingest(events=events.assign(action="stare"))


def test_a_day_before_the_first_event_is_an_error(ingest: Ingest) -> None:
    with pytest.raises(DataError, match="choose a later as_of"):
        ingest(as_of=date(2023, 1, 1))
