"""A follow made today changes the list of tomorrow, as the trace says; undone, the next is as if it had never been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from recsys import pipeline, stages
from recsys.schema import USER_ID
from recsys.settings import load
from tests.brief import brief_training

PATH = ("ingest", "features", "interests", "transfer", "signals", "item_lists", "ranker", "rank")
TODAY, TOMORROW, AFTER = (date(2026, 1, day) for day in (5, 6, 7))
TEXTS = ("space war robot planet", "love wedding summer paris")
USERS, ELDERS, ITEMS = 80, 20, 60
COMMON = range(ITEMS, ITEMS + 4)
ZOE, FRIEND = "zoe", "u01"
"""Zoe played one thing that everybody plays; the friend is an elder of the odd kind."""


class Day(NamedTuple):
    """What zoe was given on a day, and the trace of it."""

    items: list[str]
    scores: list[float]
    reasons: list[str]
    trace: Mapping[str, Any]

    @property
    def of_the_friend(self) -> int:
        """Items of the friend's kind in the list."""
        return sum(int(item[1:]) % 2 for item in self.items if int(item[1:]) < ITEMS)

    @property
    def follows(self) -> tuple[float, int]:
        """Share of those whom she follows in what was transferred, and how many they are."""
        return next(
            ((donor["share"], donor["voices"]) for donor in self.trace["donors"] if donor["donor"] == "follows"),
            (0.0, 0),
        )


def events() -> pd.DataFrame:
    """Everybody begins with the four things that all play; even users go on with even items, odd ones with odd ones.

    So what somebody played first says nothing of their kind, and whom they follow does. Zoe has just begun.
    """
    rng = np.random.default_rng(3)
    plays = []
    for user in range(USERS):
        first, own = rng.permutation(COMMON), rng.choice(np.arange(user % 2, ITEMS, 2), 14, replace=False)
        plays += [
            (f"u{user:02}", f"i{item:02}", pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=user + hour))
            for hour, item in enumerate([*first, *own])
        ]
    plays.append((ZOE, f"i{COMMON[0]}", pd.Timestamp("2026-01-05", tz="UTC")))
    return pd.DataFrame(plays, columns=["user_id", "item_id", "occurred_at"]).assign(action="play")


def follows(*more: tuple[str, str]) -> pd.DataFrame:
    """Everybody but zoe and the elders follows three elders of their own kind, and whoever else is given."""
    kinds = [(f"u{user:02}", f"u{(user + step) % ELDERS:02}") for user in range(ELDERS, USERS) for step in (0, 4, 8)]
    return pd.DataFrame([*kinds, *more], columns=["follower_id", "followee_id"])


@pytest.fixture(scope="module")
def day_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, date, pd.DataFrame], Day]:
    """Runs a day of one world, each of which has a store of its own; days of a world go on from those before."""
    folder = tmp_path_factory.mktemp("follow")
    items = [
        {
            "item_id": f"i{item:02}",
            "title": f"{TEXTS[item % 2].split()[item % 4]} {item}",
            "description": TEXTS[item % 2],
        }
        for item in range(ITEMS + len(COMMON))
    ]
    pd.DataFrame(items).to_parquet(folder / "items.parquet")
    events().to_parquet(folder / "events.parquet")

    @brief_training()
    def run(world: str, day: date, graph: pd.DataFrame) -> Day:
        graph.to_parquet(folder / f"{world}.parquet")
        files = {
            "events": folder / "events.parquet",
            "items": folder / "items.parquet",
            "follows": folder / f"{world}.parquet",
        }
        settings = load([f"store={folder / world}", "source.kind=files", *named(files)])
        return given(pipeline.run(PATH, settings, day))

    return run


def named(files: Mapping[str, Path]) -> list[str]:
    return [f"source.{table}={file}" for table, file in files.items()]


def given(made: stages.Inputs) -> Day:
    lists = pd.concat([pd.read_parquet(one.path("recommendations.parquet")) for one in made["rank"]])
    trace = pd.read_parquet(made["transfer"][0].path("trace.parquet")).set_index(USER_ID)
    row = lists.set_index(USER_ID).loc[ZOE]
    return Day(list(row["item_ids"]), list(row["scores"]), list(row["reasons"]), trace.loc[ZOE].to_dict())


@pytest.fixture(scope="module")
def before(day_of: Callable[[str, date, pd.DataFrame], Day]) -> Day:
    """Today, nobody follows anybody new; two worlds begin so."""
    ours, other = (day_of(world, TODAY, follows()) for world in ("followed", "never"))
    assert ours.items == other.items
    return ours


@pytest.fixture(scope="module")
def followed(before: Day, day_of: Callable[[str, date, pd.DataFrame], Day]) -> Day:
    """Tomorrow, with a follow that was made today."""
    return day_of("followed", TOMORROW, follows((ZOE, FRIEND)))


def test_a_follow_made_today_brings_items_of_the_followee_into_the_list_of_tomorrow(
    followed: Day, before: Day, day_of: Callable[[str, date, pd.DataFrame], Day]
) -> None:
    never = day_of("never", TOMORROW, follows())
    assert never.items == before.items
    theirs = set(events().query("user_id == @FRIEND")["item_id"])
    assert len(theirs & set(followed.items)) > len(theirs & set(never.items))
    assert followed.of_the_friend > never.of_the_friend
    assert any("people you follow" in reason for reason in followed.reasons)
    assert not any("people you follow" in reason for reason in never.reasons)


def test_the_trace_says_so(followed: Day, before: Day) -> None:
    """Who is followed vouches, and the interests of the followee rise."""
    assert before.follows == (0.0, 0)
    share, voices = followed.follows
    assert share > 0
    assert voices == 1
    assert followed.trace["alpha"] > 0


def test_undone_the_list_is_that_of_a_world_without_it(
    followed: Day, day_of: Callable[[str, date, pd.DataFrame], Day]
) -> None:
    undone, never = (day_of(world, AFTER, follows()) for world in ("followed", "never"))
    assert undone.items != followed.items
    assert undone.items == never.items
    assert undone.scores == never.scores
    assert undone.reasons == never.reasons
