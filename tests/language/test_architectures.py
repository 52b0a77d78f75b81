"""Tiny models of each architecture in the folders that sentence-transformers writes: its own vectors are the truth."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling

from recsys.errors import SettingsError
from recsys.language import models
from recsys.language.encode import Encoder, Vectors
from recsys.settings import LanguageSettings, RuntimeSettings
from tests.language import tiny

TEXTS = ["space war", "love wedding summer paris film 7", "robot", "unheard of", "what somebody did first " * 9]
PROMPTS = {"query": "what somebody did ", "document": ""}

Build = Callable[[Path], str]


def written(build: Build, folder: Path, pooling: str, prompts: dict[str, str], default: str | None = None) -> str:
    """The folder of a model with all that sentence-transformers has to say of it."""
    modules = [Transformer(build(folder / "bare")), Pooling(32, pooling), Normalize()]
    made = SentenceTransformer(modules=modules, prompts=prompts, default_prompt_name=default, device="cpu")
    made.save(str(folder / "whole"), create_model_card=False)
    return str(folder / "whole")


def theirs(folder: str, prompt: str | None = None) -> Vectors:
    network = SentenceTransformer(folder, device="cpu", local_files_only=True)
    vectors: Vectors = network.encode(TEXTS, prompt=prompt, normalize_embeddings=True, batch_size=len(TEXTS))
    return vectors


def ours(folder: str, **settings: object) -> Vectors:
    return Encoder(models.find(folder), LanguageSettings(**settings), RuntimeSettings(device="cpu")).encode(TEXTS)


@pytest.mark.parametrize(
    ("build", "pooling", "default"),
    [
        (tiny.qwen3, "lasttoken", None),
        (tiny.xlm_roberta, "cls", None),
        (tiny.xlm_roberta, "mean", "query"),
        (tiny.bert, "mean", None),
        (tiny.bert, "cls", "query"),
    ],
)
def test_a_folder_is_read_as_sentence_transformers_reads_it(
    tmp_path: Path, build: Build, pooling: str, default: str | None
) -> None:
    folder = written(build, tmp_path, pooling, PROMPTS, default)
    made = ours(folder)
    np.testing.assert_allclose(made, theirs(folder), atol=1e-4)
    encoder = Encoder(models.find(folder), LanguageSettings(), RuntimeSettings(device="cpu"))
    np.testing.assert_allclose(np.concatenate([encoder.encode([text]) for text in TEXTS]), made, atol=1e-5)


def test_a_prompt_that_a_folder_names_is_asked_for_by_its_name(tmp_path: Path) -> None:
    folder = written(tiny.qwen3, tmp_path, "lasttoken", PROMPTS)
    np.testing.assert_allclose(ours(folder, instruction="query"), theirs(folder, PROMPTS["query"]), atol=1e-4)
    np.testing.assert_allclose(ours(folder, instruction="film "), theirs(folder, "film "), atol=1e-4)
    assert np.abs(ours(folder, instruction="query") - ours(folder)).max() > 0.01


def test_texts_padded_on_either_side_have_the_same_vectors(tmp_path: Path) -> None:
    left, right = (
        written(lambda folder, side=side: tiny.qwen3(folder, side), tmp_path / side, "lasttoken", {})  # type: ignore[misc]
        for side in ("left", "right")
    )
    np.testing.assert_allclose(ours(left), ours(right), atol=1e-5)
    np.testing.assert_allclose(ours(left), theirs(left), atol=1e-4)
    np.testing.assert_allclose(ours(left), theirs(right), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "build", "pooling", "prompt"),
    [
        ("Qwen3-Embedding-0.6B", tiny.qwen3, "last", ""),
        ("bge-m3", tiny.xlm_roberta, "cls", ""),
        ("bge-small-en-v1.5", tiny.bert, "cls", ""),
        ("multilingual-e5-large", tiny.xlm_roberta, "mean", "query: "),
        ("multilingual-e5-large-instruct", tiny.xlm_roberta, "mean", ""),
        ("e5-base-v2", tiny.bert, "mean", "query: "),
        ("any-other", tiny.bert, "mean", ""),
    ],
)
def test_a_bare_folder_is_read_as_is_known_of_its_name(
    tmp_path: Path, name: str, build: Build, pooling: str, prompt: str
) -> None:
    found = models.find(build(tmp_path / name))
    assert (found.pooling, found.prompt, found.dimensions) == (pooling, prompt, 32)


@pytest.mark.parametrize(("asked", "said"), [("passage", "passage: "), ("item: ", "item: "), ("", "query: ")])
def test_an_instruction_is_a_prompts_name_or_a_text(tmp_path: Path, asked: str, said: str) -> None:
    found = models.find(tiny.bert(tmp_path / "e5-small"))
    assert found.read_as(LanguageSettings(instruction=asked)).prompt == said


def test_the_switches_of_earlier_versions_name_the_pooling(tmp_path: Path) -> None:
    folder = Path(written(tiny.xlm_roberta, tmp_path, "mean", {}))
    before = models.find(str(folder))
    switches = {"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(switches))
    found = models.find(str(folder))
    assert (before.pooling, found.pooling) == ("mean", "cls")
    assert found.version != before.version
    np.testing.assert_allclose(ours(str(folder)), theirs(str(folder)), atol=1e-4)


@pytest.mark.parametrize("pooling", ["max", ["cls", "mean"]])
def test_a_pooling_that_is_unknown_here_is_refused(tmp_path: Path, pooling: str) -> None:
    folder = written(tiny.bert, tmp_path, pooling, {})
    with pytest.raises(SettingsError, match=r"1_Pooling/config.json"):
        models.find(folder)


@pytest.mark.parametrize("step", ["sentence_transformers.models.Dense", "custom_code.Transformer"])
def test_a_step_that_is_unknown_here_is_refused(tmp_path: Path, step: str) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": step}]))
    with pytest.raises(SettingsError, match=f"seen: {step}"):
        models.find(str(folder))


def test_a_vector_is_cut_to_the_width_and_is_of_length_one_again(tmp_path: Path) -> None:
    folder = written(tiny.qwen3, tmp_path, "lasttoken", {})
    whole, cut = ours(folder), ours(folder, width=8)
    np.testing.assert_allclose(cut, whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_array_equal(ours(folder, width=99), whole)


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({}, True),
        ({"width": 32}, True),
        ({"pooling": "mean"}, True),
        ({"width": 8}, False),
        ({"pooling": "cls"}, False),
        ({"instruction": "film "}, False),
    ],
)
def test_another_way_to_read_is_another_version(tmp_path: Path, settings: dict[str, object], same: bool) -> None:
    found, asked = models.find(tiny.bert(tmp_path)), LanguageSettings(**settings)
    read = found.read_as(asked)
    assert (read.version == found.version) == same
    assert read.read_as(asked) == read
