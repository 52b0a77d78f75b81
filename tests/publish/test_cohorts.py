from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from recsys.publish.cohorts import Rules, cohort_lists, noisy

ITEMS = pa.array(["a", "b", "c"])
LISTS = {"u1": ["a", "b"], "u2": ["b", "a"], "u3": ["b", "c"], "u4": ["c", "gone"]}
USERS = pd.DataFrame(
    {
        "user_id": ["u1", "u2", "u3", "u4", "silent"],
        "city": ["Lyon", "Lyon", "Lyon", "Bern", "Bern"],
        "age": [None, "old", "old", "old", None],
    }
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[list[Path], Path]:
    pd.DataFrame({"user_id": list(LISTS), "item_ids": list(LISTS.values())}).to_parquet(tmp_path / "lists.parquet")
    USERS.to_parquet(tmp_path / "users.parquet")
    return [tmp_path / "lists.parquet"], tmp_path / "users.parquet"


def made(files: tuple[list[Path], Path], rules: Rules, seed: int = 0) -> dict[str, list[str]]:
    table = cohort_lists(*files, ITEMS, rules, np.random.default_rng(seed))
    return dict(zip(*(table[name].to_pylist() for name in ("audience", "item_ids")), strict=True))


def test_a_cohort_gets_what_stands_high_in_many_of_its_lists(files: tuple[list[Path], Path]) -> None:
    assert made(files, Rules(least=3)) == {"age=old": ["b", "c"], "city=Lyon": ["b", "a"]}


def test_the_reason_of_a_cohort_names_it_without_markup_and_its_terms_are_the_score(
    files: tuple[list[Path], Path],
) -> None:
    USERS.assign(city=USERS["city"].replace("Lyon", "Lyon<br> &amp; <i>Bron</i>")).to_parquet(files[1])
    table = cohort_lists(*files, ITEMS, Rules(least=3), np.random.default_rng(0)).to_pylist()
    assert table[0]["reasons"] == ["recommended to many people with city Lyon & Bron"] * 2
    assert table[0]["terms"] == ["members' ranks +2.50", "members' ranks +1.50"]
    (_, chinese) = cohort_lists(*files, ITEMS, Rules(least=3, language="zh"), np.random.default_rng(0)).to_pylist()
    assert chinese["reasons"][0] == "推荐给许多符合“age old”的人"


def test_a_cohort_of_too_few_members_with_lists_gets_none(files: tuple[list[Path], Path]) -> None:
    assert set(made(files, Rules(least=2))) == {"age=old", "city=Lyon"}
    assert made(files, Rules(least=4)) == {}


def test_people_without_attributes_make_no_cohorts(files: tuple[list[Path], Path]) -> None:
    USERS[["user_id"]].to_parquet(files[1])
    assert made(files, Rules(least=1)) == {}


def test_noise_is_that_of_the_laplace_mechanism_and_less_with_a_greater_epsilon() -> None:
    zeros, rng = np.zeros(100_000), np.random.default_rng(0)
    count, scores = noisy(zeros, zeros, epsilon=2.0, attributes=3, length=2, rng=rng)
    assert np.abs(count).mean() == pytest.approx(3 / (0.1 * 2.0), rel=0.02)
    assert np.abs(scores).mean() == pytest.approx(3 * 1.5 / (0.9 * 2.0), rel=0.02)


def test_with_a_great_epsilon_lists_are_as_without_and_with_a_small_one_they_are_not(
    files: tuple[list[Path], Path],
) -> None:
    plain = made(files, Rules(least=3))
    assert made(files, Rules(least=2, epsilon=1000.0))["city=Lyon"] == plain["city=Lyon"]
    assert any(made(files, Rules(least=3, epsilon=0.01), seed) != plain for seed in range(5))
