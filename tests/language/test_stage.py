from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import results
from recsys.artifacts import Manifest
from recsys.language import embeddings
from recsys.language.encode import Encoder, Vectors
from recsys.settings import RuntimeSettings, Settings

AS_OF = date(2024, 1, 31)
TEXTS = {str(number): f"Film {number}" for number in range(20)} | {"blank": "", "twin": "Film 7"}

Catalogue = Callable[[dict[str, str]], Manifest]


def settings(tmp_path: Path, shards: int = 2) -> Settings:
    return Settings(store=str(tmp_path / "store"), runtime=RuntimeSettings(shards=shards, device="cpu"))


def features(configured: Settings, ingest: Manifest) -> list[Manifest]:
    given = {"ingest": (ingest,)}
    return [results.run("features", configured, AS_OF, given, shard) for shard in range(configured.runtime.shards)]


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that went through the encoder."""
    texts: list[str] = []
    encode = Encoder.encode

    def counted(self: Encoder, batch: list[str]) -> Vectors:
        texts.extend(batch)
        return encode(self, batch)

    monkeypatch.setattr(Encoder, "encode", counted)
    return texts


def test_every_item_gets_a_vector_and_an_empty_text_a_zero_one(tmp_path: Path, catalogue: Catalogue) -> None:
    ids, vectors = embeddings.load(features(settings(tmp_path), catalogue(TEXTS)))
    assert ids.tolist() == sorted(TEXTS)
    lengths = dict(zip(ids, np.linalg.norm(vectors, axis=1), strict=True))
    assert lengths.pop("blank") == 0
    assert all(abs(length - 1) < 1e-3 for length in lengths.values())


def test_a_vector_is_that_of_the_items_own_text(tmp_path: Path, catalogue: Catalogue, encoder: Encoder) -> None:
    ids, vectors = embeddings.load(features(settings(tmp_path), catalogue(TEXTS)))
    expected = encoder.encode([TEXTS[item] or "-" for item in ids])
    has_text = ids != "blank"
    np.testing.assert_allclose(vectors[has_text], expected[has_text], atol=1e-3)


def test_shards_write_what_the_contract_says(tmp_path: Path, catalogue: Catalogue) -> None:
    for made in features(settings(tmp_path), catalogue(TEXTS)):
        items, vectors = pd.read_parquet(made.path("items.parquet")), np.load(made.path("vectors.npy"))
        assert items.columns.tolist() == ["item_id"]
        assert vectors.dtype == np.float16
        assert vectors.shape == (len(items), 384)
        assert made.facts["model_version"].startswith("minilm-")


def test_the_number_of_shards_does_not_change_a_vector(tmp_path: Path, catalogue: Catalogue) -> None:
    ingest = catalogue(TEXTS)
    one = embeddings.load(features(settings(tmp_path / "one", shards=1), ingest))
    three = embeddings.load(features(settings(tmp_path / "three", shards=3), ingest))
    assert one[0].tolist() == three[0].tolist()
    np.testing.assert_allclose(one[1], three[1], atol=1e-3)


def test_a_text_is_encoded_once_however_many_items_have_it(
    tmp_path: Path, catalogue: Catalogue, encoded: list[str]
) -> None:
    features(settings(tmp_path, shards=1), catalogue(TEXTS))
    assert sorted(encoded) == sorted(set(TEXTS.values()) - {""})


def test_only_new_texts_are_encoded_the_next_day(tmp_path: Path, catalogue: Catalogue, encoded: list[str]) -> None:
    configured = settings(tmp_path)
    features(configured, catalogue(TEXTS))
    encoded.clear()
    made = features(configured, catalogue({**TEXTS, "new": "A new film"}))
    assert encoded == ["A new film"]
    assert sum(manifest.rows["encoded"] for manifest in made) == 1
    assert sum(manifest.rows["cached"] for manifest in made) == len(TEXTS) - 1


def test_a_rerun_neither_encodes_nor_writes(tmp_path: Path, catalogue: Catalogue, encoded: list[str]) -> None:
    configured, ingest = settings(tmp_path), catalogue(TEXTS)
    features(configured, ingest)
    encoded.clear()
    assert all(made.cached for made in features(configured, ingest))
    assert encoded == []


def test_a_damaged_cache_heals(tmp_path: Path, catalogue: Catalogue, encoded: list[str]) -> None:
    configured = settings(tmp_path, shards=1)
    features(configured, catalogue(TEXTS))
    (part,) = (tmp_path / "store" / "cache").rglob("part-*.npz")
    part.write_bytes(part.read_bytes()[:100])
    encoded.clear()
    (made,) = features(configured, catalogue({**TEXTS, "new": "A new film"}))
    assert len(encoded) == made.rows["encoded"] == 21
    _, vectors = embeddings.load([made])
    assert (np.linalg.norm(vectors, axis=1) > 0).sum() == 22


def test_a_shard_without_items_is_empty_and_whole(tmp_path: Path, catalogue: Catalogue) -> None:
    ids, vectors = embeddings.load(features(settings(tmp_path, shards=4), catalogue({"a": "Alien"})))
    assert ids.tolist() == ["a"]
    assert vectors.shape == (1, 384)
