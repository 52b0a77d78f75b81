"""New items: some are hidden whole, and ranked among themselves."""

from __future__ import annotations

from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.held_out import some_items, without_items


def cuts(given: Given) -> list[Cut]:
    """One cut, `cold-items`: all events of a share of the items are hidden; users are asked for their last of these."""
    rng, settings = given.rng, given.settings
    new = some_items(given.interactions, settings.new_item_share, rng)
    known, split = without_items(given.interactions, new, settings.leave_last)
    return [Cut("cold-items", known, given.judged(split, rng), pool=new)]
