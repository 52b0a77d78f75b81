"""Puts vectors into a checkout's cache: `python -P keep_vectors.py TEXTS.json VECTORS.npy SETTING ...`."""

import json
import sys
from pathlib import Path

import numpy as np

from recsys.language import features, models
from recsys.language.cache import VectorCache, keys_of
from recsys.settings import load


def main() -> None:
    """Keeps the vectors under the key that the stage `features` looks for."""
    settings = load(sys.argv[3:])
    model = models.find(settings.language.model, settings.language.offline)
    cache = VectorCache(
        f"{settings.store}/cache/features/{features.reading(model, settings.language)}", model.dimensions
    )
    cache.add(keys_of(json.loads(Path(sys.argv[1]).read_text())), np.load(sys.argv[2]))


if __name__ == "__main__":
    main()
