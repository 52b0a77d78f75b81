"""Pictures of what a stage made, for people who look at a run; drawn from the stage's own files."""

from __future__ import annotations

import logging
from pathlib import Path

from recsys.artifacts import Manifest
from recsys.stages import Inputs

log = logging.getLogger(__name__)


def draw(made: Manifest, inputs: Inputs, folder: Path) -> list[Path]:
    """The PNG files drawn of a stage into `folder`: none for most stages, none when drawing fails."""
    try:
        if made.stage == "evaluate":
            from recsys.tracking.pictures import quality

            quality.draw(made.path("metrics.parquet"), made.path("hindsight.parquet"), folder)
        elif made.stage == "transfer":
            from recsys.tracking.pictures import transfer

            (interests,) = inputs["interests"]
            transfer.draw(made.path("trace.parquet"), interests.path("interests.parquet"), folder)
    except Exception as error:
        log.warning("no pictures of %s: %s", made.stage, error, exc_info=True)
    return sorted(folder.glob("*.png"))
