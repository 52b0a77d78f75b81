"""Runs days one by one without Airflow, each alone in a store of its own: reads overrides, writes the lists.

A store holds nothing of another day, but the vectors of texts, which are kept by the text.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path

import pandas as pd

from recsys import pipeline
from recsys.settings import load

PATH = ("ingest", "features", "interests", "transfer", "signals", "item_lists", "ranker", "rank")


def main(folder: Path, overrides: list[str], days: list[str]) -> None:
    for day in days:
        if day != days[0]:
            shutil.copytree(folder / days[0] / "cache", folder / day / "cache")
        made = pipeline.run(PATH, load([*overrides, f"store={folder / day}"]), date.fromisoformat(day))
        lists = pd.concat([pd.read_parquet(one.path("recommendations.parquet")) for one in made["rank"]])
        lists.to_parquet(folder / f"{day}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3]))
