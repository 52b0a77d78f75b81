"""A window is rolled on by a day: the oldest requests are dropped first, and nothing tells who asked, or for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.ranking.ranker import window
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.ranker.window import MAX_DAYS, Window, read, renumbered, rolled, write
from tests.ranking.ranker import literal

SIGNALS = literal.spec("ease"), literal.spec("donors' items", "donors", transfers=True)
COLUMNS = tuple(column for spec in SIGNALS for column in literal.scored(spec))


def of(kinds: Sequence[str], days: Sequence[int], users: Sequence[int] | None = None) -> Window:
    """Requests with two candidates each, of which the second was chosen, at 0.6; their features are the day."""
    features = np.repeat(np.array(days, np.float32), 2 * len(COLUMNS)).reshape(len(days), 2, len(COLUMNS))
    user = np.array(range(len(days)) if users is None else users, np.int32)
    examples = Examples(literal.candidates(features, COLUMNS), np.tile(np.array([0, 0.6], np.float32), len(days)), user)
    return Window(examples, np.array(kinds, np.str_), np.array(days, np.int32))


def requests(found: Window) -> list[tuple[str, int, int]]:
    return list(zip(found.kind.tolist(), found.day.tolist(), found.examples.user.tolist(), strict=True))


def test_requests_of_too_long_ago_are_dropped() -> None:
    found = rolled([of(["a", "a", "b"], [1, 2, 2]), of(["b"], [MAX_DAYS + 1])], MAX_DAYS + 1)
    assert requests(found) == [("a", 2, 1), ("b", 2, 2), ("b", MAX_DAYS + 1, 0)]
    assert found.examples.candidates.features[:, 0].tolist() == [2, 2, 2, 2, MAX_DAYS + 1, MAX_DAYS + 1]
    assert found.examples.candidates.request.tolist() == [0, 0, 1, 1, 2, 2]


def test_of_more_requests_of_a_kind_than_needed_the_oldest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MIN_REQUESTS", 2)
    found = rolled([of(["a", "b", "a"], [1, 1, 2]), of(["a"], [3])], 3)
    assert requests(found) == [("b", 1, 1), ("a", 2, 2), ("a", 3, 0)]


def test_the_examples_of_each_kind_are_told_apart() -> None:
    kinds = of(["a", "b", "a"], [1, 2, 3]).by_kind()
    assert {kind: found.user.tolist() for kind, found in kinds.items()} == {"a": [0, 2], "b": [1]}
    assert kinds["a"].candidates.features[:, 0].tolist() == [1, 1, 3, 3]
    assert kinds["a"].positive.tolist() == [0, 1, 0, 1]


def test_users_are_renumbered_and_those_who_are_in_no_table_any_more_are_dropped() -> None:
    found = renumbered(of(["a", "b", "a"], [1, 1, 1], users=[2, 0, 1]), np.array([5, -1, 7], np.int32))
    assert requests(found) == [("a", 1, 7), ("b", 1, 5)]
    assert not len(renumbered(of(["a"], [1]), np.array([-1], np.int32)).day)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    made = rolled([of(["new users", "a"], [1, 2]), of(["a"], [3])], 3)
    write(made, tmp_path / "made.npz")
    found = read(tmp_path / "made.npz", COLUMNS)
    assert found is not None
    assert requests(found) == requests(made)
    assert found.examples.candidates.columns[0].spec == SIGNALS[0]
    for name in ("request", "features", "new", "item"):
        assert np.array_equal(getattr(found.examples.candidates, name), getattr(made.examples.candidates, name)), name
    for name in ("positives", "away", "in_domain"):
        stored, asked = (getattr(kept.examples.candidates.asked, name) for kept in (found, made))
        assert np.array_equal(stored, asked), name
    assert found.examples.weight.tolist() == made.examples.weight.tolist() == [0, np.float32(0.6)] * 3
    assert requests(rolled([found, of(["b"], [4])], 4)) == [*requests(made), ("b", 4, 0)]


def test_no_number_of_an_item_is_stored(tmp_path: Path) -> None:
    write(rolled([of(["a"], [1])], 1), tmp_path / "made.npz")
    with np.load(tmp_path / "made.npz") as stored:
        assert sorted(stored) == [
            "away",
            "columns",
            "day",
            "features",
            "kind",
            "new",
            "positives",
            "request",
            "user",
            "weight",
        ]
    assert set(rolled([of(["a"], [1])], 1).examples.candidates.item.tolist()) == {-1}


def test_a_window_of_other_signals_is_dropped_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(of(["a"], [1]), tmp_path / "made.npz")
    others = replace(COLUMNS[0], name="text"), *COLUMNS[1:]
    with caplog.at_level("INFO", "recsys"):
        for columns in (COLUMNS[:2], others, COLUMNS[::-1]):
            assert read(tmp_path / "made.npz", columns) is None
    assert [record.message.count("signals differ") for record in caplog.records] == [1, 1, 1]


def test_where_none_was_written_there_is_none(tmp_path: Path) -> None:
    assert read(tmp_path / "made.npz", COLUMNS) is None


def test_a_window_without_requests_can_be_written_and_rolled_on(tmp_path: Path) -> None:
    write(rolled([of([], [])], 1), tmp_path / "made.npz")
    found = read(tmp_path / "made.npz", COLUMNS)
    assert found is not None
    assert found.by_kind() == {}
    assert requests(rolled([found, of(["a"], [2])], 2)) == [("a", 2, 0)]
