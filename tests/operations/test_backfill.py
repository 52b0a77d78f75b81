"""Airflow's own backfill of five days of MovieLens, against a run of each day alone and without Airflow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.publish.kept import publications
from tests.operations.five_days import FiveDays
from tests.operations.history import DAYS, History

LISTS = (
    "SELECT user_id, item_ids, scores, reasons FROM recsys.recommendation_list JOIN recsys.publication USING (pub_id)"
)


def test_every_day_succeeds_and_is_published_once_and_in_order(days: FiveDays) -> None:
    assert days.states == dict.fromkeys(DAYS, "success")
    kept = sorted(publications(days.place.dsn), key=lambda one: one.pub_id)
    assert [one.as_of for one in kept] == list(DAYS)
    assert [one.status for one in kept] == ["published"] * (len(DAYS) - 1) + ["live"]
    moments = [one.published_at for one in kept if one.published_at]
    assert moments == sorted(moments)
    assert len(moments) == len(DAYS)


def test_each_publication_is_what_a_run_of_that_day_alone_makes(
    days: FiveDays, lists_alone: dict[str, pd.DataFrame], past: History
) -> None:
    for day in DAYS:
        served = pd.DataFrame(
            days.place.ask(f"{LISTS} WHERE as_of = %s ORDER BY 1", day),
            columns=["user_id", "item_ids", "scores", "reasons"],
        )
        direct = lists_alone[str(day)].sort_values("user_id", ignore_index=True)
        assert served["user_id"].tolist() == direct["user_id"].tolist()
        assert served["item_ids"].tolist() == [list(one) for one in direct["item_ids"]]
        assert [np.float32(one).tolist() for one in served["scores"]] == [one.tolist() for one in direct["scores"]]
        assert served["reasons"].tolist() == [list(one) for one in direct["reasons"]]
        assert len(served) <= len(past.users)
