import errno
import logging
import os
import threading
import uuid
from pathlib import Path

import numpy as np
import pytest

from recsys.errors import DataError, TransientError
from recsys.language.cache import VectorCache, keys_of

KEYS = keys_of(["lamp", "rug", "mug"])
VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)


@pytest.fixture(params=["folder", "bucket"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> VectorCache:
    uri = str(tmp_path / "cache") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/cache"
    return VectorCache(uri, dimensions=2)


def test_an_empty_cache_knows_nothing(cache: VectorCache) -> None:
    vectors, known = cache.load(KEYS)
    assert not known.any()
    assert vectors.shape == (3, 2)


def test_what_was_added_is_found_in_any_order(cache: VectorCache) -> None:
    cache.add(KEYS[:2], VECTORS[:2])
    cache.add(KEYS[2:], VECTORS[2:])
    vectors, known = cache.load(keys_of(["mug", "sofa", "lamp"]))
    assert known.tolist() == [True, False, True]
    np.testing.assert_allclose(vectors, np.array([[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]]), atol=1e-3)


def test_adding_twice_changes_nothing(cache: VectorCache) -> None:
    cache.add(KEYS, VECTORS)
    cache.add(KEYS, VECTORS)
    assert len(cache.filesystem.glob(f"{cache.root}/*")) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_part_is_told_and_can_be_rebuilt(
    cache: VectorCache, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache.add(KEYS, VECTORS)
    (part,) = cache.filesystem.glob(f"{cache.root}/part-*.npz")
    content = cache.filesystem.cat_file(part)
    middle = content.index(KEYS[1])
    damaged = {"cut": content[:-40], "emptied": b"", "flipped": content[:middle] + b"?" + content[middle + 1 :]}
    cache.filesystem.pipe_file(part, damaged[damage])
    with caplog.at_level(logging.WARNING):
        assert not cache.load(KEYS)[1].any()
    assert "is damaged" in caplog.text
    cache.add(KEYS, VECTORS)
    assert cache.load(KEYS)[1].all()


def test_vectors_of_another_width_under_the_same_version_are_told_of_and_kept(cache: VectorCache) -> None:
    cache.add(KEYS, VECTORS)
    wider = VectorCache(cache.filesystem.unstrip_protocol(cache.root), 3)
    with pytest.raises(DataError, match=r"(?s)part-.*seen: 2 columns.*expected: 3 columns.*to do: remove"):
        wider.load(KEYS)
    assert cache.load(KEYS)[1].all()


def test_a_write_that_never_ended_is_not_read(cache: VectorCache) -> None:
    cache.add(KEYS[:1], VECTORS[:1])
    cache.filesystem.pipe_file(f"{cache.root}/.aside-1", b"half")
    assert cache.load(KEYS)[1].tolist() == [True, False, False]


def test_shards_may_add_and_read_at_once(tmp_path: Path) -> None:
    cache = VectorCache(str(tmp_path), dimensions=2)

    def work(shard: int) -> None:
        for step in range(20):
            cache.add(keys_of([f"{shard} {step}", "shared"]), VECTORS[:2])
            assert cache.load(keys_of([f"{shard} {step}"]))[1].all()

    failures: list[BaseException] = []
    threads = [threading.Thread(target=_caught, args=(work, shard, failures)) for shard in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def _caught(work: object, shard: int, failures: list[BaseException]) -> None:
    try:
        work(shard)  # type: ignore[operator]
    except BaseException as error:
        failures.append(error)


def test_a_disk_that_fills_is_told_of_and_leaves_nothing_half_written(
    cache: VectorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.add(KEYS[:1], VECTORS[:1])

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as short:
        short.setattr(cache.filesystem, "mv", full)
        with pytest.raises(TransientError, match="No space left"):
            cache.add(KEYS, VECTORS)
    assert not cache.filesystem.glob(f"{cache.root}/.aside-*")
    assert cache.load(KEYS)[1].tolist() == [True, False, False]
