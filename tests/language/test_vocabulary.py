import pytest

from recsys.language.models import Model
from recsys.language.vocabulary import Reading, reading
from tests.language.titles import ENGLISH, GERMAN, TEN_LANGUAGES

SCRIPTS = """铸铁炒锅, 鋳鉄フライパン, กระทะเหล็กหล่อ, 무쇠 프라이팬, Чугунная сковорода, مقلاة من الحديد, कास्ट आयरन"""


@pytest.mark.parametrize(
    "texts",
    [["HB pencil, WF-2540 & H&M"], ["Best deal 🍳🔥"], ["Döküm demir tava", "Żeliwna patelnia"], ["", "   "], []],
)
def test_nothing_is_unknown_to_minilm_in_latin_script_and_of_an_emoji_nothing_is_lost(
    model: Model, texts: list[str]
) -> None:
    assert reading(model, texts) == Reading(unknown=0, cut=0)


@pytest.mark.parametrize("text", SCRIPTS.split(", "))
def test_other_scripts_are_unknown_to_it_or_spelled_letter_by_letter(model: Model, text: str) -> None:
    assert reading(model, [text]).unknown >= 0.9


def test_the_share_is_of_the_tokens_of_all_texts(model: Model) -> None:
    assert reading(model, ["cast iron pan", "鋳"]).unknown == 1 / 4


def test_words_of_another_language_in_latin_script_are_cut_into_pieces(model: Model) -> None:
    assert reading(model, ENGLISH).cut < 0.2
    assert reading(model, GERMAN.split(",")).cut > 0.8


def test_a_model_of_many_languages_knows_them_all(multilingual: Model) -> None:
    assert reading(multilingual, [*TEN_LANGUAGES.splitlines(), GERMAN, SCRIPTS]).unknown == 0
