"""Static models: a vector a token. sentence-transformers' own module is the truth of how they are read."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from transformers import AutoModel

from recsys.language import models
from recsys.language.distill import around, components, distill
from recsys.language.encode import Encoder, Vectors
from recsys.language.network import tokenizer_of
from recsys.settings import LanguageSettings, RuntimeSettings
from tests.language import tiny

TEXTS = ["space war", "love wedding summer paris film 7", "robot"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static model that was made of a tiny BERT."""
    made = tmp_path_factory.mktemp("static")
    distill(tiny.bert(made / "bert"), made / "model", width=32)
    return made / "model"


def read(folder: Path, texts: list[str]) -> Vectors:
    return Encoder(models.find(str(folder)), LanguageSettings(), RuntimeSettings(device="cpu")).encode(texts)


def test_a_static_model_is_read_as_sentence_transformers_reads_it(folder: Path) -> None:
    theirs = StaticEmbedding.load(str(folder))
    with torch.no_grad():
        expected = theirs(theirs.preprocess(TEXTS))["sentence_embedding"].float()
    np.testing.assert_allclose(read(folder, TEXTS), torch.nn.functional.normalize(expected, dim=1), atol=1e-3)
    np.testing.assert_allclose(np.concatenate([read(folder, [text]) for text in TEXTS]), read(folder, TEXTS), atol=1e-6)


def test_words_that_are_unknown_have_no_part_in_a_text(folder: Path) -> None:
    unheard, without = (read(folder, [text]) for text in ("space unheard war", "space war"))
    np.testing.assert_allclose(unheard, without, atol=1e-6)


def test_a_word_alone_is_to_others_as_in_the_model_that_was_distilled(folder: Path) -> None:
    """All components are kept, so that rotation leaves the cosines of lone words as they are."""
    origin = models.find(str(folder.parent / "bert"))
    tokens = tokenizer_of(origin).get_vocab()
    network = AutoModel.from_pretrained(origin.folder).eval()
    with torch.no_grad():
        ids = torch.tensor([[190, token, 191] for token in sorted(tokens.values())])
        mean = network(input_ids=ids).last_hidden_state.mean(dim=1)
    centred = dict(zip(sorted(tokens.values()), (mean - mean.mean(dim=0)).numpy(), strict=True))
    space, war = (centred[tokens[word]] for word in ("space", "war"))
    ours = read(folder, ["space", "war"])
    expected = space @ war / np.linalg.norm(space) / np.linalg.norm(war)
    assert float(ours[0] @ ours[1]) == pytest.approx(expected, abs=1e-2)


def test_a_matrix_shared_by_tokens_and_weights_of_their_own_are_followed(folder: Path, tmp_path: Path) -> None:
    vocabulary = tokenizer_of(models.find(str(folder))).get_vocab()
    mapping, weights = np.zeros(192, np.int64), np.ones(192, np.float32)
    mapping[vocabulary["war"]], weights[vocabulary["war"]] = 1, 3
    values: dict[str, np.ndarray] = {"embeddings": np.eye(2, dtype=np.float32), "mapping": mapping, "weights": weights}
    save_file(values, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "model2vec", "hidden_dim": 2}))
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    np.testing.assert_allclose(read(tmp_path, ["space war"]), np.array([[1, 3]]) / np.sqrt(10), atol=1e-6)


def test_the_first_components_hold_most_of_the_spread() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(50, 3)) * [1, 9, 3]).astype(np.float32)
    spread = components(vectors, 3).std(axis=0)
    assert (np.diff(spread) < 0).all()
    np.testing.assert_allclose(
        np.linalg.norm(components(vectors, 3), axis=1),
        np.linalg.norm(vectors - vectors.mean(axis=0), axis=1),
        rtol=1e-4,
    )


@pytest.mark.parametrize(("build", "expected"), [(tiny.bert, ([190], [191])), (tiny.qwen3, ([], [191]))])
def test_what_stands_around_a_text_is_found(tmp_path: Path, build: object, expected: object) -> None:
    assert around(tokenizer_of(models.find(build(tmp_path))).backend_tokenizer) == expected  # type: ignore[operator]
