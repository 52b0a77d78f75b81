"""The list of an unknown user, as the stage `rank` writes it."""

from __future__ import annotations

import pandas as pd

from recsys import results
from recsys.ranking.lists import population
from tests.ranking.days import SECOND, Days


def test_the_first_shard_writes_one_whole_list_for_everybody(days: Days) -> None:
    first, other = (results.run("rank", days.settings, SECOND, days.second, shard) for shard in (0, 1))
    (row,) = pd.read_parquet(first.path(population.FILE)).itertuples()
    assert row.audience == population.AUDIENCE
    assert len(set(row.item_ids)) == len(row.scores) == len(row.reasons) == len(row.terms) == 5
    assert not other.path(population.FILE).exists()
