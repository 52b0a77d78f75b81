from collections.abc import Callable

import numpy as np
import pytest

from recsys.evaluation.texts import cosines, ridge
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests, now
from recsys.ranking.signals.text_factors import TextFactors
from recsys.transfer.model import Profiles

DIRECTIONS = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float32)


@pytest.fixture
def scores(history: Callable[..., Interactions]) -> dict[str, Floats]:
    """User 0 chose items 0 and 1 and disliked 3, user 1 did nothing."""
    known = history([(0, 0, 1, 1), (0, 1, 1, 2), (0, 3, -1, 3)], 2, 4)
    nobody: Profiles = None  # type: ignore[assignment]  # texts look at no profile
    return {cosine.name: cosine.score(now(known, 9.0), nobody) for cosine in cosines(DIRECTIONS)}


def test_the_mean_is_compared_by_its_direction(scores: dict[str, Floats]) -> None:
    # (0.5, 0.5) points to (0.70711, 0.70711).
    assert scores["text mean"][0] == pytest.approx([0.70711, 0.70711, 0.98995, 0], abs=1e-5)


def test_the_most_similar_of_a_history_counts(scores: dict[str, Floats]) -> None:
    assert scores["text max"][0] == pytest.approx([1, 1, 0.8, 0], abs=1e-6)


def test_texts_have_nothing_to_say_to_a_user_without_history(scores: dict[str, Floats]) -> None:
    assert not any(score[1].any() for score in scores.values())


def every_pair(signal: TextFactors, requests: Requests) -> Floats:
    nobody: Profiles = None  # type: ignore[assignment]
    shape = (len(requests), requests.history.n_items)
    request, item = (places.ravel().astype(np.int32) for places in np.indices(shape))
    return signal.ask(requests, nobody).at(request, item).reshape(shape)


def test_ridge_gives_a_new_item_to_those_who_chose_what_reads_like_it(history: Callable[..., Interactions]) -> None:
    """Users 0 to 3 choose the items of one text, 0 and 1, the others 2 and 3; nobody chose 4 and 5, of either text."""
    events = [(user, item + 2 * (user > 3), 1, item) for user in range(8) for item in (0, 1)]
    known = history(events, 8, 6)
    texts = np.eye(2, dtype=np.float32)[[0, 0, 1, 1, 0, 1]]
    found = every_pair(ridge(known, texts, seed=1), now(known, 9.0))
    assert (found[:4, 4] > found[:4, 5]).all()
    assert (found[4:, 5] > found[4:, 4]).all()


def test_ridge_predicts_nothing_where_nobody_chose(history: Callable[..., Interactions]) -> None:
    known = history([(0, 0, -1, 1)], 2, 4)
    assert not every_pair(ridge(known, DIRECTIONS, seed=1), now(known, 9.0)).any()
