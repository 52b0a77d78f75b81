"""The tables of a day in row numbers: written once by ingest, and mapped by every later stage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp

from recsys.artifacts import Manifest, is_whole
from recsys.errors import DataError, TransientError
from recsys.events.gauge import Gauge
from recsys.events.interactions import Interactions, Mask
from recsys.events.side import SideInformation
from recsys.privacy.files import NUMBERED
from recsys.schema import CATEGORY, ITEM_ID, SPLIT, TITLE, USER_ID

Strings = npt.NDArray[np.object_]
EVENTS = ("user", "item", "weight", "day")
"""Columns of the interactions, each an array."""
OPTIONAL = ("repeatable", "grade")
"""Columns that some interactions lack."""
SPARSE = ("data", "indices", "indptr")


@dataclass(frozen=True)
class Tables:
    """Everything known of a day. Row numbers index these arrays; ids are sorted, so they do not depend on order."""

    user_ids: Strings
    item_ids: Strings
    titles: Sequence[str]
    categories: Sequence[str]
    available: Mask
    interactions: Interactions
    side: SideInformation
    timed: bool
    """False: an order stands in for most times of the weighted interactions, and is not comparable across users."""

    def request_time(self, as_of: date) -> float:
        """When a run of that day asks, in days since 1970: at its end, or where there are no times after all events."""
        return end_of(as_of) if self.timed else self.interactions.end


@dataclass(frozen=True)
class Actions:
    """What was done in each event."""

    place: npt.NDArray[np.int16]
    """Place among the names, (n_events,)."""
    names: Sequence[str]


def end_of(as_of: date) -> float:
    """The time at which a day is over, in days since 1970."""
    return float((as_of - date(1970, 1, 1)).days + 1)


def write(known: Tables, actions: Actions, gauge: Gauge, made: Path) -> None:
    """Writes the tables into the folder of the artifact: a .npy file per array, ids and texts as Parquet."""
    folder, events = made / NUMBERED, known.interactions
    folder.mkdir()
    for name in EVENTS:
        np.save(folder / f"{name}.npy", getattr(events, name))
    for name in OPTIONAL:
        if getattr(events, name) is not None:
            np.save(folder / f"{name}.npy", getattr(events, name))
    np.save(folder / "action.npy", actions.place)
    np.save(folder / "available.npy", known.available)
    np.save(folder / "domain.npy", known.side.domain)
    _write_sparse(folder, "graph", known.side.graph)
    _write_sparse(folder, "attributes", known.side.attributes)
    names = {
        "values": list(known.side.values),
        "domains": list(known.side.domains),
        "timed": known.timed,
        "actions": list(actions.names),
        "gauge": gauge.to_dict(),
    }
    (folder / "names.json").write_text(json.dumps(names))
    _write_texts(folder / "users.parquet", {USER_ID: known.user_ids})
    _write_texts(folder / "items.parquet", {ITEM_ID: known.item_ids, TITLE: known.titles, CATEGORY: known.categories})


def read(ingested: Manifest) -> Tables:
    """The tables that ingest wrote; arrays of events are mapped from the disk, and read-only.

    Raises `DataError` where they went with a user who is forgotten by now.
    """
    folder, names = _whole(ingested)
    user_ids, item_ids, titles, categories = (
        pq.read_table(folder / f"{table}.parquet", columns=[column])[column].to_numpy()
        for table, column in (("users", USER_ID), ("items", ITEM_ID), ("items", TITLE), ("items", CATEGORY))
    )
    given = {name: _mapped(folder / f"{name}.npy") for name in OPTIONAL if (folder / f"{name}.npy").is_file()}
    user, item, weight, day = (_mapped(folder / f"{name}.npy") for name in EVENTS)
    side = SideInformation(
        _sparse(folder, "graph", len(user_ids)),
        _sparse(folder, "attributes", len(names["values"])),
        names["values"],
        np.load(folder / "domain.npy"),
        names["domains"],
    )
    return Tables(
        user_ids,
        item_ids,
        titles.tolist(),
        categories.tolist(),
        np.load(folder / "available.npy"),
        Interactions(user, item, weight, day, len(user_ids), len(item_ids), **given),
        side,
        names["timed"],
    )


def read_actions(ingested: Manifest) -> Actions:
    """The actions of the events that `read` returns, mapped from the disk; raises as it does."""
    folder, names = _whole(ingested)
    return Actions(_mapped(folder / "action.npy"), names["actions"])


def read_labels(ingested: Manifest) -> Strings | None:
    """The split that the source names for each event that `read` returns, (n_events,); None where it names none."""
    file = pq.ParquetFile(ingested.path("events.parquet"))
    return file.read([SPLIT])[SPLIT].to_numpy() if SPLIT in file.schema_arrow.names else None


def read_gauge(ingested: Manifest) -> Gauge:
    """The gauge of the events that `read` returns; raises as it does, and for what an earlier version ingested."""
    folder, names = _whole(ingested)
    if "gauge" not in names:
        raise DataError(
            "what was ingested is of an earlier version",
            where=str(folder),
            seen="no gauge of its events",
            remedy="run the daily job: the next publication can be refreshed",
        )
    return Gauge.from_dict(names["gauge"])


def _whole(ingested: Manifest) -> tuple[Path, dict[str, Any]]:
    """The folder of the tables, and what is named in it."""
    folder = ingested.path(NUMBERED)
    if not (folder / "names.json").is_file():
        if not is_whole(ingested.uri):
            raise TransientError(
                "what was ingested is damaged or gone",
                where=str(folder),
                expected="its files as they were committed",
                remedy="bring the store back, or run the day again from ingest on",
            )
        raise DataError(
            "what was ingested is no longer whole: a user of it was forgotten since",
            where=str(folder),
            remedy="run the day again from ingest on: it leaves that user out",
        )
    return folder, json.loads((folder / "names.json").read_text())


def _mapped(file: Path) -> np.ndarray:
    """The array of a file, read from the disk as it is used, as a plain array."""
    return np.asarray(np.load(file, mmap_mode="r"))


def _write_texts(file: Path, columns: dict[str, Sequence[str] | Strings]) -> None:
    pq.write_table(pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()}), file)


def _write_sparse(folder: Path, name: str, matrix: sp.csr_matrix) -> None:
    for part in SPARSE:
        np.save(folder / f"{name}.{part}.npy", getattr(matrix, part))


def _sparse(folder: Path, name: str, width: int) -> sp.csr_matrix:
    parts = tuple(np.load(folder / f"{name}.{part}.npy") for part in SPARSE)
    return sp.csr_matrix(parts, shape=(len(parts[2]) - 1, width))
