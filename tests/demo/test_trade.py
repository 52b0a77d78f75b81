from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys.demo import trade
from recsys.demo.planted import trades
from recsys.errors import SettingsError
from recsys.settings import load
from recsys.trades.trade import TRADES

LAST = date(2026, 1, 31)


@pytest.mark.parametrize("name", trades.PLANTED)
def test_the_data_of_a_trade_has_its_actions_ends_with_the_day_and_is_the_same_each_time(name: str) -> None:
    made = trades.made(name, LAST)
    assert set(made.events["action"]) <= set(TRADES[name].weights)
    assert made.events["occurred_at"].dt.date.max() == LAST
    assert set(made.events["item_id"]) <= set(made.items["item_id"])
    pd.testing.assert_frame_equal(trades.made(name, LAST).events, made.events)


def test_music_is_played_again_and_again() -> None:
    events = trades.made("music", LAST).events
    replays = events[events["action"] == "replay"].groupby(["user_id", "item_id"]).size()
    assert replays.max() > 3
    first = events.sort_values("occurred_at").groupby(["user_id", "item_id"])["action"].first()
    assert set(first) == {"play"}


def test_what_is_bought_was_put_into_the_cart_and_what_is_returned_was_bought() -> None:
    made = trades.made("ecommerce", LAST)
    pairs = {
        action: set(zip(of["user_id"], of["item_id"], strict=True)) for action, of in made.events.groupby("action")
    }
    assert pairs["return"] < pairs["buy"] < pairs["cart"] < pairs["view"]
    assert set(made.items["domain"]) == {"home", "sport", "leisure"}


def test_a_story_is_read_within_three_days_and_only_fresh_ones_are_available() -> None:
    made = trades.made("news", LAST)
    end = pd.Timestamp(LAST, tz="UTC") + pd.Timedelta(days=1)
    age = (end - made.events.groupby("item_id")["occurred_at"].max()).dt.total_seconds() / 86_400
    available = made.items.set_index("item_id")["available"]
    assert 30 < available.sum() < 100
    assert age[available[age.index]].max() < 3
    spans = made.events.groupby("item_id")["occurred_at"].agg(lambda times: times.max() - times.min())
    assert spans.max() < pd.Timedelta(days=3, minutes=5)


def test_the_settings_are_those_that_init_proposes_for_the_trade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = trade.given(tmp_path, "social", LAST)
    assert given.days == [LAST]
    assert sorted(given.files) == ["events", "follows", "items", "users"]
    for name, value in given.environment.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.source.model_dump(include={"kind", *given.files}) == {"kind": "files", **given.files}
    assert (settings.transfer.neighbours, settings.events.action_weights["mute"]) == (100, -1.0)
    assert "250 people with 400 items of 10 topics" in given.about


def test_a_trade_without_made_up_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="music, social, ecommerce, news"):
        trade.given(tmp_path, "generic", LAST)
