"""Lists of other arms on the same day: baselines of the published lists once later events are known."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from recsys.events.interactions import Ints
from recsys.events.split import Requests
from recsys.ranking.lists.recommend import compose
from recsys.ranking.lists.single import listed, padded
from recsys.ranking.models import Models
from recsys.ranking.ranker.experts import Ranker
from recsys.ranking.signals import popularity
from recsys.ranking.signals.contract import Open
from recsys.schema import ITEM_IDS, NO_TRANSFER, USER_ID
from recsys.settings import Settings

MAX_USERS = 2000
"""Users, about, for whom other arms answer too."""
K = 10
TYPES = pa.schema(
    [("arm", pa.string()), (USER_ID, pa.string()), ("segment", pa.int32()), (ITEM_IDS, pa.list_(pa.string()))]
)


def sampled(user_ids: npt.NDArray[np.object_], n_users: int) -> Ints:
    """Rows of the users who are sampled, whatever the shard: by a hash of the id, so the same on every day."""
    share = min(1.0, MAX_USERS / max(n_users, 1))
    return np.flatnonzero([crc32(str(user).encode()) < share * 2**32 for user in user_ids]).astype(np.int32)


def lists(models: Models, without_transfer: Ranker, requests: Requests, settings: Settings) -> pd.DataFrame:
    """Lists of the no-transfer arm and of every signal alone: arm, row of the user, segment, rows of items."""
    parts = [_of(models, without_transfer, requests.part(rows), settings) for rows in models.batches(len(requests))]
    return pd.concat(parts, ignore_index=True)


def _of(models: Models, without_transfer: Ranker, requests: Requests, settings: Settings) -> pd.DataFrame:
    profiles = models.transfer.profiles(requests)
    answers = {signal.spec: signal.ask(requests, profiles) for signal in models.signals}
    candidates = models.nominate(requests, profiles, settings, settings.lists.top_n, list(answers.values()))
    candidates = candidates.without_transfer()
    shown = compose(models, without_transfer.score(candidates), candidates, requests, settings)
    open_items = Open(models.available, requests.history.seen)
    alone = listed(list(answers.values()), answers[popularity.EVER], open_items, K)
    found = {NO_TRANSFER: padded(shown, K)} | {spec.name: items for spec, items in zip(answers, alone, strict=True)}
    return pd.concat(
        [
            pd.DataFrame({"arm": arm, USER_ID: requests.user, "segment": profiles.segment, ITEM_IDS: list(items)})
            for arm, items in found.items()
        ]
    )
