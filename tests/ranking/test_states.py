"""Shops of which there is next to nothing to learn: on both of two days everybody gets a list, and the log says how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys import pipeline
from recsys.settings import load
from tests.ranking.days import PATH, Play, files

FIRST, LATER = "2026-01-05", "2026-01-06"
TEN: Sequence[Play] = [
    (f"u{event % 5}", f"i{(event % 5 + event // 5) % 3}", f"2026-01-0{1 + event // 5} 0{event}:00")
    for event in range(10)
]
"""Of five users, with two of three items each."""
LEARNT = "ranker: learns from {} examples of requests on {} days and"


@pytest.mark.parametrize(
    ("since", "later", "said"),
    [
        ([], LATER, ("requests to learn from, by kind: none", LEARNT.format(0, 0))),
        ([("new", "i2", f"{LATER} 08:00")], LATER, ("by kind: {'new users': 1}", LEARNT.format(3, 1))),
        ([("u0", "i2", "2026-01-07 08:00")], "2026-01-08", ("'next day': 1", LEARNT.format(3, 1))),
    ],
    ids=["nothing since", "requests of one kind", "a day is missing"],
)
def test_of_ten_events_and_three_items_everybody_gets_a_list_of_what_is_left(
    since: Sequence[Play], later: str, said: Sequence[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = files(tmp_path, [*TEN, *since], ["i0", "i1", "i2"])
    settings = load([*named, f"store={tmp_path / 'store'}", "ranking.learn_every_days=1", "runtime.shards=1"])
    for day, lines in ((FIRST, ("no models of an earlier day are asked", LEARNT.format(0, 0))), (later, said)):
        caplog.clear()
        with caplog.at_level("INFO", "recsys"):
            made = pipeline.run((*PATH, "rank"), settings, date.fromisoformat(day))
        assert [line for line in lines if line not in caplog.text] == []
        lists = pd.read_parquet(made["rank"][0].path("recommendations.parquet"))
        played = {(user, item) for user, item, time in [*TEN, *since] if time[:10] <= day}
        left = Counter({user: 3 for user, _ in played}) - Counter(user for user, _ in played)
        assert {row.user_id: len(row.item_ids) for row in lists.itertuples()} == left


def test_a_day_on_which_one_user_did_something_makes_one_list(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    named = files(tmp_path, [*TEN, ("u0", "i2", "2026-01-07 08:00")], ["i0", "i1", "i2"])
    settings = load([*named, f"store={tmp_path / 'store'}", "lists.top_n=1", "lists.remake_every_days=3650"])
    made = []
    for day in (FIRST, LATER, "2026-01-07", "2026-01-13"):
        with caplog.at_level("INFO", "recsys"):
            ranked = pipeline.run((*PATH, "rank"), settings, date.fromisoformat(day))["rank"]
        made.append([sum(shard.rows[what] for shard in ranked) for what in ("lists made", "lists kept")])
    assert made == [[5, 0], [0, 5], [1, 4], [5, 0]]
    assert [shard.facts["why"] for shard in ranked] == ["models were learnt since"] * 2
    for line in (
        "all lists are made: there are none of an earlier day",
        "rank: all lists are made: models were learnt",
    ):
        assert line in caplog.text
