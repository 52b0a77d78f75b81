"""Planted truth: what people choose in one domain decides what they choose in the other."""

import numpy as np
import pytest

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import now
from recsys.ranking.retrievers import domain_items
from recsys.ranking.retrievers.domain_items import DomainItems, fit
from recsys.transfer.model import Profiles

BOOKS, FILMS, NAMES = 0, 1, ("books", "films")
DOMAIN = np.repeat([BOOKS, FILMS], 8).astype(np.int32)
USERS = 60
NOBODY: Profiles = None  # type: ignore[assignment]  # no profile is looked at


def shop(n_users: int = USERS) -> Interactions:
    """Even people read books 0 to 3 and then see films 8 to 11, odd ones 4 to 7 and 12 to 15: three of each."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(n_users), 6)
    books = [rng.permutation(4)[:3] + 4 * (person % 2) for person in range(n_users)]
    films = [8 + rng.permutation(4)[:3] + 4 * (person % 2) for person in range(n_users)]
    item = np.column_stack([np.array(books), np.array(films)]).ravel()
    return interactions(user, item, np.tile(np.arange(6.0), n_users), n_users)


def interactions(user: np.ndarray, item: np.ndarray, day: np.ndarray, n_users: int) -> Interactions:
    return Interactions(user.astype(np.int32), item.astype(np.int32), np.ones(len(user), np.float32), day, n_users, 16)


def asked(of: DomainItems, *histories: list[int]) -> Floats:
    user = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    item = np.array([item for history in histories for item in history], int)
    return of.score(now(interactions(user, item, np.arange(float(len(user))), len(histories)), 99.0), NOBODY)


@pytest.fixture(scope="module")
def fitted() -> DomainItems:
    return fit(shop(), DOMAIN, NAMES, seed=1)


def test_who_read_books_of_one_kind_is_foretold_its_films(fitted: DomainItems) -> None:
    of_even, of_odd = asked(fitted, [0, 1], [5, 6])
    assert of_even[8:12].min() > 2 * of_even[12:].max()
    assert of_odd[12:].min() > 2 * of_odd[8:12].max()


def test_the_way_back_is_learnt_too(fitted: DomainItems) -> None:
    (of_even,) = asked(fitted, [8, 9])
    assert of_even[:4].min() > 2 * of_even[4:8].max()


def test_choices_inside_a_domain_say_nothing_about_it(fitted: DomainItems) -> None:
    alone, beside = asked(fitted, [0, 1], [0, 1, 12, 13])
    assert beside[FILMS * 8 :] == pytest.approx(alone[8:])
    assert not alone[:8].any()


def test_who_chose_nothing_elsewhere_is_told_nothing(fitted: DomainItems) -> None:
    assert not asked(fitted, []).any()


def test_the_mean_is_the_share_of_those_inside_who_chose_an_item(fitted: DomainItems) -> None:
    counts = np.asarray(shop().positives.sum(axis=0)).ravel()
    assert fitted.mean[8:] == pytest.approx(counts[8:] / USERS)


def test_histories_at_the_entry_are_learnt_from_beside_whole_ones() -> None:
    """User 0 saw a film between two books: known at the entry was the first book alone."""
    known = interactions(np.zeros(3), np.array([0, 8, 1]), np.arange(3.0), 1)
    (whole, _), (at_entry, wanted) = domain_items._histories(known, DOMAIN == FILMS)
    assert whole.toarray()[0].nonzero()[0].tolist() == [0, 1]
    assert at_entry.toarray()[0].nonzero()[0].tolist() == [0]
    assert wanted.toarray()[0].nonzero()[0].tolist() == [0]


def test_few_people_on_both_sides_teach_nothing() -> None:
    assert not asked(fit(shop(domain_items.LEAST - 1), DOMAIN, NAMES, seed=1), [0, 1]).any()


def test_nothing_leads_into_items_without_a_domain() -> None:
    assert not asked(fit(shop(), DOMAIN, ("books", ""), seed=1), [0, 1]).any()
