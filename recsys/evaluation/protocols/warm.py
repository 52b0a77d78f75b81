"""Known users: the last events of each are hidden."""

from __future__ import annotations

from recsys.evaluation.protocols import cold_users
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.split import leave_last


def cuts(given: Given) -> list[Cut]:
    """One cut, `warm`: what was known before each user's last positives, which are the targets."""
    return [given.warm]


def beside_new_users(given: Given) -> list[Cut]:
    """The cut `warm` of the users who are not hidden by `cold-n`, and the cuts of these: one fit serves all."""
    hidden = cold_users.of_hidden_users(given)
    known, split = leave_last(given.interactions.take(~hidden), given.settings.leave_last)
    return [Cut("warm", known, given.judged(split, given.rng)), *cold_users.revealed(given, hidden, known)]
