import pytest

from recsys.interests.words import Words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("The Long Goodbye (1973)", ["long", "goodbye", "1970s"]),
        ("2001: A Space Odyssey", ["2000s", "space", "odyssey"]),
        ("Die Blechtrommel", ["die", "blechtrommel"]),
        ("Ночь", ["ночь"]),
        ("가방 LG전자", ["가방", "lg전자"]),
        ("हिन्दी किताब", ["हिन्दी", "किताब"]),  # a word does not end at the sign of a vowel
        ("陶瓷茶壶", ["陶瓷", "茶壶"]),
        ("我们的茶壶", ["茶壶"]),  # no pronoun names a topic
        ("iPhone手机壳 2019年", ["iphone", "2010s", "手机"]),
        ("X", []),
        ("", []),
    ],
)
def test_words_are_those_that_can_tell_something(title: str, words: list[str]) -> None:
    assert Words(chinese=True).of_title(title) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("防水テント", ["防水", "テント"]),
        ("ティーポット28cm", ["ティーポット"]),
        ("推理小説", ["推理", "理小", "小説"]),
        ("お茶", []),
        ("เต็นท์", ["เต็", "ต็น", "นท์"]),  # a letter keeps its signs
    ],
)
def test_japanese_and_thai_are_in_stretches_of_a_script_and_pairs_of_letters(title: str, words: list[str]) -> None:
    assert Words(chinese=False).of_title(title) == words


def test_a_few_titles_with_kana_do_not_make_a_catalogue_japanese() -> None:
    assert Words.of(["炒锅"] * 19 + ["の锅"]).chinese
    assert not Words.of(["緑茶"] * 2 + ["フライパン"]).chinese
    assert Words.of(["tent"]).chinese  # there is nothing to tell


@pytest.mark.parametrize(
    ("term", "titles", "word"),
    [
        ("理小", ["推理小説集", "推理小説", "長編推理小説"], "推理小説"),
        ("小説", ["推理小説", "恋愛小説", "小説"], "小説"),
        ("小説", ["推理小説", "推理小説"], "小説"),  # two titles tell nothing
        ("テント", ["防水テント"] * 3, "テント"),  # no pair
        ("tent", ["tents"] * 3, "tent"),
    ],
)
def test_a_pair_grows_to_the_word_that_nearly_all_titles_have(term: str, titles: list[str], word: str) -> None:
    assert Words(chinese=False).whole(term, titles) == word
