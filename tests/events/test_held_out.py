"""Who is made new to what."""

from collections.abc import Callable

import numpy as np
import pytest

from recsys.events.held_out import MAX_NEW, NOWHERE, some_entries
from recsys.events.interactions import Interactions

History = Callable[..., Interactions]
USERS = 4000


@pytest.fixture(params=[2, 4, 20])
def towns(request: pytest.FixtureRequest, history: History) -> Interactions:
    """Items are domains; everybody goes through all of them once, each in an order of their own."""
    rng = np.random.default_rng(3)
    orders = [rng.permutation(request.param) for _ in range(USERS)]
    return history(
        [(user, place, 1, day) for user, order in enumerate(orders) for day, place in enumerate(order)],
        USERS,
        request.param,
    )


def entered(towns: Interactions, share: float = 0.2) -> np.ndarray:
    domain = np.arange(towns.n_items, dtype=np.int32)
    return some_entries(towns, domain, domain.tolist(), share, np.random.default_rng(7))


def test_every_domain_has_as_many_new_users_as_the_others(towns: Interactions) -> None:
    counts = np.bincount(entered(towns)[entered(towns) != NOWHERE], minlength=towns.n_items)
    assert counts.min() > 0.6 * counts.mean()


def test_however_many_domains_there_are_half_of_the_users_keep_all_of_theirs(towns: Interactions) -> None:
    new = (entered(towns) != NOWHERE).mean()
    assert new == pytest.approx(min(MAX_NEW, 0.2 * (towns.n_items - 1)), abs=0.03)


def test_nobody_is_new_to_where_they_began(towns: Interactions) -> None:
    first = towns.item[towns.starts[:-1]]
    assert not (entered(towns, share=1.0) == first).any()


def test_where_everybody_is_to_be_new_to_something_everybody_is(towns: Interactions) -> None:
    assert (entered(towns, share=1.0) != NOWHERE).all()
