"""Random events mixed into what is known of everybody."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions
from recsys.events.split import Requests, Split


def cuts(given: Given) -> list[Cut]:
    """One cut, `noise`: that of `warm` with random events on the known side, to be compared with `warm` itself."""
    clean = given.warm
    wanted = _by_user(clean.split, given.interactions.n_users)
    noisy = mixed(clean.known, given.settings.noise_share, wanted, given.rng)
    asked = clean.split.requests
    requests = Requests(noisy.of_users(asked.user), asked.at, asked.user)
    return [Cut("noise", noisy, Split(requests, clean.split.weights), clean=clean)]


def mixed(known: Interactions, share: float, wanted: sp.csr_matrix, rng: np.random.Generator) -> Interactions:
    """The events with random ones among them: for a share of them, an event with a random item at the same time.

    It has the absolute weight of the event it follows, with a positive sign; events of weight 0 are
    followed by none. None is of a `wanted` item, (n_users, n_items), which must stay to be found.
    """
    places = np.flatnonzero((rng.random(len(known.user)) < share) & (known.weight != 0))
    user, item = known.user[places], rng.integers(0, known.n_items, len(places)).astype(np.int32)
    left = np.asarray(wanted[user, item]).ravel() == 0 if len(places) else np.zeros(0, bool)
    places, user, item = places[left], user[left], item[left]
    weight = np.abs(known.weight[places])
    order = np.argsort(np.concatenate([np.arange(len(known.user)), places]), kind="stable")
    columns = ((known.user, user), (known.item, item), (known.weight, weight), (known.day, known.day[places]))
    user, item, weight, day = (np.concatenate(pair)[order] for pair in columns)
    again, grade = (
        None if column is None else np.concatenate([column, column[places]])[order]
        for column in (known.repeatable, known.grade)
    )
    return Interactions(user, item, weight, day, known.n_users, known.n_items, again, grade)


def _by_user(split: Split, n_users: int) -> sp.csr_matrix:
    """Targets, (n_users, n_items)."""
    targets = split.targets.tocoo()
    rows = split.requests.user[targets.row]
    return sp.csr_matrix((targets.data, (rows, targets.col)), shape=(n_users, targets.shape[1]))
