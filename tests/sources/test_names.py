import pytest

from recsys.sources.names import matched, near


@pytest.mark.parametrize(
    ("table", "columns", "expected"),
    [
        ("events", ["user_id", "item_id", "action"], {"user_id": "user_id", "item_id": "item_id", "action": "action"}),
        (
            "events",
            ["User ID", "ItemID", "EVENT_TYPE"],
            {"user_id": "User ID", "item_id": "ItemID", "action": "EVENT_TYPE"},
        ),
        ("events", ["user_id", "created_at"], {"user_id": "user_id", "occurred_at": "created_at"}),
        ("events", ["userId", "user_id"], {"user_id": "user_id"}),
        ("events", ["visitorid", "itemid", "event"], {"user_id": "visitorid", "item_id": "itemid", "action": "event"}),
        ("events", ["user_id:token", "rating:float"], {"user_id": "user_id:token", "value": "rating:float"}),
        ("items", ["movieId", "title", "genres"], {"item_id": "movieId", "title": "title", "category": "genres"}),
        ("items", ["id", "name"], {"item_id": "id", "title": "name"}),
        ("follows", ["userID", "friendID"], {"follower_id": "userID", "followee_id": "friendID"}),
        ("users", ["uid", "country"], {"user_id": "uid"}),
    ],
)
def test_usual_names_are_known_without_case_and_signs(table: str, columns: list[str], expected: dict[str, str]) -> None:
    assert matched(table, columns, {}) == expected


def test_no_column_is_two_things() -> None:
    assert matched("items", ["id", "text"], {"title": "text"}) == {"item_id": "id", "title": "text"}


def test_a_name_with_a_slip_is_near() -> None:
    assert near("user_id", "events", ["usr_id", "movie", "custmer_id"]) == ["usr_id", "custmer_id"]
    assert near("user_id", "events", ["colour"]) == []
