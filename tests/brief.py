"""Models that are trained briefly, where a test is not about how well they are trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def brief_training(backcasts: int = 1) -> Iterator[None]:
    """5 epochs of a sequence model at most; 10 rounds of trees, however little there is to learn; also a decorator.

    Small shops have two backcasts as a rule.
    """
    from recsys.ranking.ranker import backcast, experts, trees  # imports torch, which most tests do without
    from recsys.ranking.signals.sequence_model import training

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "EPOCHS", 5)
        patch.setattr(experts, "ROUNDS", 10)
        patch.setattr(trees, "MIN_POSITIVES", 20)
        patch.setattr(backcast, "SMALL", 0 if backcasts == 1 else backcast.SMALL)
        yield
