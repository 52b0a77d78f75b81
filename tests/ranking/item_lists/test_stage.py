"""The lists of a whole shop as the stage writes them, and those of the library beside them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import results, stages
from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.ranking.item_lists import held_out, similar, stage
from recsys.ranking.item_lists.links import links_of
from recsys.ranking.models import Models
from recsys.ranking.signals import stage as signals_stage
from tests.ranking.days import NEW_ITEM, SECOND, Days

Lists = dict[tuple[str, str], pd.Series]


@pytest.fixture(scope="module")
def made(days: Days) -> Manifest:
    return results.run("item_lists", days.settings, SECOND, days.second)


def read(folder: Path) -> Lists:
    table = pd.read_parquet(folder / stage.FILE)
    assert not table.duplicated(["kind", "key"]).any()
    return {(row.kind, row.key): row for row in table.itertuples()}


@pytest.fixture
def lists(made: Manifest) -> Lists:
    return read(made.path(""))


def test_lists_name_other_items_once_the_best_first(lists: Lists) -> None:
    for (_, key), row in lists.items():
        assert len(set(row.item_ids)) == len(row.item_ids) == len(row.scores) <= stage.DEPTH
        assert key not in row.item_ids
        assert (np.diff(row.scores) <= 0).all()
        assert np.isfinite(row.scores).all()
        assert min(row.scores) > 0


def test_every_item_with_a_text_has_similar_ones_and_the_manifest_counts_them(made: Manifest, lists: Lists) -> None:
    assert sum(kind == "similar" for kind, _ in lists) == made.rows["similar"] == 21
    assert {kind for kind, _ in lists} >= {"similar", "next", "popular"}
    assert made.rows["popular"] == 1, "the shop has no categories"


def test_items_of_one_kind_are_similar(lists: Lists) -> None:
    """Items of even numbers are played by the same users and have one kind of text."""
    for number in (2, 7, 12):
        first = lists["similar", f"i{number:02}"].item_ids[:5]
        assert all(item == NEW_ITEM or int(item[1:]) % 2 == number % 2 for item in first)


def test_the_library_compares_items_in_the_same_way(made: Manifest, lists: Lists, days: Days) -> None:
    known, models = tables.read(days.second["ingest"][0]), signals_stage.read(days.second["signals"][0])
    links, blend = links_of(models.signals, known.interactions), stage.read_blend(made)
    for row in (0, 5, 20):
        found = similar.with_parts(links, blend, row, models.available, stage.DEPTH)
        published = lists["similar", known.item_ids[row]]
        assert known.item_ids[found.index].tolist() == published.item_ids.tolist()
        assert found["similarity"].to_numpy() == pytest.approx(published.scores)


def test_how_many_users_like_an_item_is_written_for_all(made: Manifest, days: Days) -> None:
    table = pd.read_parquet(made.path(stage.ITEMS)).set_index("item_id")["users"]
    known = tables.read(days.second["ingest"][0])
    assert len(table) == 21
    assert table.sum() == known.interactions.positives.nnz
    assert table[NEW_ITEM] == 2


def test_what_cannot_be_had_is_listed_nowhere_but_has_lists(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = signals_stage.read(days.second["signals"][0])
    closed = replace(models, available=np.arange(21) % 3 > 0)
    lists = _run(days, tmp_path, monkeypatch, closed)
    known = tables.read(days.second["ingest"][0]).item_ids
    gone = set(known[::3])
    assert lists
    assert not gone & {item for row in lists.values() for item in row.item_ids}
    assert ("similar", known[3]) in lists


def test_where_an_order_stands_in_for_times_nothing_follows_and_nothing_rises(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "read", lambda made, read=tables.read: replace(read(made), timed=False))
    lists = _run(days, tmp_path, monkeypatch, signals_stage.read(days.second["signals"][0]))
    assert {kind for kind, _ in lists} == {"similar", "popular"}
    assert lists["popular", ""].scores[0] == round(lists["popular", ""].scores[0]), "counts, without decay"


def test_lists_do_not_depend_on_how_many_are_made_at_once(
    days: Days, tmp_path: Path, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "AT_ONCE", 4)
    found = _run(days, tmp_path, monkeypatch, signals_stage.read(days.second["signals"][0]))
    assert found.keys() == lists.keys()
    assert all(found[key].item_ids.tolist() == row.item_ids.tolist() for key, row in lists.items())


def test_the_blend_is_chosen_when_due_and_kept_between(
    days: Days, made: Manifest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = similar.Blend(0.6, 30.0)
    monkeypatch.setattr(held_out, "choose", lambda *_: chosen)
    earlier = replace(made, metrics={stage.SHARE: 0.8, stage.EVIDENCE: 10.0})
    for as_of, expected in ((SECOND, similar.Blend(0.8, 10.0)), (SECOND + timedelta(days=7), chosen)):
        result = stage.run(days.job("item_lists", as_of=as_of, folder=tmp_path, earlier=earlier))
        assert stage.read_blend(replace(made, metrics=result.metrics)) == expected


def _run(days: Days, folder: Path, monkeypatch: pytest.MonkeyPatch, models: Models) -> Lists:
    monkeypatch.setattr(signals_stage, "read", lambda made: models)
    stage.run(stages.Job(days.settings, SECOND, days.second, 0, folder))
    return read(folder)
