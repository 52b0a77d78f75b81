"""EASE (Steck 2019), as a peer: the formula of the product's retriever, with a ridge penalty of its own."""

from __future__ import annotations

from benchmarks.quality.here import Here, Scores
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.ranking.retrievers import ease

PENALTIES = (10.0, 30.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0)


def fit(known: Interactions, l2: float) -> Scores:
    """EASE on binary choices."""
    model = ease.fit(known, l2)

    def scores(requests: Requests) -> Floats:
        return model.predict(requests.history)

    return scores


EASE = Here("EASE", fit, tuple({"l2": penalty} for penalty in PENALTIES))
