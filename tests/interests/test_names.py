import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.interests.names import names, split_categories

TWO = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
TITLES = [
    "Night of the Dead",
    "Dead Night",
    "The Dead of Night",
    "Dead Night Again",
    "Robot Wars",
    "Star Robot",
    "Robot Star",
    "Star of Robots and a Robot",
]
KINDS = ["Horror|Film"] * 4 + ["Sci-Fi|Film"] * 4


def test_a_name_holds_the_categories_and_words_that_tell_an_interest_apart() -> None:
    assert names(TWO, TITLES, KINDS) == ["Horror: dead, night", "Sci-Fi: robot, star"]


def test_words_alone_or_categories_alone_make_a_name() -> None:
    assert names(TWO, TITLES, [""] * 8) == ["dead, night", "robot, star"]
    assert names(TWO, [""] * 8, KINDS) == ["Horror", "Sci-Fi"]


def test_one_telling_word_follows_the_category_like_two_would() -> None:
    assert names(TWO, ["Dead"] * 4 + ["Robot"] * 4, KINDS) == ["Horror: dead", "Sci-Fi: robot"]


def test_a_word_does_not_repeat_its_category() -> None:
    assert names(TWO, ["Horror night"] * 4 + ["Robot"] * 4, KINDS)[0] == "Horror: night"


def test_interests_without_anything_to_tell_are_numbered() -> None:
    assert names(TWO, [""] * 8, [""] * 8) == ["Interest", "Interest (2)"]


def test_where_no_word_tells_an_interest_apart_the_title_nearest_to_it_names_it() -> None:
    near = TWO * np.array([[0.6, 0.9, 0.7, 0.6, 0.6, 0.6, 0.6, 0.8]], np.float32).T
    titles = [f"{letter * 2} {letter * 2}" for letter in "abcdefgh"]
    assert names(near, titles, [""] * 8) == ["bb bb", "hh hh"]
    assert names(near, ["Thing"] * 8, [""] * 8) == ["Thing", "Thing (2)"]
    assert names(near, [*titles[:7], f"{'hh ' * 20}"], [""] * 8)[1] == f"{'hh ' * 12}hh…"


def test_names_given_before_last_and_no_other_interest_gets_one_of_them() -> None:
    assert names(TWO, TITLES, KINDS, {1: "Machines"}) == ["Horror: dead, night", "Machines"]
    assert names(TWO, TITLES, KINDS, {1: "Horror: dead, night"})[0] == "Horror: dead, night (1)"
    assert names(TWO, [""] * 8, [""] * 8, {0: "Interest (2)"}) == ["Interest (2)", "Interest"]
    assert names(TWO, [""] * 8, [""] * 8, {0: "Interest"}) == ["Interest", "Interest (2)"]


@pytest.mark.parametrize(
    ("of_one", "of_other", "named"),
    [
        ("铁炒锅 大炒锅 不粘炒锅 家用炒锅", "防水帐篷 双人帐篷 露营帐篷 帐篷", ["炒锅", "帐篷"]),
        (
            "フライパン 鉄のフライパン 小型フライパン フライパン",
            "テント 二人用テント 防水テント テント",
            ["フライパン", "テント"],
        ),
        ("กระทะเหล็ก กระทะใหญ่ กระทะ ใช้กระทะ", "เต็นท์สองคน เต็นท์กันน้ำ เต็นท์ เต็นท์ใหญ่", ["กระทะ", "เต็นท์"]),
        ("推理小説 推理小説 長編推理小説 推理小説集", "緑茶 緑茶 緑茶 緑茶の葉", ["推理小説", "緑茶"]),
    ],
)
def test_a_script_without_spaces_has_words_too(of_one: str, of_other: str, named: list[str]) -> None:
    found = names(TWO, [*of_one.split(), *of_other.split()], [""] * 8)
    assert [name.split(", ")[0] for name in found] == named


@pytest.mark.parametrize(
    ("category", "parts"),
    [
        ("Action|Sci-Fi", ["Action", "Sci-Fi"]),
        ("Office > Pens", ["Office", "Pens"]),
        (" ; ", []),
        ("One", ["One"]),
        ("厨房、锅具", ["厨房", "锅具"]),
    ],
)
def test_a_category_is_cut_into_its_parts(category: str, parts: list[str]) -> None:
    assert split_categories(category) == parts


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(TITLES), st.sampled_from(["", *KINDS])), min_size=1))
def test_names_are_all_different_and_never_empty(items: list[tuple[int, str, str]]) -> None:
    home, titles, kinds = (list(column) for column in zip(*items, strict=True))
    called = names(np.eye(5, dtype=np.float32)[home], titles, kinds)
    assert len(called) == len(set(called)) == 5
    assert all(called)
