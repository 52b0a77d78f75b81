from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.digests import hashed, in_shard
from recsys.events.interactions import Interactions
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.ranking.lists import baselines, stage
from recsys.ranking.lists.baselines import TYPES, K, sampled
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.lists.single import padded
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.ranker.stage import Learnt
from recsys.ranking.signals import stage as signals_stage
from recsys.schema import NO_TRANSFER
from recsys.settings import load
from recsys.stages import Job
from tests.ranking.conftest import ITEMS, TODAY, USERS

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

IDS = np.array([f"user-{number:04}" for number in range(2000)], object)


@pytest.fixture(scope="module")
def made(shop: Shop) -> pd.DataFrame:
    return baselines.lists(shop.models, shop.alone, shop.everyone(), shop.settings)


def plain(table: pd.DataFrame) -> list[tuple[str, int, int, list[int]]]:
    rows = table.sort_values(["arm", "user_id"], kind="stable").itertuples(index=False)
    return [(row.arm, row.user_id, row.segment, row.item_ids.tolist()) for row in rows]


@pytest.mark.parametrize("count", [1, 4, 16])
def test_the_same_users_are_sampled_in_any_number_of_shards(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(baselines, "MAX_USERS", 500)
    shards = [in_shard(hashed(IDS), shard, count) for shard in range(count)]
    found = [rows[sampled(IDS[rows], len(IDS))] for rows in shards]
    assert sorted(np.concatenate(found).tolist()) == sampled(IDS, len(IDS)).tolist()
    assert len(np.concatenate(found)) == pytest.approx(500, rel=0.15)


def test_everybody_is_sampled_where_users_are_few_and_nobody_of_nobody() -> None:
    assert sampled(IDS, len(IDS)).tolist() == list(range(2000))
    assert sampled(IDS[:0], 0).tolist() == sampled(IDS[:0], 10**9).tolist() == []


def test_who_is_sampled_stays_so_as_others_come_up_to_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MAX_USERS", 500)
    assert set(sampled(IDS, 4000)) < set(sampled(IDS, 2000)) < set(sampled(IDS, 1000))


def test_there_is_a_list_of_every_arm_for_every_user(shop: Shop, made: pd.DataFrame) -> None:
    arms = {NO_TRANSFER, *(signal.spec.name for signal in shop.models.signals)}
    assert set(made["arm"]) == arms
    assert made.groupby("arm")["user_id"].apply(list).tolist() == [list(range(USERS))] * len(arms)
    assert made["segment"].tolist() == shop.models.transfer.profiles(shop.everyone()).segment.tolist() * len(arms)


def test_lists_hold_open_items_alone_and_each_once(shop: Shop, made: pd.DataFrame) -> None:
    seen = shop.known.seen.toarray() > 0
    for row in made.itertuples():
        items = row.item_ids[row.item_ids >= 0]
        assert len(row.item_ids) == K
        assert len(set(items.tolist())) == len(items) > 0
        assert not seen[row.user_id, items].any()
        assert shop.models.available[items].all()


def test_the_no_transfer_arm_is_what_the_product_shows_without_transfer(shop: Shop, made: pd.DataFrame) -> None:
    assert not any(column.transfers for expert in shop.alone.experts for column in expert.columns)
    settings = load(["lists.top_n=8", "transfer.enabled=false"])
    shown, _ = recommend(shop.models, shop.alone, shop.everyone(), settings, shop.words)
    found = made[made["arm"] == NO_TRANSFER]["item_ids"]
    assert [row.tolist() for row in found] == padded(shown, K).tolist()


def test_lists_are_the_same_for_requests_in_any_company(
    shop: Shop, made: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = np.array_split(np.arange(USERS, dtype=np.int32), 16)
    found = [baselines.lists(shop.models, shop.alone, shop.everyone().part(rows), shop.settings) for rows in parts]
    assert plain(pd.concat(found)) == plain(made)
    monkeypatch.setattr("recsys.ranking.models.BATCH", 5)
    assert plain(baselines.lists(shop.models, shop.alone, shop.everyone(), shop.settings)) == plain(made)


def test_nobody_asking_gets_no_list(shop: Shop) -> None:
    nobody = shop.everyone().part(np.zeros(0, np.int32))
    assert len(baselines.lists(shop.models, shop.alone, nobody, shop.settings)) == 0


@pytest.fixture
def known(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """What the stage reads: the shop, of which the last user has seen everything."""
    user = np.append(shop.known.user, np.full(ITEMS, USERS - 1, np.int32))
    item = np.append(shop.known.item, np.arange(ITEMS, dtype=np.int32))
    day, weight = np.append(shop.known.day, np.full(ITEMS, 99.0)), np.ones(len(user), np.float32)
    events = Interactions(user, item, weight, day, USERS, ITEMS)
    made = Tables(
        np.array([f"u{user:02}" for user in range(USERS)], object),
        np.array([f"i{item:02}" for item in range(ITEMS)], object),
        shop.words.titles,
        [""] * ITEMS,
        shop.world.available,
        events,
        shop.world.side,
        timed=True,
    )
    monkeypatch.setattr(tables, "read", lambda _: made)
    monkeypatch.setattr(signals_stage, "read", lambda _: shop.models)
    monkeypatch.setattr(ranker_stage, "read", lambda _: Learnt(shop.ranker, shop.alone, ()))
    monkeypatch.setattr(interests_stage, "read_names", lambda _: shop.words.interests)
    monkeypatch.setattr(interests_stage, "read_drift", lambda _: None)
    monkeypatch.setattr(Tables, "request_time", lambda *_: TODAY)
    return made


def ranked(count: int, folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Rows of both files of all shards; lists by user."""
    learnt = {"learnt_on": "1970-04-10", "learnt_from": "the inputs", "learnt_with": "the settings"}
    inputs = {
        name: (Manifest(name, "", "", "", facts=learnt),) for name in ("ingest", "signals", "ranker", "interests")
    }
    settings, shards = load(["lists.top_n=8", f"runtime.shards={count}"]), [folder / f"{n}" for n in range(count)]
    for shard, place in enumerate(shards):
        place.mkdir(parents=True)
        stage.run(Job(settings, date(1970, 4, 10), inputs, shard, place))
    found: dict[str, list[tuple[object, ...]]] = {}
    for name, types in {"recommendations": stage.TYPES, "baselines": TYPES}.items():
        parts = [pq.read_table(place / f"{name}.parquet") for place in shards]
        assert all(part.schema.remove_metadata() == types for part in parts)
        found[name] = [tuple(row.values()) for part in parts for row in part.to_pylist()]
    found["recommendations"].sort(key=lambda row: str(row[0]))
    return found


def test_shards_write_the_same_rows_whatever_their_number(known: Tables, tmp_path: Path) -> None:
    """The last user has seen everything, and is served the list of the population."""
    whole, *others = (ranked(count, tmp_path / f"{count} shards") for count in (1, 4, 16))
    assert [row[0] for row in whole["recommendations"]] == known.user_ids[:-1].tolist()
    for other in others:
        assert other["recommendations"] == whole["recommendations"]
        assert sorted(map(repr, other["baselines"])) == sorted(map(repr, whole["baselines"]))
    of_last = [row for row in whole["baselines"] if row[1] == known.user_ids[-1]]
    assert of_last
    assert not any(row[3] for row in of_last)
