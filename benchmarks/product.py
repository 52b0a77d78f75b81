"""The product without its services: fitted on what is known, asked for lists."""

from __future__ import annotations

import numpy as np

from recsys.events.interactions import Interactions, Ints
from recsys.events.split import Requests
from recsys.ranking import models
from recsys.ranking.lists.recommend import candidates_of, compose
from recsys.ranking.lists.single import padded
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.world import World
from recsys.settings import Settings

K = 10


def lists(known: Interactions, requests: Requests, world: World, settings: Settings) -> Ints:
    """Lists of the product fitted on what is known, (n_requests, K); a place without an item is -1."""
    ranker, _ = fit_rankers(backcast.examples(known, world, settings), settings)
    fitted = models.fit(known, world.then, settings)
    settings = settings.model_copy(update={"lists": settings.lists.model_copy(update={"top_n": K})})
    found = []
    for rows in fitted.batches(len(requests)):
        part = requests.part(rows)
        candidates = candidates_of(fitted, part, fitted.transfer.profiles(part), settings)
        found.append(padded(compose(fitted, ranker.score(candidates), candidates, part, settings), K))
    return np.concatenate(found)
