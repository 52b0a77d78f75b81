from collections.abc import Callable

import numpy as np
import pytest

from recsys.evaluation import bootstrap, source_document
from recsys.evaluation.backtest import Backtest
from recsys.evaluation.columns import MAIN
from recsys.evaluation.measure import per_request
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import now
from recsys.transfer.model import Profiles

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)


@pytest.fixture
def known(history: Callable[..., Interactions]) -> Interactions:
    """User 0 chose items 0 and 1, user 1 chose 2 and disliked 0, user 2 did nothing."""
    return history([(0, 0, 1, 1), (0, 1, 1, 2), (1, 2, 1, 1), (1, 0, -1, 2)], 3, 3)


@pytest.fixture
def nobody(known: Interactions) -> Profiles:
    """The baseline looks at no profile."""
    return None  # type: ignore[return-value]


def test_the_source_is_the_mean_over_users_of_their_mean_feature(known: Interactions) -> None:
    # Users have (0.5, 0.5) and (0.6, 0.8): what is disliked does not count, nor does who chose nothing.
    assert source_document.fit(known, VECTORS).source == pytest.approx([0.55, 0.65])


def test_scores_are_cosines_to_the_shifted_mean(known: Interactions, nobody: Profiles) -> None:
    scores = source_document.fit(known, VECTORS).score(now(known, 9.0), nobody)
    # A tenth of the way from (0.5, 0.5) to (0.55, 0.65) is (0.505, 0.515), of length 0.72128.
    assert scores[0] == pytest.approx([0.70014, 0.71401, 0.99129], abs=1e-4)
    # A tenth of the way from (0.6, 0.8) is (0.595, 0.785), of length 0.98501.
    assert scores[1] == pytest.approx([0.60405, 0.79694, 1.0], abs=1e-4)


def test_it_has_nothing_to_say_to_a_user_without_history(known: Interactions, nobody: Profiles) -> None:
    assert source_document.fit(known, VECTORS).score(now(known, 9.0), nobody)[2].tolist() == [0, 0, 0]


def test_without_any_event_it_has_nothing_to_say_to_anybody(known: Interactions, nobody: Profiles) -> None:
    empty = known.take(np.zeros(len(known.user), bool))
    assert not source_document.fit(empty, VECTORS).score(now(known.take(known.user == 2), 9.0), nobody).any()


def test_it_is_below_popularity_where_texts_do_not_tell_what_people_choose(
    crowd: Interactions, vectors: Floats, run: Callable[..., dict[str, Backtest]]
) -> None:
    warm = run(crowd, "evaluation.cold_share=0")["warm"]
    literal, popular = (per_request(warm, warm.lists[arm], vectors)[MAIN] for arm in ("source document", "popularity"))
    _, _, high = bootstrap.ratio(literal, popular, bootstrap.draws(len(popular), 200, seed=0))
    assert high < 0.8
