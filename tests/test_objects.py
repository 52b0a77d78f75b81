"""Objects as files: what is read is what was written, is mapped, and can be nothing but objects of this package."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recsys import objects
from recsys.errors import DataError
from recsys.events.interactions import Interactions
from recsys.interests.stage import ItemInterests
from recsys.ranking.candidates import Column
from recsys.ranking.ranker.blend import Blend
from recsys.ranking.ranker.trees import Trees
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.settings import Settings, load
from tests.kept import kept

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda parts: st.lists(parts) | st.lists(parts).map(tuple) | st.dictionaries(st.integers() | st.text(), parts),
)
ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint64, np.bool_, np.float16]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("objects")


@given(PLAIN)
def test_plain_values_are_read_as_they_were_written(folder: Path, value: Any) -> None:
    assert repr(kept(value, folder)) == repr(value)


@given(st.lists(ARRAYS, max_size=5), st.booleans())
def test_arrays_are_read_as_they_were_written_in_their_order(
    folder: Path, arrays: list[np.ndarray], turned: bool
) -> None:
    given = [np.asfortranarray(array) if turned and array.ndim else array for array in arrays]
    for before, after in zip(given, kept(given, folder), strict=True):
        assert (before.dtype, before.shape) == (after.dtype, after.shape)
        np.testing.assert_array_equal(before, after)
        assert before.flags.f_contiguous == after.flags.f_contiguous


def test_objects_have_their_fields_and_what_was_worked_out_of_them(tmp_path: Path) -> None:
    spec = Spec("ease", "item-to-item", Phrases("goes with {title}", "搭配"), needs_history=True)
    trees = Trees(Blend((0.1, float("inf")), (), 0.5), ('a "text"\nof trees',), (Column("ease", "norm", spec),), 0.25)
    assert kept(trees, tmp_path) == trees
    events = Interactions(
        np.zeros(2, np.int32), np.array([1, 0], np.int32), np.ones(2, np.float32), np.arange(2.0), 1, 2
    )
    assert events.starts.tolist() == [0, 2]
    assert kept(events, tmp_path).__dict__["starts"].tolist() == [0, 2]


def test_matrices_texts_scalars_and_settings_are_kept(tmp_path: Path) -> None:
    matrix = sp.csr_matrix(([1.0, 2.0], ([0, 1], [2, 0])), shape=(2, 3), dtype=np.float32)
    settings = load(["lists.top_n=7", 'lists.deny_items=["a"]', 'source.columns={"user_id": "who"}'])
    given = [matrix, np.array(["ann", None], object), np.float32(0.1), settings]
    found, texts, scalar, read = kept(given, tmp_path)
    assert (found != matrix).nnz == 0
    assert (found.dtype, found.has_sorted_indices, found.has_canonical_format) == (np.float32, True, True)
    assert texts.tolist() == ["ann", None]
    assert (type(scalar), scalar) == (np.float32, np.float32(0.1))
    assert isinstance(read, Settings)
    assert read == settings


def test_what_is_shared_stays_so_and_takes_its_place_once(tmp_path: Path) -> None:
    array = np.arange(1000, dtype=np.float32)
    first, second = kept([ItemInterests(array, array), ItemInterests(array, array)], tmp_path)
    assert first.membership is first.directions is second.membership
    assert (tmp_path / "made.npy").stat().st_size < 2 * array.nbytes


def test_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    (found,) = kept([np.arange(4)], tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1
    base: Any = found
    while not isinstance(base, np.memmap):
        base = base.base
    assert Path(str(base.filename)) == tmp_path / "made.npy"


@pytest.mark.parametrize("value", [{1}, lambda: None, Path("x"), np.array([Path("x")], object)])
def test_what_is_no_object_of_this_package_is_refused(value: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        kept([value], tmp_path)


class Foreign:
    """A class that is none of the package."""


FORGED = {
    "a class of another package": {"object": ["subprocess:Popen", {}], "number": 0},
    "a class that a module of the package only imports": {"object": ["recsys.artifacts:Path", {}], "number": 0},
    "a function": {"object": ["recsys.objects:read", {}], "number": 0},
    "no such class": {"object": ["recsys.objects:Nothing", {}], "number": 0},
    "no such name of a module": {"object": ["recsysother.objects:Nothing", {}], "number": 0},
    "a class that is no settings, called": {"settings": ["recsys.artifacts:Store", {"uri": "x"}], "number": 0},
    "a class that is no tuple, called": {"named": ["recsys.artifacts:Store", ["x"]], "number": 0},
    "an array of objects": {"array": ["|O", [1], "C", 0], "number": 0},
    "another kind of object": {"object": ["recsys.interests.stage:Understanding", {}], "number": 0},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_file_that_names_anything_else_is_not_read(forged: Any, tmp_path: Path) -> None:
    file = tmp_path / "made.npy"
    objects.write(Blend((), ()), file)
    objects.tree(file).write_text(json.dumps(forged))
    with pytest.raises(DataError, match="does not hold what is read from it") as caught:
        objects.read(file, Blend)
    assert caught.value.where == str(objects.tree(file))


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not hold") as caught:
        objects.read(tmp_path / "models.npy", Blend)
    assert (caught.value.seen, caught.value.expected) == ("no such file", "Blend")


def test_an_object_of_a_class_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        kept(replace(Blend((), ()), known=Foreign()), tmp_path)  # type: ignore[arg-type]
