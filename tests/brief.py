"""Models that are trained briefly, where a test is not about how well they are trained."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def brief_training(backcasts: int = 1) -> Iterator[None]:
    """5 epochs of a sequence model at most; 10 rounds of trees, which stay where 20 users judge them; also a decorator.

    Small shops have two backcasts as a rule; of one, too few users may be left to judge trees.
    """
    from recsys.ranking.ranker import backcast, experts, validation  # imports torch, which most tests do without
    from recsys.ranking.signals.sequence_model import training

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "EPOCHS", 5)
        patch.setattr(experts, "ROUNDS", 10)
        patch.setattr(validation, "SLIGHT", math.inf)
        patch.setattr(backcast, "SMALL", 0 if backcasts == 1 else backcast.SMALL)
        yield
