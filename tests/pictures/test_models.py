import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPImageProcessorPil, CLIPModel

from recsys.errors import SettingsError
from recsys.pictures import models
from recsys.pictures.encode import Encoder
from recsys.settings import RuntimeSettings
from tests.pictures import tiny

CPU = RuntimeSettings(device="cpu")


def refusal(name: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        models.find(name)
    return caught.value


def test_a_model_is_found_by_folder_and_by_uri(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "clip")
    found = models.find(folder)
    assert (found.kind, found.dimensions, found.version[:5]) == ("clip", 24, "clip-")
    assert models.find(f"file://{folder}").version == found.version


def test_other_weights_are_another_version(tmp_path: Path) -> None:
    first, second = (models.find(tiny.clip(tmp_path / str(seed) / "clip", seed)) for seed in (0, 1))
    assert first.version != second.version


def test_what_is_no_model_of_pictures_is_refused(tmp_path: Path) -> None:
    assert "no config.json" in refusal(str(tmp_path)).seen
    assert refusal("nobody/no-such-model").where == "pictures.model"
    folder = Path(tiny.clip(tmp_path / "clip"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "bert"}))
    assert "model_type bert" in refusal(str(folder)).seen


def test_code_in_a_models_folder_is_not_run(tmp_path: Path) -> None:
    folder, ran = Path(tiny.clip(tmp_path / "clip")), tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')")
    for file in ("config.json", "preprocessor_config.json"):
        values = json.loads((folder / file).read_text())
        own = {"AutoModel": "own.Model", "AutoImageProcessor": "own.Processor"}
        (folder / file).write_text(json.dumps({**values, "auto_map": own}))
    Encoder(models.find(str(folder)), CPU)
    assert not ran.exists()


def test_a_vector_is_that_of_transformers_own_model(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "clip")
    image = tiny.drawing("red", (50, 40), "ellipse")
    pixels = CLIPImageProcessorPil.from_pretrained(folder)(image, return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        expected = CLIPModel.from_pretrained(folder).get_image_features(pixel_values=pixels).pooler_output[0]
    encoder = Encoder(models.find(folder), CPU)
    (found,) = encoder.encode([encoder.pixels(image)])
    np.testing.assert_allclose(found, expected / expected.norm(), atol=1e-5)


@pytest.mark.parametrize("make", [tiny.clip, tiny.siglip])
def test_a_vector_is_the_same_in_any_batch(tmp_path: Path, make: tiny.Maker) -> None:
    model = models.find(make(tmp_path / "model"))
    encoder = Encoder(model, CPU)
    pixels = [encoder.pixels(tiny.drawing((place * 5, 90, 0), (40, 30 + place))) for place in range(40)]
    vectors = encoder.encode(pixels)
    assert vectors.shape == (40, model.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(pixels[35:36]), vectors[35:36], atol=1e-5)
