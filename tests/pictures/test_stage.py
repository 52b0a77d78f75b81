"""A shop whose titles say nothing and whose pictures show the taste, from its files to the vectors of new items."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import pipeline, results
from recsys.evaluation import metrics
from recsys.events import tables
from recsys.events.held_out import without_items
from recsys.language import embeddings
from recsys.settings import Settings, load
from recsys.training import quality
from tests.pictures import tiny
from tests.pictures.tiny import content, drawing

DAY = date(2024, 3, 1)
COLOURS = [(200, 40, 40), (40, 170, 40), (40, 40, 200), (200, 190, 40)]
SHAPES = ["", "rectangle", "ellipse"]
N_ITEMS, N_USERS = 160, 160


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with events, items, their pictures, and a model: users take items of one colour, of any shape."""
    folder, rng = tmp_path_factory.mktemp("shop"), np.random.default_rng(0)
    tiny.clip(folder / "clip")
    (folder / "pictures").mkdir()
    colour = np.arange(N_ITEMS) % len(COLOURS)
    for item in range(N_ITEMS):
        seen = tuple(np.clip(COLOURS[colour[item]] + rng.normal(0, 25, 3), 0, 255).astype(int).tolist())
        (folder / "pictures" / f"{item}.png").write_bytes(content(drawing(seen, shape=SHAPES[rng.integers(3)])))
    catalogue = pd.DataFrame(
        {
            "item_id": [f"i{item}" for item in range(N_ITEMS)],
            "title": "Article",
            "imUrl": [f"{item}.png" for item in range(N_ITEMS)],
        }
    )
    catalogue.to_csv(folder / "items.csv", index=False)
    liked = [rng.choice(np.flatnonzero(colour == user % len(COLOURS)), 16, replace=False) for user in range(N_USERS)]
    rows = [
        (f"u{user}", f"i{item}", "buy", f"2024-02-{place + 1:02}")
        for user, items in enumerate(liked)
        for place, item in enumerate(items)
    ]
    pd.DataFrame(rows, columns=["user_id", "item_id", "action", "date"]).to_csv(folder / "events.csv", index=False)
    return folder


@pytest.fixture
def settings(shop: Path, tmp_path: Path) -> Callable[..., Settings]:
    """The shop's settings, with others on top."""

    def settings_with(*others: str) -> Settings:
        files = [f"source.{table}={shop}/{table}.csv" for table in ("events", "items")]
        return load(
            [
                f"store={tmp_path}/store",
                "source.kind=files",
                *files,
                "runtime.device=cpu",
                "language.model=minilm",
                *others,
            ]
        )

    return settings_with


def with_pictures(shop: Path) -> tuple[str, str]:
    return f"pictures.model={shop}/clip", f'pictures.folders=["{shop}/pictures"]'


def cold_ndcg(configured: Settings) -> float:
    """NDCG@10 of new items, ranked among themselves by their largest cosine to a history."""
    made = pipeline.run(("ingest", "features"), configured, DAY)
    known = tables.read(made["ingest"][0])
    new = np.arange(N_ITEMS) % 3 == 0
    _, split = without_items(known.interactions, new, 3)
    _, vectors = embeddings.load(made["features"])
    assert vectors.shape == (N_ITEMS, 384)
    hits = metrics.hits(quality.top(vectors, split, new, "max"), split.targets)
    return float(metrics.ndcg(hits, np.asarray(split.targets.sum(axis=1)).ravel()).mean())


def test_pictures_find_new_items_where_titles_say_nothing(shop: Path, settings: Callable[..., Settings]) -> None:
    by_texts, fused = cold_ndcg(settings()), cold_ndcg(settings(*with_pictures(shop)))
    assert fused > 1.5 * by_texts


def test_without_a_model_of_pictures_none_is_read(shop: Path, settings: Callable[..., Settings]) -> None:
    (made, _) = pipeline.run(("ingest", "features"), settings(with_pictures(shop)[1]), DAY)["features"]
    assert set(made.rows) == {"items", "encoded", "cached"}
    assert sorted(file.name for file in made.path("").iterdir()) == ["items.parquet", "manifest.json", "vectors.npy"]


def test_any_number_of_shards_gives_the_same_vectors(shop: Path, settings: Callable[..., Settings]) -> None:
    found = []
    for shards in (1, 3):
        configured = settings(*with_pictures(shop), f"runtime.shards={shards}")
        features = pipeline.run(("ingest", "features"), configured, DAY)["features"]
        assert sum(manifest.rows["pictures"] for manifest in features) == N_ITEMS
        found.append(embeddings.load(features))
    assert found[0][0].tolist() == found[1][0].tolist()
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-3)


def test_no_event_after_the_day_changes_a_vector(shop: Path, settings: Callable[..., Settings], tmp_path: Path) -> None:
    day, events = date(2024, 2, 12), pd.read_csv(shop / "events.csv")
    events[events["date"] <= day.isoformat()].to_csv(tmp_path / "until.csv", index=False)
    found = []
    for others in ((), (f"source.events={tmp_path}/until.csv",)):
        features = pipeline.run(("ingest", "features"), settings(*with_pictures(shop), *others), day)["features"]
        found.append(embeddings.load(features)[1])
    np.testing.assert_array_equal(found[0], found[1])
    later = pipeline.run(("ingest", "features"), settings(*with_pictures(shop)), DAY)["features"]
    assert not np.array_equal(found[0], embeddings.load(later)[1])


def test_the_settings_and_the_model_of_pictures_are_part_of_the_fingerprint(
    shop: Path, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    ingested = pipeline.run(("ingest",), settings(), DAY)
    other = tiny.clip(tmp_path / "clip", seed=1)
    overrides = [
        (),
        with_pictures(shop),
        (*with_pictures(shop), "pictures.max_pixels=5000"),
        (f"pictures.model={other}",),
    ]
    marks = [results.mark_of("features", settings(*given), DAY, ingested, 0) for given in overrides]
    assert len(set(marks)) == len(overrides)


def test_interests_are_those_of_the_pictures(shop: Path, settings: Callable[..., Settings]) -> None:
    made = pipeline.run(("ingest", "features", "interests"), settings(*with_pictures(shop), "interests.count=4"), DAY)
    membership = np.load(made["interests"][0].path("membership.npy"))
    ids = tables.read(made["ingest"][0]).item_ids
    colour = np.array([int(item[1:]) % len(COLOURS) for item in ids])
    home = membership.argmax(axis=1)
    purity = sum(np.bincount(colour[home == cluster]).max() for cluster in np.unique(home)) / N_ITEMS
    assert purity > 0.8
