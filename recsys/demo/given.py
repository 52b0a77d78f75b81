"""What a demo runs on: files, the days to make of them, and the settings that name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

TABLES = ("events", "items", "users", "follows")


@dataclass(frozen=True)
class Given:
    """The input of a demo."""

    about: str
    """What it is, as markup."""
    days: Sequence[date]
    """Days to run the main job for, oldest first."""
    files: Mapping[str, str]
    """Path of each table there is."""
    environment: Mapping[str, str]
    """Variables by which services, and so the runs of the schedule, read the same."""

    def form(self, day: date) -> dict[str, Any]:
        """Fields of the form of `recsys_daily` for a run of the day.

        They name the files, since the form of an earlier demo may still be in force. Earlier demos were of other users
        or of later days, so no guard holds that compares with what is live.
        """
        return {
            "as_of": day.isoformat(),
            "source": "files",
            "layout": None,
            **{table: self.files.get(table) for table in TABLES},
            "least_coverage": 0,
            "least_overlap": 0,
            "force": True,
        }


def written(folder: Path, tables: Mapping[str, pd.DataFrame | None]) -> dict[str, str]:
    """Paths of the Parquet files of the tables that there are; each replaces an earlier file as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, table in tables.items():
        if table is not None:
            aside = folder / f".{name}.parquet"
            table.to_parquet(aside, index=False)
            files[name] = str(aside.replace(folder / f"{name}.parquet"))
    return files
