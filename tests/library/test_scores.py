"""A pair that no signal nominates is scored as if it were one more candidate."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.library.recommender import Recommender
from recsys.ranking.candidates import Candidates, with_pairs
from recsys.ranking.ranker import trees

USERS, MOST = np.arange(6, dtype=np.int32), 3
"""So few nominees of each signal that most pairs are none."""


def one_more(candidates: Candidates, pairs: Candidates, row: int) -> tuple[Candidates, int]:
    """The candidates with one of the pairs among them in order, and its place."""
    request, item = (np.append(getattr(candidates, name), getattr(pairs, name)[row]) for name in ("request", "item"))
    order = np.lexsort((item, request))
    features = np.vstack([candidates.features, pairs.features[row]])[order]
    whole = replace(
        candidates,
        request=request[order],
        item=item[order],
        features=features,
        new=np.append(candidates.new, pairs.new[row])[order],
    )
    return whole, int(np.flatnonzero(order == len(request) - 1)[0])


@pytest.mark.parametrize("depth", [5, 80])
def test_a_pair_scores_what_one_more_candidate_would(
    depth: int, fitted: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "DEPTH", depth)
    state = fitted.fitted
    requests = state.requests(USERS)
    request, item = (part.ravel().astype(np.int32) for part in np.indices((len(USERS), 40)))
    candidates, pairs = with_pairs(
        state.models.signals,
        requests,
        state.models.transfer.profiles(requests),
        state.models.facts,
        state.models.available,
        MOST,
        1,
        request,
        item,
    )
    nominated = set(zip(candidates.request.tolist(), candidates.item.tolist(), strict=True))
    others = [
        row for row, pair in enumerate(zip(request.tolist(), item.tolist(), strict=True)) if pair not in nominated
    ]
    assert len(others) > 50
    assert all(expert.texts for expert in state.ranker.experts[1:]), "there are trees"
    scores = state.ranker.score_beside(candidates, pairs)
    for row in others[::5]:
        whole, place = one_more(candidates, pairs, row)
        assert scores[row] == pytest.approx(state.ranker.score(whole)[place], abs=1e-5)
