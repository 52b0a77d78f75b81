from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel, AutoTokenizer

from recsys.errors import SettingsError
from recsys.language import models
from recsys.language.encode import Encoder, Vectors, batches
from recsys.language.models import Model
from recsys.settings import LanguageSettings, RuntimeSettings
from tests.language import tiny

TEXTS = ["Toy Story (1995). Adventure, Animation, Children", "Alien", "日本の映画", "rug " * 300, "a lamp for the desk"]


def plain(model: Model, text: str) -> Vectors:
    """The model card's own recipe, one text at a time."""
    tokenizer = AutoTokenizer.from_pretrained(model.folder)
    network = AutoModel.from_pretrained(model.folder).eval()
    tokens = tokenizer(text, truncation=True, max_length=128, return_tensors="pt")
    with torch.no_grad():
        mean = network(**tokens).last_hidden_state[0].mean(dim=0)
    vector: Vectors = (mean / mean.norm()).numpy()
    return vector


def test_vectors_are_those_of_a_plain_loop(encoder: Encoder, model: Model) -> None:
    expected = np.stack([plain(model, text) for text in TEXTS])
    assert ((encoder.encode(TEXTS) * expected).sum(axis=1) >= 0.9999).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_a_processor_that_multiplies_bfloat16_makes_vectors_alike(
    model: Model, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    mixed = Encoder(model, LanguageSettings(batch_tokens=64), RuntimeSettings(device="cpu", threads=threads)).encode(
        TEXTS
    )
    cosine = (mixed * encoder.encode(TEXTS)).sum(axis=1)
    assert (cosine >= 0.9999).all()
    assert (cosine < 1 - 1e-6).any()  # bfloat16 rounds: else nothing was mixed


def test_vectors_have_length_one(encoder: Encoder) -> None:
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(TEXTS), axis=1), 1.0, atol=1e-5)


def test_a_batch_equals_its_texts_one_by_one(encoder: Encoder) -> None:
    singles = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS), singles, atol=1e-5)


def test_the_order_of_texts_does_not_matter(encoder: Encoder) -> None:
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1])[::-1], encoder.encode(TEXTS), atol=1e-5)


def test_like_texts_lie_closer_than_unlike_ones(encoder: Encoder) -> None:
    lamp, light, whale = encoder.encode(["a desk lamp", "lighting for your table", "a documentary about whales"])
    assert lamp @ light > lamp @ whale


@given(st.lists(st.integers(1, 50)), st.integers(50, 200))
def test_batches_hold_every_row_once_within_their_bound(lengths: list[int], bound: int) -> None:
    made = list(batches(lengths, bound))
    assert sorted(row for batch in made for row in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[row] for row in batch) <= bound for batch in made)


def test_a_text_longer_than_a_batch_gets_one_of_its_own() -> None:
    assert list(batches([500, 3], batch_tokens=100)) == [[1], [0]]


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return models.find(tiny.decoder(tmp_path_factory.mktemp("gpt")))


def test_a_decoder_speaks_by_its_last_token(decoder: Model) -> None:
    texts = ["space war", "love wedding summer paris"]
    tokenizer, network = AutoTokenizer.from_pretrained(decoder.folder), AutoModel.from_pretrained(decoder.folder).eval()
    with torch.no_grad():
        last = [network(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, -1] for text in texts]
    expected = np.stack([(vector / vector.norm()).numpy() for vector in last])
    np.testing.assert_allclose(
        Encoder(decoder, LanguageSettings(), RuntimeSettings(device="cpu")).encode(texts), expected, atol=1e-5
    )


def test_an_instruction_stands_before_every_text(decoder: Model) -> None:
    plain, told = (
        Encoder(decoder, LanguageSettings(instruction=what), RuntimeSettings(device="cpu")) for what in ("", "film ")
    )
    np.testing.assert_allclose(told.encode(["space"]), plain.encode(["film space"]), atol=1e-6)


@pytest.mark.parametrize("text", ["", " ", "word " * 20_000, "🚀👩‍👩‍👧", "流浪地球：科幻电影", "\x00\n\t"])
def test_any_text_has_a_vector(decoder: Model, encoder: Encoder, text: str) -> None:
    for reader in (encoder, Encoder(decoder, LanguageSettings(), RuntimeSettings(device="cpu"))):
        assert np.linalg.norm(reader.encode([text])) == pytest.approx(1, abs=1e-4)


def test_no_text_has_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def starved(encoder: Encoder, texts_at_once: int) -> Encoder:
    """The encoder on a device that holds so many texts at once."""
    network = encoder.network

    def short(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        if len(input_ids) > texts_at_once:
            raise torch.OutOfMemoryError("planted")
        return network(input_ids=input_ids, attention_mask=attention_mask)

    encoder.network = short
    return encoder


def test_out_of_memory_means_smaller_batches_and_the_same_vectors(model: Model, encoder: Encoder) -> None:
    short = starved(Encoder(model, LanguageSettings(), RuntimeSettings(device="cpu")), texts_at_once=1)
    np.testing.assert_allclose(short.encode(TEXTS[:3]), encoder.encode(TEXTS[:3]), atol=1e-5)
    assert short.batch_tokens < encoder.batch_tokens


def test_a_device_without_memory_for_one_text_is_told_of(model: Model) -> None:
    with pytest.raises(SettingsError, match="no memory for one text"):
        starved(Encoder(model, LanguageSettings(), RuntimeSettings(device="cpu")), texts_at_once=0).encode(TEXTS)


def test_several_threads_make_the_same_vectors(model: Model, encoder: Encoder) -> None:
    several = Encoder(model, LanguageSettings(batch_tokens=64), RuntimeSettings(device="cpu", threads=3))
    np.testing.assert_allclose(several.encode(TEXTS * 3), encoder.encode(TEXTS * 3), atol=1e-5)
