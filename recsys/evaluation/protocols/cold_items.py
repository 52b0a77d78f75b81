"""New items: some are hidden whole, and ranked among themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions, Mask
from recsys.events.split import Requests, Split, ask, keep


def cuts(given: Given) -> list[Cut]:
    """One cut, `cold-items`: all events of a share of the items are hidden; users are asked for their last of these.

    Known are a user's events with other items before that moment. What they had of the new items before it is closed
    to them and says nothing else.
    """
    rng, known = given.rng, given.interactions
    new = np.zeros(known.n_items, bool)
    new[np.unique(known.item[known.positive])] = True
    new &= rng.random(known.n_items) < given.settings.new_item_share
    before, split = ask(known, _last(known, new, given.settings.leave_last), np.zeros(len(known.user), bool))
    muted = _muted(split, new)
    asked = keep(muted, (np.diff(muted.requests.history.positives.indptr) > 0) & (np.diff(split.targets.indptr) > 0))
    return [Cut("cold-items", before.take(~new[before.item]), given.judged(asked, rng), pool=new)]


def _last(known: Interactions, new: Mask, count: int) -> Mask:
    """Where an event is one of a user's last positive ones with new items, (n_events,)."""
    asked = new[known.item]
    inside = known.take(asked)
    asked[asked] = inside.positive & (inside.order_from_end < count)
    return asked


def _muted(split: Split, new: Mask) -> Split:
    """Histories in which events with new items weigh nothing, and so are seen without being a choice."""
    history = split.requests.history
    weight = np.where(new[history.item], 0, history.weight).astype(np.float32)
    muted = Requests(replace(history, weight=weight), split.requests.at, split.requests.user)
    return Split(muted, split.targets)
