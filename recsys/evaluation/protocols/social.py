"""New users who follow somebody: their links are known before their positives."""

from __future__ import annotations

import numpy as np

from recsys.errors import DataError
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.split import reveal

ALL = 10**9


def cuts(given: Given) -> list[Cut]:
    """Cuts `social-n`: a share of the users with links, known by these alone, reveals n events and wants the rest.

    The whole graph stays. Raises `DataError` without links.
    """
    if not given.side.graph.nnz:
        raise DataError(
            "protocol social needs links between users",
            where="follows",
            seen="none",
            expected="follower_id and followee_id of users with events",
            remedy="name a follow graph, or leave the protocol out",
        )
    rng, known = given.rng, given.interactions
    linked = np.diff(given.side.graph.indptr) > 0
    is_new = linked & (rng.random(known.n_users) < given.settings.cold_share)
    hidden = is_new[known.user]
    others, new_users = known.take(~hidden), known.take(hidden)
    splits = {count: reveal(new_users, count, ALL) for count in given.settings.social_revealed}
    return [Cut(f"social-{count}", others, given.judged(split, rng)) for count, split in splits.items()]
