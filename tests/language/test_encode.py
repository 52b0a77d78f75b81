import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel, AutoTokenizer

from recsys.errors import SettingsError
from recsys.language.encode import Encoder, Vectors, batches, device_of
from recsys.language.models import Model
from recsys.settings import LanguageSettings

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


def test_cuda_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(SettingsError, match="no CUDA device"):
        device_of(LanguageSettings(device="cuda"))
    assert device_of(LanguageSettings(device="auto")) == "cpu"


@given(st.lists(st.integers(1, 50)), st.integers(50, 200))
def test_batches_hold_every_row_once_within_their_bound(lengths: list[int], bound: int) -> None:
    made = list(batches(lengths, bound))
    assert sorted(row for batch in made for row in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[row] for row in batch) <= bound for batch in made)


def test_a_text_longer_than_a_batch_gets_one_of_its_own() -> None:
    assert list(batches([500, 3], batch_tokens=100)) == [[1], [0]]
