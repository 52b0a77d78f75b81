"""The list of everybody: what a user without a history is recommended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.events.interactions import Interactions
from recsys.events.split import Requests
from recsys.events.tables import Tables
from recsys.ranking.lists.reasons import Words, as_columns
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.models import Models
from recsys.ranking.ranker.experts import Ranker
from recsys.schema import ITEM_IDS, SCORES
from recsys.settings import Settings

FILE = "fallback.parquet"
AUDIENCE = "population"


def fallback(
    models: Models, ranker: Ranker, known: Tables, at: float, settings: Settings, words: Words
) -> pd.DataFrame:
    """One row: audience, item_ids, scores, reasons, terms; the list of a request without a history at that time."""
    nothing = np.zeros(0, np.int32)
    empty = Interactions(nothing, nothing, np.zeros(0, np.float32), np.zeros(0), 1, len(known.item_ids))
    unknown = Requests(empty, np.array([at]), np.array([-1], np.int32))
    (shown,), reasons = recommend(models, ranker, unknown, settings, words)
    return pd.DataFrame(
        {
            "audience": [AUDIENCE],
            ITEM_IDS: [known.item_ids[shown.item].tolist()],
            SCORES: [shown.score.astype(np.float32)],
            **as_columns(reasons),
        }
    )
