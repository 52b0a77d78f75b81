"""Similar and following items, from planted baskets and texts."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions
from recsys.ranking.item_lists import links as item_links
from recsys.ranking.item_lists.links import Links, links_of
from recsys.ranking.item_lists.similar import Blend, following, similar, similarity, with_parts
from recsys.ranking.signals import ease, text, transitions
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.settings import RankingSettings

History = Callable[..., Interactions]
ITEMS = 6
"""0, 1 and 2 are bought in this order by eight users, 3 and 4 by eight others; nobody has bought 5."""
EVERYTHING = np.ones(ITEMS, bool)


def baskets() -> list[tuple[int, int, float, float]]:
    first = [(user, item, 1.0, float(item)) for user in range(8) for item in (0, 1, 2)]
    second = [(user, item, 1.0, float(item)) for user in range(8, 16) for item in (3, 4)]
    return first + second


def texts() -> sp.csr_matrix:
    """Cosines: 5 is described like 3, and a little like 0; 2 like 4."""
    cosine = np.zeros((ITEMS, ITEMS), np.float32)
    cosine[3, 5] = cosine[5, 3] = 0.9
    cosine[0, 5] = cosine[5, 0] = 0.2
    cosine[2, 4] = cosine[4, 2] = 0.8
    return sp.csr_matrix(cosine)


@pytest.fixture
def links(history: History) -> Links:
    return item_links.fit(history(baskets(), 16, ITEMS), texts(), RankingSettings(ease_l2=1.0))


def rows(*items: int) -> np.ndarray:
    return np.array(items, np.int32)


def test_items_bought_together_are_similar(links: Links) -> None:
    found = similar(links, Blend(), rows(0, 3), EVERYTHING, 2)
    assert set(found.item[found.request == 0]) == {1, 2}
    assert found.item[found.request == 1].tolist()[0] == 4


def test_an_item_without_events_has_similar_ones_by_its_text(links: Links) -> None:
    found = similar(links, Blend(), rows(5), EVERYTHING, 10)
    assert found.item.tolist() == [3, 0]
    assert found.score.tolist() == pytest.approx([0.9, 0.2])


def test_the_more_is_known_of_an_item_the_less_its_text_counts(links: Links) -> None:
    """Eight positives: a = 0.9 · 8 / (8 + evidence); text brings 4 to item 2, behaviour never does."""
    weak, strong = (similarity(links, Blend(0.9, evidence), rows(2))[0, 4] for evidence in (1.0, 72.0))
    assert weak == pytest.approx(0.8 * (1 - 0.9 * 8 / 9))
    assert strong == pytest.approx(0.8 * (1 - 0.9 * 8 / 80))


def test_similarity_is_the_blend_of_its_parts(links: Links) -> None:
    blend = Blend(0.8, 8.0)
    found = with_parts(links, blend, 2, EVERYTHING, 10)
    behaviour = found[["ease", "transitions", "attention"]].mean(axis=1)
    assert found["similarity"].to_numpy() == pytest.approx((0.4 * behaviour + 0.6 * found["text"]).to_numpy())
    assert found.drop(columns="similarity").stack().between(0, 1).all()
    assert found["similarity"].is_monotonic_decreasing


def test_what_often_follows_respects_the_order(links: Links) -> None:
    found = following(links, rows(0, 1, 3, 4), EVERYTHING, 10)
    lists = [found.item[found.request == row].tolist() for row in range(4)]
    assert lists == [[1, 2], [2], [4], []]


def test_too_few_followers_are_none(history: History) -> None:
    four = [event for event in baskets() if event[0] < 4]
    links = item_links.fit(history(four, 16, ITEMS), texts(), RankingSettings())
    assert len(following(links, rows(0), EVERYTHING, 10).item) == 0


def test_neither_unavailable_items_nor_the_item_itself_are_listed(links: Links) -> None:
    available = np.arange(ITEMS) != 1
    for found in (similar(links, Blend(), rows(0, 1), available, 10), following(links, rows(0, 1), available, 10)):
        assert 1 not in found.item
        assert all(found.item != rows(0, 1)[found.request])
        assert set(found.request) == {0, 1}, "an unavailable item has lists of its own"


def test_lists_are_the_same_in_any_batch(links: Links) -> None:
    together = similar(links, Blend(), rows(0, 1, 2, 3, 4, 5), EVERYTHING, 3)
    for item in range(ITEMS):
        alone = similar(links, Blend(), rows(item), EVERYTHING, 3)
        assert alone.item.tolist() == together.item[together.request == item].tolist()
        assert alone.score.tolist() == together.score[together.request == item].tolist()


def test_links_of_fitted_signals_are_those_of_the_same_interactions(history: History) -> None:
    known, ranking = history(baskets(), 16, ITEMS), RankingSettings()
    signals = [
        ease.of(known, ranking.ease_l2),
        *transitions.of(known, ranking.transition_window),
        ItemToItem(text.TEXT, sp.csr_matrix(texts().power(text.POWER))),
    ]
    found, fitted = links_of(signals, known), item_links.fit(known, texts(), ranking)
    assert dense(found.text) == pytest.approx(dense(fitted.text), abs=1e-6)
    assert found.behaviour.keys() == fitted.behaviour.keys()
    for name, of_items in found.behaviour.items():
        assert dense(of_items) == pytest.approx(dense(fitted.behaviour[name]))
    assert found.positives.tolist() == [8, 8, 8, 8, 8, 0]
    assert found.followers.tolist() == [8, 8, 0, 8, 0, 0]


def dense(matrix: sp.csr_matrix) -> Floats:
    return np.asarray(matrix.toarray(), np.float32)
