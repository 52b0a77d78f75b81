from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from recsys.demo import replay

LAST = date(2026, 1, 31)
HOUR, DAY = 3600, 86_400


@pytest.fixture
def events() -> pd.DataFrame:
    """Ten users; each came three times: at day 100 + user, three days later, and an hour after that."""
    rows = [
        (user, item, (100 + user) * DAY + 8 * HOUR + later)
        for user in range(10)
        for item, later in ((1, 0), (2, 3 * DAY), (3, 3 * DAY + HOUR))
    ]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "occurred_at"]).assign(value=4.0)


def test_intervals_order_and_all_other_columns_stay(events: pd.DataFrame) -> None:
    moved = replay.replayed(events, LAST)
    intervals = moved.groupby("user_id")["occurred_at"].diff().dropna().to_numpy().reshape(10, 2)
    assert (intervals == [3 * DAY, HOUR]).all()
    pd.testing.assert_frame_equal(moved.drop(columns="occurred_at"), events.drop(columns="occurred_at"))


def test_last_visits_fall_on_the_last_three_days_at_the_same_time_of_day(events: pd.DataFrame) -> None:
    last = replay.replayed(events, LAST).groupby("user_id")["occurred_at"].max()
    moments = [datetime.fromtimestamp(seconds, UTC) for seconds in last]
    assert {moment.date() for moment in moments} == {date(2026, 1, 29), date(2026, 1, 30), date(2026, 1, 31)}
    assert {moment.hour for moment in moments} == {9}


def test_the_day_of_a_user_depends_on_the_user_alone(events: pd.DataFrame) -> None:
    alone = replay.replayed(events[events["user_id"] == 7], LAST)
    among = replay.replayed(events, LAST)
    pd.testing.assert_frame_equal(alone, among[among["user_id"] == 7])


def test_the_replay_of_movielens_is_written_whole_and_the_same_each_time(tmp_path: Path) -> None:
    given = replay.given(tmp_path, LAST)
    files = {name: str(tmp_path / "replay-2026-01-31" / f"{name}.parquet") for name in ("events", "items")}
    assert given.files == files
    assert {name.removeprefix("RECSYS_SOURCE__"): value for name, value in given.environment.items()} == {
        "KIND": "files",
        "EVENTS": files["events"],
        "ITEMS": files["items"],
        "USERS": "",
        "FOLLOWS": "",
        "LAYOUT": "",
        "READY": "",
    }
    file = Path(given.files["events"])
    events, before = pd.read_parquet(file), file.read_bytes()
    assert (len(events), events["user_id"].nunique()) == (100_004, 671)
    of_day = pd.to_datetime(events.groupby("user_id")["occurred_at"].max(), unit="s").dt.date.value_counts()
    assert of_day.min() > 180
    assert sorted(of_day.index) == replay.days(LAST)
    replay.given(tmp_path, LAST)
    assert file.read_bytes() == before
