"""Users new to a domain, known from others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys.errors import DataError
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions, Ints
from recsys.events.split import Split, ask, keep

NOWHERE = -1


def cuts(given: Given) -> list[Cut]:
    """Cuts `cross-domain t`, of each domain t: a share of those who came to t from elsewhere has never been there.

    They are asked at their first event in t for all they chose there, and t alone is ranked. A user is new to one
    domain at most, so one fit serves all. Raises `DataError` for fewer than two domains.
    """
    known, domain = given.interactions, given.side.domain
    targets = [place for place, name in enumerate(given.side.domains) if name]
    if len(set(targets) & set(domain[known.item[known.positive]].tolist())) < 2:
        raise DataError("protocol cross-domain needs two domains", where="domain of events or items",
                        seen=", ".join(filter(None, given.side.domains)) or "none", expected="at least two with events",
                        remedy="name the domains, or leave the protocol out")  # fmt: skip
    rng = given.rng
    entered = _entered(given, targets, rng)
    hidden = domain[known.item] == entered[known.user]
    left, split = ask(known, known.positive & hidden, hidden)
    to = entered[split.requests.user]
    return [
        Cut(f"cross-domain {given.side.domains[place]}", left, one, domain == place, _pairs(one, given, place))
        for place in targets
        for one in [given.judged(keep(split, (to == place) & (np.diff(split.targets.indptr) > 0)), rng)]
    ]


def _entered(given: Given, targets: list[int], rng: np.random.Generator) -> Ints:
    """The domain that each user is new to, (n_users,); `NOWHERE` for most."""
    entered = np.full(given.interactions.n_users, NOWHERE, np.int32)
    chosen = given.interactions.take(given.interactions.positive)
    for place in targets:
        drawn = rng.random(len(entered)) < given.settings.cold_share
        entered[drawn & (entered == NOWHERE) & _came_from_elsewhere(chosen, given.side.domain == place)] = place
    return entered


def _came_from_elsewhere(chosen: Interactions, within: np.ndarray) -> np.ndarray:
    """Whether a user chose something outside of a domain before the first choice within, (n_users,)."""
    inside = within[chosen.item]
    first = np.full(chosen.n_users, -1)
    places = np.flatnonzero(inside)[::-1]
    first[chosen.user[places]] = places
    return first > chosen.starts[:-1]


def _pairs(split: Split, given: Given, target: int) -> Mapping[str, Ints]:
    """Rows of those who come from a single domain, by "source → target"; none where there is one source only."""
    history = split.requests.history.take(split.requests.history.positive)
    been = np.zeros((len(split.requests), len(given.side.domains)), bool)
    been[history.user, given.side.domain[history.item]] = True
    names, alone = given.side.domains, been.sum(axis=1) == 1
    rows = {f"{name or 'no domain'} → {names[target]}": np.flatnonzero(alone & been[:, place]).astype(np.int32)
            for place, name in enumerate(names)}  # fmt: skip
    found = {name: some for name, some in rows.items() if len(some)}
    return found if len(names) > 2 else {}
