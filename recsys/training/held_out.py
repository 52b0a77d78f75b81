"""What no training reads: a fixed share of the items, each user's latest events, and some users' events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.events.held_out import without_items
from recsys.events.interactions import Interactions, Mask
from recsys.events.split import Split, leave_last
from recsys.settings import TrainingSettings

BUCKETS = 1000


@dataclass(frozen=True)
class HeldOut:
    """Events to train on, and the requests that they leave open."""

    train: Interactions
    """Before the requests, of all users; those of the `judges` only judge."""
    cold: Mask
    """Items that no training ever reads, (n_items,)."""
    cold_items: Split
    """Requests for the latest first positives among the cold items, which are ranked among themselves."""
    warm: Split
    """Requests for the latest first positives among all items."""
    judges: Mask
    """Users whose events are not trained on, to determine when to stop, (n_users,)."""


def hold_out(interactions: Interactions, item_ids: Sequence[str], settings: TrainingSettings) -> HeldOut:
    """The cut of a training. An item is cold by its id alone, so every training excludes the same items.

    What is trained on lies before both requests of its user.
    """
    cold = is_cold(item_ids, settings)
    known, warm = leave_last(interactions, settings.leave_last)
    train, cold_items = without_items(known, cold, settings.leave_last)
    judges = np.random.default_rng(settings.seed).random(interactions.n_users) < settings.held_out_share
    return HeldOut(train.first_positives, cold, cold_items, warm, judges)


def is_cold(item_ids: Sequence[str], settings: TrainingSettings) -> Mask:
    """Whether an item is cold, (n_items,).

    >>> is_cold(["a", "b", "c"], TrainingSettings(cold_item_share=0.0)).tolist()
    [False, False, False]
    """
    digests = pd.util.hash_array(np.asarray(item_ids, object))
    return np.asarray(digests % BUCKETS < settings.cold_item_share * BUCKETS)
