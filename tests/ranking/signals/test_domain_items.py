"""Planted truth: what people choose in one domain decides what they choose in the other."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests, now
from recsys.ranking.signals import domain_items
from recsys.ranking.signals.answers import Factors
from recsys.ranking.signals.contract import Open
from recsys.ranking.signals.domain_items import ByDomain, DomainItems, fit, of
from recsys.ranking.signals.index import Index
from tests.ranking.signals.tables import NO_PROFILES, known_of, scores

BOOKS, FILMS, NAMES = 0, 1, ("books", "films")
DOMAIN = np.repeat([BOOKS, FILMS], 8).astype(np.int32)
USERS = 60


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


def requests(*histories: list[int]) -> Requests:
    user = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    item = np.array([item for history in histories for item in history], int)
    return now(interactions(user, item, np.arange(float(len(user))), len(histories)), 99.0)


def asked(signal: DomainItems, *histories: list[int]) -> Floats:
    return scores(signal, requests(*histories))


@pytest.fixture(scope="module")
def fitted() -> DomainItems:
    return of(shop(), DOMAIN, NAMES, seed=1)


def test_readers_of_books_of_one_kind_are_predicted_its_films(fitted: DomainItems) -> None:
    of_even, of_odd = asked(fitted, [0, 1], [5, 6])
    assert of_even[8:12].min() > 2 * of_even[12:].max()
    assert of_odd[12:].min() > 2 * of_odd[8:12].max()


def test_the_way_back_is_learnt_too(fitted: DomainItems) -> None:
    (of_even,) = asked(fitted, [8, 9])
    assert of_even[:4].min() > 2 * of_even[4:8].max()


def test_positives_inside_a_domain_do_not_predict_it(fitted: DomainItems) -> None:
    alone, beside = asked(fitted, [0, 1], [0, 1, 12, 13])
    assert beside[FILMS * 8 :] == pytest.approx(alone[8:])
    assert not alone[:8].any()


def test_without_positives_in_other_domains_there_is_no_score(fitted: DomainItems) -> None:
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


def test_of_few_users_on_both_sides_nothing_is_learnt() -> None:
    assert not asked(of(shop(domain_items.MIN_USERS - 1), DOMAIN, NAMES, seed=1), [0, 1]).any()


def test_nothing_leads_into_items_without_a_domain() -> None:
    assert not asked(of(shop(), DOMAIN, ("books", ""), seed=1), [0, 1]).any()


def test_the_best_of_all_domains_together_are_nominated(fitted: DomainItems) -> None:
    """Two books of one kind lead to films, two films of the other kind to books, alike."""
    asked_for = requests([0, 1, 12, 13], [0, 1])
    answer = fitted.ask(asked_for, NO_PROFILES)
    nominees = answer.nominate(4, Open(np.arange(16) != 9, asked_for.history.seen))
    every = scores(fitted, asked_for)
    for row in (0, 1):
        closed = {9, *asked_for.history.item[asked_for.history.user == row].tolist()}
        left = [item for item in range(16) if item not in closed and every[row, item] > 0]
        best = sorted(left, key=lambda item: (-every[row, item], item))[:4]
        assert sorted(nominees.item[nominees.request == row].tolist()) == sorted(best)
    assert {int(place) for place in DOMAIN[nominees.item[nominees.request == 0]]} == {BOOKS, FILMS}


def test_the_best_of_many_domains_are_each_requests_own() -> None:
    """Ten items, each in a domain of its own; request 0 wants high numbers, request 1 low ones."""
    domain, direction = np.arange(10, dtype=np.int32), np.array([[1], [-1]], np.float32)
    vectors = np.linspace(-1, 1, 10, dtype=np.float32)[:, None]
    answers = [Factors.plain(direction, Index(vectors, domain == place)) for place in range(10)]
    nominees = ByDomain(answers, domain).nominate(1, Open(np.ones(10, bool), sp.csr_matrix((2, 10))))
    assert list(zip(nominees.request.tolist(), nominees.item.tolist(), strict=True)) == [(0, 9), (1, 0)]


def test_items_of_one_domain_bring_no_signal() -> None:
    known = known_of(shop(), np.zeros((16, 1), np.float32))
    assert not fit(known)
    (signal,) = fit(replace(known, side=replace(known.side, domain=DOMAIN, domains=NAMES)))
    assert asked(signal, [0, 1]).any()
