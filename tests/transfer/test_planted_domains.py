"""Two domains whose tastes are bound to each other, or are not: what can go over, goes over."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.side import nothing
from recsys.events.split import now
from recsys.settings import Settings
from recsys.transfer import model

ELDERS, NEWCOMERS = 200, 60
USERS, EACH = ELDERS + NEWCOMERS, 5_000
"""So many items that hardly two users share one."""
LIKING = 0.9


def fitted(bound: bool) -> tuple[Interactions, model.Transfer, Floats]:
    """Users of two domains, what is fitted to them, and the truth of the second domain, (n_users, n_interests).

    Interests 0 and 1 are in the first domain, 2 and 3 in the second. Elders make twelve choices in the first and go on
    with twelve in the second, newcomers make one to three in the first. Who likes 0 will like 3, and who likes 1 will
    like 2; unless the tastes are not `bound` and either may like both.
    """
    rng = np.random.default_rng(0)
    taste = np.arange(USERS) % 2
    other = 1 - taste if bound else rng.integers(0, 2, USERS)
    length = np.where(np.arange(USERS) < ELDERS, 24, 1 + np.arange(USERS) // 2 % 3)
    user = np.repeat(np.arange(USERS), length)
    second = np.concatenate([np.arange(count) >= 12 for count in length])
    liked = np.where(second, other[user], taste[user])
    interest = 2 * second + np.where(rng.random(len(user)) < LIKING, liked, 1 - liked)
    item = interest * EACH + rng.integers(0, EACH, len(user))
    day = np.concatenate([np.sort(rng.uniform(0, 100, count)) for count in length])
    interactions = Interactions(
        user.astype(np.int32), item.astype(np.int32), np.ones(len(user), np.float32), day, USERS, 4 * EACH
    )
    membership = np.repeat(np.eye(4, dtype=np.float32), EACH, axis=0)
    side = replace(
        nothing(USERS, 4 * EACH), domain=np.repeat(np.array([0, 1], np.int32), 2 * EACH), domains=("films", "books")
    )
    truth = np.array([[0, 0, LIKING, 1 - LIKING], [0, 0, 1 - LIKING, LIKING]], np.float32)[other]
    return interactions, model.fit(interactions, membership, side, Settings()), truth


def donation(interactions: Interactions, of: model.Transfer) -> Floats:
    requests = now(interactions, 101.0)
    (domains,) = [donor for donor in of.donors if donor.name == "domains"]
    return domains.give(requests, of.profiles(requests).observed).distribution


@pytest.fixture(scope="module")
def bound() -> tuple[Interactions, model.Transfer, Floats]:
    return fitted(bound=True)


def test_where_users_move_on_to_the_other_domain_their_history_is_believed(
    bound: tuple[Interactions, model.Transfer, Floats],
) -> None:
    moving = bound[1].estimates[2]
    assert (moving.segment, moving.is_open) == ("4-10", True)
    assert moving.beta["domains"] >= 0.75


def test_a_single_choice_in_one_domain_tells_of_the_other_as_much_as_can_be_known(
    bound: tuple[Interactions, model.Transfer, Floats],
) -> None:
    interactions, of, truth = bound
    single = np.flatnonzero(np.bincount(interactions.user, minlength=USERS) == 1)
    told = donation(interactions, of)[single]
    liked = interactions.item[interactions.starts[single]] // EACH
    known = LIKING**2 + (1 - LIKING) ** 2  # Bayes: the liking was shown with .9, and so will the other be
    expected = np.where(liked[:, None] == [2, 2, 1, 0], known, 1 - known) * [0, 0, 1, 1]
    assert told == pytest.approx(expected, abs=0.05)
    assert np.abs(told - truth[single]).sum(axis=1).mean() < 0.5 * 0.8  # half of how far everybody's mix is off


def test_who_has_been_everywhere_is_given_nothing(bound: tuple[Interactions, model.Transfer, Floats]) -> None:
    assert not donation(bound[0], bound[1])[:ELDERS].any()


def test_tastes_that_are_not_bound_leave_what_everybody_chooses_there() -> None:
    interactions, of, _ = fitted(bound=False)
    everybody = donation(interactions, of)[ELDERS:]
    assert everybody == pytest.approx(np.broadcast_to(everybody.mean(axis=0), everybody.shape), abs=0.1)
