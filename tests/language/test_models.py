import shutil
from pathlib import Path

import pytest

from recsys.errors import SettingsError
from recsys.language import models
from recsys.language.models import Model


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
    with pytest.raises(SettingsError, match="expected: minilm, or a folder"):
        models.find("maxilm")


def test_a_model_that_does_not_say_its_width_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    with pytest.raises(SettingsError, match="how wide"):
        models.find(str(folder))
