"""The real models, loaded once, and a stored catalogue to read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch

from recsys.artifacts import Manifest
from recsys.language import models
from recsys.language.encode import Encoder
from recsys.language.models import Model
from recsys.settings import LanguageSettings, RuntimeSettings


@pytest.fixture(scope="session")
def model() -> Model:
    return models.find("minilm")


@pytest.fixture(scope="session")
def multilingual() -> Model:
    return models.find("e5-multilingual")


@pytest.fixture(scope="session", autouse=True)
def in_float32() -> Iterator[None]:
    """A processor without bfloat16: vectors are exact, whatever machine runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cpu, "get_capabilities", dict)
        yield


@pytest.fixture(scope="session")
def encoder(model: Model, in_float32: None) -> Encoder:
    return Encoder(model, LanguageSettings(), RuntimeSettings(device="cpu"))


@pytest.fixture
def catalogue(tmp_path: Path) -> Callable[[dict[str, str]], Manifest]:
    """Writes texts by item id as `ingest` would, and returns its manifest."""

    def write(texts: dict[str, str]) -> Manifest:
        items = pd.DataFrame({"item_id": list(texts), "text": list(texts.values())})
        items.to_parquet(tmp_path / "items.parquet")
        return Manifest("ingest", "2024-01-31", fingerprint=str(sorted(texts.items())), uri=f"file://{tmp_path}")

    return write
