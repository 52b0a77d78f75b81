from collections.abc import Callable

import numpy as np
import pytest

from recsys.evaluation.texts import cosines
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import now
from recsys.transfer.model import Profiles

DIRECTIONS = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float32)


@pytest.fixture
def scores(history: Callable[..., Interactions]) -> dict[str, Floats]:
    """User 0 chose items 0 and 1 and disliked 3, user 1 did nothing."""
    known = history([(0, 0, 1, 1), (0, 1, 1, 2), (0, 3, -1, 3)], 2, 4)
    nobody: Profiles = None  # type: ignore[assignment]  # texts look at no profile
    return {one.name: one.score(now(known, 9.0), nobody) for one in cosines(DIRECTIONS)}


def test_the_mean_is_compared_by_its_direction(scores: dict[str, Floats]) -> None:
    # (0.5, 0.5) points to (0.70711, 0.70711).
    assert scores["text mean"][0] == pytest.approx([0.70711, 0.70711, 0.98995, 0], abs=1e-5)


def test_the_most_similar_of_a_history_counts(scores: dict[str, Floats]) -> None:
    assert scores["text max"][0] == pytest.approx([1, 1, 0.8, 0], abs=1e-6)


def test_texts_have_nothing_to_say_to_a_user_without_history(scores: dict[str, Floats]) -> None:
    assert not any(score[1].any() for score in scores.values())
