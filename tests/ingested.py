"""What ingest writes beside the tables, for tests that write the tables themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from recsys.events import noise, tables
from recsys.events.numbering import numbered
from recsys.privacy.files import NUMBERED
from recsys.settings import EventSettings


def number_tables(folder: Path) -> None:
    """Adds the tables of a folder in row numbers."""
    events, items, users, follows = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("events", "items", "users", "follows")
    )
    settings = EventSettings()
    shutil.rmtree(folder / NUMBERED, ignore_errors=True)
    doubts = noise.judge(events, settings)
    tables.write(numbered(events, items, users, follows, doubts, settings), folder)
