"""Made-up shops hold what was planted in them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.scale import shop, visits
from benchmarks.scale.catalogue import ANY, DAYS, Catalogue, Shelves, catalogue
from benchmarks.scale.population import Population, population
from benchmarks.scale.shop import Shop
from benchmarks.scale.sizes import SIZES, Size
from benchmarks.scale.vectors import TASTE, TOKEN, planted
from benchmarks.scale.words import MATERIALS, TASTES
from recsys.events.words import text_of
from recsys.schema import ACTION, CATEGORY, DESCRIPTION, ITEM_ID, OCCURRED_AT, TITLE, USER_ID

SIZE = Size("test", 1_000, 30_000, 1_500)
SHARE = 0.01


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return shop.make(tmp_path_factory.mktemp("shops") / "one", SIZE, seed=3, grow=SHARE)


@pytest.fixture(scope="module")
def events(made: Shop) -> pd.DataFrame:
    return pd.read_parquet(made.events)


@pytest.fixture(scope="module")
def items(made: Shop) -> pd.DataFrame:
    return pd.read_parquet(made.items)


@pytest.fixture(scope="module")
def things() -> Catalogue:
    return catalogue(400, np.random.default_rng(5))


def test_there_is_as_much_of_everything_as_was_asked_for(events: pd.DataFrame, items: pd.DataFrame) -> None:
    assert (events[USER_ID].nunique(), len(events), len(items)) == (1_000, 30_000, 1_500)
    assert items[ITEM_ID].is_unique
    assert set(events[ITEM_ID]) <= set(items[ITEM_ID])


def test_events_are_sorted_by_time_and_end_on_the_last_day(events: pd.DataFrame) -> None:
    assert events[OCCURRED_AT].is_monotonic_increasing
    assert events[OCCURRED_AT].min() >= shop.START
    assert events[OCCURRED_AT].max().date() == shop.LAST_DAY


def test_popularity_of_items_follows_a_power_law(events: pd.DataFrame) -> None:
    count = np.sort(events[ITEM_ID].value_counts().to_numpy())[::-1][5:500]
    slope = np.polyfit(np.log(np.arange(6, 501)), np.log(count), 1)[0]
    assert -1.0 < slope < -0.55


def test_numbers_of_events_of_users_follow_a_power_law(events: pd.DataFrame) -> None:
    count = np.sort(events[USER_ID].value_counts().to_numpy())[::-1]
    hill = 1 / np.log(count[:200] / count[200]).mean()
    assert 0.9 < hill < 1.6
    assert np.median(count) < count.mean() / 2


def test_nothing_happens_to_an_item_before_its_birth(things: Catalogue) -> None:
    rng = np.random.default_rng(1)
    day, taste = rng.uniform(0, DAYS, 20_000), rng.integers(ANY, len(TASTES), 20_000).astype(np.int32)
    drawn = Shelves(things).draw(taste, day, rng)
    assert (things.born[drawn] <= day).all()
    assert len(np.unique(drawn)) > 300
    there = taste != ANY
    assert (things.tastes[drawn[there]] == taste[there, None]).any(axis=1).mean() > 0.99


def test_a_taste_without_items_draws_of_any() -> None:
    rng = np.random.default_rng(1)
    of_one_taste = replace(catalogue(20, rng), tastes=np.full((20, 2), [3, ANY], np.int32))
    drawn = Shelves(of_one_taste).draw(np.array([7, 3, 7], np.int32), np.full(3, 700.0), rng)
    assert ((drawn >= 0) & (drawn < 20)).all()


def test_users_keep_to_one_to_three_tastes(things: Catalogue) -> None:
    people = population(300, 6_000, np.random.default_rng(2))
    used = (np.diff(people.mixture, prepend=0.0, axis=1) > 0).sum(axis=1)
    assert set(used.tolist()) == {1, 2, 3}
    assert all(len(set(row)) == 3 for row in people.tastes.tolist())
    (block,) = visits.history(people, Shelves(things), np.random.SeedSequence(4))
    assert _share_of_own_taste(block, people, things) > 0.85
    shuffled = replace(people, tastes=people.tastes[::-1])
    assert _share_of_own_taste(block, shuffled, things) < 0.3


def _share_of_own_taste(block: visits.Events, people: Population, things: Catalogue) -> float:
    used = np.diff(people.mixture, prepend=0.0, axis=1) > 0
    own = np.where(used, people.tastes, -2)[block.user]
    return float((things.tastes[block.item][:, :, None] == own[:, None, :]).any(axis=(1, 2)).mean())


def test_sessions_are_minutes_inside_and_days_apart(events: pd.DataFrame) -> None:
    ordered = events.sort_values([USER_ID, OCCURRED_AT])
    minutes = ordered.groupby(USER_ID)[OCCURRED_AT].diff().dt.total_seconds().dropna() / 60
    inside, between = minutes[minutes <= 30], minutes[minutes > 30] / 1440
    assert 1 < inside.median() < 5
    assert 2 < between.median() < 15
    assert (between < 0.25).mean() < 0.01
    assert 4 < len(events) / (len(between) + SIZE.users) < 8


def test_users_arrive_over_the_whole_time(events: pd.DataFrame) -> None:
    arrival = (events.groupby(USER_ID)[OCCURRED_AT].min() - shop.START).dt.days
    assert np.histogram(arrival, bins=5, range=(0, DAYS))[0].min() > 100


def test_a_view_is_likelier_than_a_buy(events: pd.DataFrame) -> None:
    share = events[ACTION].value_counts(normalize=True)
    assert set(share.index) == {"view", "buy"}
    assert 0.75 < share["view"] < 0.9


def test_every_word_of_a_taste_is_its_alone() -> None:
    words = [word for name, of_taste in TASTES.items() for word in (name, *of_taste)]
    assert len(TASTES) == 40
    assert len(set(words)) == len(words)
    assert not set(words) & set(MATERIALS)


def test_titles_tell_tastes(items: pd.DataFrame) -> None:
    names = list(TASTES)
    for title, description, category in zip(items[TITLE], items[DESCRIPTION], items[CATEGORY], strict=True):
        told = {names[TASTE[word]] for word in TOKEN.findall(f"{title} {description}".lower()) if word in TASTE}
        assert told == set(category.split("|"))
    assert items[TITLE].is_unique


def test_planted_vectors_of_a_taste_lie_closer_than_those_of_two(items: pd.DataFrame) -> None:
    texts = text_of(items).tolist()
    vectors = planted(texts, 384).astype(np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=0.01)
    single = ~items[CATEGORY].str.contains("|", regex=False).to_numpy()
    category, cosine = items[CATEGORY].to_numpy()[single], vectors[single] @ vectors[single].T
    same = category[:, None] == category[None]
    others = same & ~np.eye(len(same), dtype=bool)
    assert cosine[others].mean() - cosine[~same].mean() > 0.3
    assert np.quantile(cosine[others], 0.05) > np.quantile(cosine[~same], 0.95)


def test_a_text_has_the_same_vector_wherever_it_stands() -> None:
    alone, beside = planted(["Red tent lantern 5"], 64), planted(["Oak kiln", "Red tent lantern 5"], 64)
    assert (alone[0] == beside[1]).all()


def test_the_same_seed_writes_the_same_bytes_and_another_one_others(made: Shop, tmp_path: Path) -> None:
    again, other = (shop.make(tmp_path / f"of-{seed}", SIZE, seed, SHARE) for seed in (3, 4))
    for name in ("events", "grown", "items"):
        assert getattr(again, name).read_bytes() == getattr(made, name).read_bytes()
    assert other.events.read_bytes() != made.events.read_bytes()


def test_the_next_day_adds_its_share_after_the_same_rows(made: Shop, events: pd.DataFrame) -> None:
    grown = pd.read_parquet(made.grown)
    added = grown.iloc[len(events) :]
    assert grown.iloc[: len(events)].equals(events)
    assert len(added) == 300
    assert set(added[OCCURRED_AT].dt.date) == {shop.LAST_DAY + timedelta(days=1)}
    known = added[USER_ID].isin(set(events[USER_ID]))
    assert 0.8 < known.mean() < 1.0


def test_blocks_of_users_hold_all_events_once(monkeypatch: pytest.MonkeyPatch, things: Catalogue) -> None:
    monkeypatch.setattr(visits, "BLOCK", 1_000)
    people = population(200, 5_000, np.random.default_rng(2))
    blocks = list(visits.history(people, Shelves(things), np.random.SeedSequence(4)))
    users = np.concatenate([block.user for block in blocks])
    assert len(blocks) > 2
    assert np.bincount(users, minlength=200).tolist() == people.events.tolist()


def test_named_sizes_grow_and_a_shop_that_cannot_be_is_refused() -> None:
    assert [(size.users, size.events, size.items) for size in SIZES.values()] == [
        (2_000, 55_000, 4_000),
        (10_000, 250_000, 10_000),
        (40_000, 1_000_000, 20_000),
        (200_000, 5_000_000, 50_000),
        (1_000_000, 20_000_000, 100_000),
    ]
    with pytest.raises(ValueError, match="1 <= users <= events"):
        Size("none", 10, 5, 3)
