"""What was really asked since an earlier day's models were fitted, and what these models nominate for it.

They end with their day: whatever comes later is unknown to them, so they are a fold of stacking that costs no fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.split import keep, sample
from recsys.events.tables import Strings, Tables, end_of
from recsys.ranking.models import Models
from recsys.ranking.ranker.backcast import MIN_REQUESTS
from recsys.ranking.ranker.examples import labelled, together
from recsys.ranking.ranker.kinds import Asked, held_out, kinds
from recsys.ranking.ranker.window import Window, renumbered, rolled
from recsys.settings import Settings

MAX_A_DAY = MIN_REQUESTS // 7
"""Maximum requests of one kind per day: of more a random sample, so that a window spans a week at least."""


@dataclass(frozen=True)
class Earlier:
    """An earlier day's models, and its users and items in the order of their rows."""

    models: Models
    user_ids: Strings
    item_ids: Strings
    end: float
    """End of the day, in days since 1970: the models know no event from then on."""


def window(earlier: Earlier, before: Window | None, known: Tables, as_of: date, settings: Settings) -> Window:
    """The earlier day's window rolled on to `as_of`, whose tables are `known`: users are rows of these."""
    today = _today(earlier, known, settings)
    kept = [] if before is None else [renumbered(before, _rows(earlier.user_ids, known.user_ids))]
    return rolled([*kept, today], int(end_of(as_of)) - 1)


def requests(
    interactions: Interactions, domain: Ints, new: Mask, end: float, rng: np.random.Generator
) -> Iterator[Asked]:
    """A sample of the requests of each kind from `end` on, with what each user is known for by then."""
    active = np.zeros(interactions.n_users, bool)
    active[interactions.user[interactions.day >= end]] = True
    recent = interactions.take(active[interactions.user])
    found = list(kinds(recent, domain, new, held_out(interactions), end))
    parts = Counter(asked.kind for asked in found)
    for kind, split, pool in found:
        since = keep(split, split.requests.at >= end)
        yield Asked(kind, sample(since, max(MAX_A_DAY // parts[kind], 1), rng), pool)


def _today(earlier: Earlier, known: Tables, settings: Settings) -> Window:
    """What the models nominate for requests from their end on.

    Users whom they do not know are new users to them; items that they do not know are not asked for.
    """
    items, users = _rows(known.item_ids, earlier.item_ids), _rows(known.user_ids, earlier.user_ids)
    events = known.interactions.take(items[known.interactions.item] >= 0)
    events = replace(events, item=items[events.item], n_items=len(earlier.item_ids))
    facts, rng = earlier.models.facts, np.random.default_rng((settings.seed, 3, int(earlier.end)))
    parts, names = [], []
    for kind, split, pool in requests(events, facts.domain, facts.events == 0, earlier.end, rng):
        user = split.requests.user
        split = replace(split, requests=replace(split.requests, user=users[user]))
        parts.append(labelled(earlier.models.within(pool), split, settings, user))
        names += [kind] * len(parts[-1].user)
    return Window(together(parts), np.array(names, np.str_), np.full(len(names), earlier.end, np.int32))


def _rows(ids: Strings, others: Strings) -> Ints:
    """Row of each id among the others, (n_ids,); -1 where it is none of them."""
    return np.asarray(pd.Index(others).get_indexer(ids), np.int32)
