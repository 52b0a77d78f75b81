"""A fitted recommender as a folder that can be moved."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from recsys.artifacts import Manifest
from recsys.errors import DataError, SettingsError
from recsys.library.fitted import Fitted
from recsys.settings import Settings
from recsys.source_code import code_version

STAGES: Mapping[str, tuple[str, ...]] = {
    "ingest": ("numbered",),
    "interests": ("interests.parquet", "observed.npz", "membership.npy", "directions.npy"),
    "signals": ("models.npy", "models.tree"),
    "ranker": ("ranker.npy", "ranker.tree"),
}
"""Files of each stage that a recommender reads."""
FILE = "recommender.json"
READER = "recsys.library.recommender"
"""The module whose code must be that which saved."""


def save(fitted: Fitted, place: Path) -> None:
    """Writes the folder whole, or leaves what was there. Raises `SettingsError` where it is no saved recommender."""
    if place.exists() and not (place / FILE).is_file() and not (place.is_dir() and not any(place.iterdir())):
        raise SettingsError(
            "the folder is not empty, and holds no recommender",
            where=str(place),
            seen=", ".join(sorted(os.listdir(place))[:5]) if place.is_dir() else "a file",
            expected="a folder that is not there, is empty, or holds a saved recommender",
            remedy="choose another",
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as aside:
        written = Path(aside, "new")
        for stage, names in STAGES.items():
            (written / stage).mkdir(parents=True)
            for name in names:
                _copy(fitted.made[stage].path(name), written / stage / name)
        (written / FILE).write_text(json.dumps(_described(fitted), indent=1))
        if place.exists():
            place.rename(Path(aside, "old"))
        written.rename(place)


def load(place: Path) -> Fitted:
    """What `save` wrote. Raises `DataError` where there is nothing, or another version of the code wrote it."""
    if not (place / FILE).is_file():
        raise DataError(
            "there is no recommender",
            where=str(place),
            seen="no folder" if not place.is_dir() else f"no {FILE}",
            expected="a folder that save wrote",
            remedy="correct the place",
        )
    saved = json.loads((place / FILE).read_text())
    if saved["code"] != code_version(READER):
        raise DataError(
            "the recommender was saved by another version of recsys",
            where=str(place),
            seen=f"code {saved['code']}",
            expected=f"code {code_version(READER)}",
            remedy="fit it again, or load it with the version that saved it",
        )
    made = {
        stage: replace(Manifest.from_dict(manifest), uri=str((place / stage).resolve()))
        for stage, manifest in saved["made"].items()
    }
    return Fitted(made, Settings(**saved["settings"]), date.fromisoformat(saved["as_of"]), saved["kinds"])


def _described(fitted: Fitted) -> dict[str, object]:
    """All that is no file of a stage; places are names of folders, relative to this one."""
    return {
        "code": code_version(READER),
        "as_of": fitted.as_of.isoformat(),
        "kinds": dict(fitted.kinds),
        "settings": fitted.settings.model_dump(mode="json"),
        "made": {stage: replace(fitted.made[stage], uri=stage).to_dict() for stage in STAGES},
    }


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
