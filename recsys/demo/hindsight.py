"""The learning curve: what the lists of each day turned out to be worth, beside the best baseline of that day."""

from __future__ import annotations

from typing import Any

import pandas as pd

from recsys.demo.quality import BASELINES, cell
from recsys.schema import RECSYS

COLUMNS = ("lists of", "users judged", "recsys", "best baseline", "")
"""The last column holds the name of the baseline."""


def curve(by_day: pd.DataFrame) -> list[list[str]]:
    """A row for each judged day, oldest first: `COLUMNS`, NDCG@10 with 95% intervals over users.

    The best baseline is selected after the fact, day by day, which favours it.
    """
    return [_row(str(day), of_day) for day, of_day in by_day.groupby("as_of")]


def _row(day: str, of_day: pd.DataFrame) -> list[str]:
    recsys = of_day[of_day["arm"] == RECSYS].to_dict("records")[0]
    baselines = of_day[of_day["arm"].isin(BASELINES)].sort_values(["value", "arm"], ascending=[False, True])
    best: list[dict[Any, Any]] = baselines.head(1).to_dict("records")
    return [day, str(recsys["users"]), cell(recsys), *(cell(row) for row in best), *(row["arm"] for row in best)]
