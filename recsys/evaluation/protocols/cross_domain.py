"""Users new to a domain, known from others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys.errors import DataError
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.held_out import some_entries, without_entries
from recsys.events.interactions import Ints
from recsys.events.split import Split, keep


def cuts(given: Given) -> list[Cut]:
    """Cuts `cross-domain t`, of each domain t: a share of the users who came to t from others has no events there.

    They are asked at their first event in t for all their positives there, and t alone is ranked. A user is new to one
    domain at most, so one fit serves all. Raises `DataError` for fewer than two domains.
    """
    known, domain = given.interactions, given.side.domain
    targets = [place for place, name in enumerate(given.side.domains) if name]
    if len(set(targets) & set(domain[known.item[known.positive]].tolist())) < 2:
        raise DataError(
            "protocol cross-domain needs two domains",
            where="domain of events or items",
            seen=", ".join(filter(None, given.side.domains)) or "none",
            expected="at least two with events",
            remedy="name the domains, or leave the protocol out",
        )
    rng = given.rng
    entered = some_entries(known, domain, targets, given.settings.cold_share, rng)
    left, split = without_entries(known, domain, entered)
    to = entered[split.requests.user]
    return [
        Cut(f"cross-domain {given.side.domains[place]}", left, judged, domain == place, _pairs(judged, given, place))
        for place in targets
        for judged in [given.judged(keep(split, (to == place) & (np.diff(split.targets.indptr) > 0)), rng)]
    ]


def _pairs(split: Split, given: Given, target: int) -> Mapping[str, Ints]:
    """Rows of users who come from a single domain, by "source → target"; empty where there is one source only."""
    history = split.requests.history.take(split.requests.history.positive)
    been = np.zeros((len(split.requests), len(given.side.domains)), bool)
    been[history.user, given.side.domain[history.item]] = True
    names, alone = given.side.domains, been.sum(axis=1) == 1
    rows = {
        f"{name or 'no domain'} → {names[target]}": np.flatnonzero(alone & been[:, place]).astype(np.int32)
        for place, name in enumerate(names)
    }
    found = {name: some for name, some in rows.items() if len(some)}
    return found if len(names) > 2 else {}
