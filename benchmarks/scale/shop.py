"""Made-up shops as files: `python -m benchmarks.scale.shop --help`."""

from __future__ import annotations

import argparse
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.scale import visits
from benchmarks.scale.catalogue import ANY, DAYS, Catalogue, Shelves, catalogue
from benchmarks.scale.population import population
from benchmarks.scale.sizes import SIZES, Size
from benchmarks.scale.words import MATERIALS, TASTES
from recsys import schema

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
LAST_DAY: Final[date] = (START + timedelta(days=DAYS - 1)).date()
"""Day of the latest event, but for those that `grow` adds, which are of the next."""
ROWS: Final = 1_000_000
"""Rows of a row group."""
MILLISECONDS: Final = 86_400_000
COLUMNS: Final = pa.schema(
    [
        (schema.USER_ID, pa.string()),
        (schema.ITEM_ID, pa.string()),
        (schema.ACTION, pa.string()),
        (schema.OCCURRED_AT, pa.timestamp("ms", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class Shop:
    """Files of a made-up shop."""

    folder: Path

    @property
    def events(self) -> Path:
        """Events up to `LAST_DAY`, by time."""
        return self.folder / "events.parquet"

    @property
    def grown(self) -> Path:
        """The same rows, and those of the next day after them; absent without `grow`."""
        return self.folder / "events-grown.parquet"

    @property
    def items(self) -> Path:
        """Items by birth."""
        return self.folder / "items.parquet"


def version() -> str:
    """Digest of the code that makes shops."""
    files = [Path(__file__).with_name(f"{name}.py") for name in ("words", "catalogue", "population", "visits", "shop")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def make(folder: Path, size: Size, seed: int = 7, grow: float = 0.0) -> Shop:
    """The shop's files; the same seed writes the same bytes. A shop that is there stays.

    `grow` is the share of all events that the next day adds.
    """
    shop = Shop(folder)
    if not folder.exists():
        aside = folder.with_name(f".{folder.name}")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _write(Shop(aside), size, np.random.SeedSequence(seed).spawn(4), round(size.events * grow))
        aside.rename(folder)
    return shop


def _write(shop: Shop, size: Size, seeds: Sequence[np.random.SeedSequence], n_new: int) -> None:
    things = catalogue(size.items, np.random.default_rng(seeds[0]))
    people, shelves = population(size.users, size.events, np.random.default_rng(seeds[1])), Shelves(things)
    pq.write_table(items(things), shop.items)
    rows = _sorted(visits.history(people, shelves, seeds[2]))
    _save(shop.events, [rows])
    if n_new:
        _save(shop.grown, [rows, _sorted([visits.next_day(people, n_new, shelves, seeds[3])])])


def items(things: Catalogue) -> pa.Table:
    """The item table: titles and descriptions of the words of an item's tastes, its tastes as category."""
    rng, names, words = np.random.default_rng(len(things)), list(TASTES), list(TASTES.values())
    picks = rng.integers(0, 10, (len(things), 5))
    materials = rng.integers(0, len(MATERIALS), len(things))
    titles, categories, descriptions = [], [], []
    for number, ((first, second), (a, b, c, d, e)) in enumerate(
        zip(things.tastes.tolist(), picks.tolist(), strict=True)
    ):
        other = first if second == ANY else second
        titles.append(f"{MATERIALS[materials[number]]} {words[first][a]} {words[other][b]} {number}".capitalize())
        categories.append(names[first] if second == ANY else f"{names[first]}|{names[second]}")
        descriptions.append(f"With {words[first][c]}, {words[first][d]} and {words[other][e]}")
    columns = {
        schema.ITEM_ID: [item_id(number) for number in range(len(things))],
        schema.TITLE: titles,
        schema.CATEGORY: categories,
        schema.DESCRIPTION: descriptions,
    }
    return pa.table(columns)


def item_id(number: int) -> str:
    """The id of an item."""
    return f"i{number:07d}"


@dataclass(frozen=True)
class _Rows:
    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    bought: npt.NDArray[np.bool_]
    at: npt.NDArray[np.int64]
    """Milliseconds since 1970."""


def _sorted(blocks: Iterable[visits.Events]) -> _Rows:
    """All events by time; ties by user, then item."""
    made = [(block.user, block.item, block.bought, (block.day * MILLISECONDS).astype(np.int64)) for block in blocks]
    user, item, bought, at = (np.concatenate(column) for column in zip(*made, strict=True))
    order = np.lexsort((item, user, at))
    return _Rows(user[order], item[order], bought[order], at[order] + int(START.timestamp() * 1000))


def _save(file: Path, parts: Sequence[_Rows]) -> None:
    with pq.ParquetWriter(file, COLUMNS) as writer:
        for rows in parts:
            for table in _tables(rows):
                writer.write_table(table)


def _tables(rows: _Rows) -> Iterator[pa.Table]:
    users = pa.array([f"u{number:07d}" for number in range(int(rows.user.max()) + 1)])
    things = pa.array([item_id(number) for number in range(int(rows.item.max()) + 1)])
    actions = pa.array(["view", "buy"])
    for start in range(0, len(rows.at), ROWS):
        part = slice(start, start + ROWS)
        columns = [
            users.take(pa.array(rows.user[part])),
            things.take(pa.array(rows.item[part])),
            actions.take(pa.array(rows.bought[part].astype(np.int8))),
            pa.array(rows.at[part]).cast(COLUMNS.field(schema.OCCURRED_AT).type),
        ]
        yield pa.Table.from_arrays(columns, schema=COLUMNS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes a shop and prints its folder."""
    parser = argparse.ArgumentParser("python -m benchmarks.scale.shop", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder to make; one that is there stays as it is")
    parser.add_argument("--size", choices=SIZES, default="S", help="; ".join(map(str, SIZES.values())))
    parser.add_argument("--users", type=int, help="instead of the size's; likewise the next two")
    parser.add_argument("--events", type=int)
    parser.add_argument("--items", type=int)
    parser.add_argument("--seed", type=int, default=7, help="default 7")
    parser.add_argument(
        "--grow",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="also write events-grown.parquet: the "
        "same rows and, on the next day, this share of their number more (0.01: 1%%)",
    )
    options = parser.parse_args(arguments)
    size = SIZES[options.size]
    size = Size(size.name, options.users or size.users, options.events or size.events, options.items or size.items)
    print(f"{make(options.folder, size, options.seed, options.grow).folder}: {size}, up to {LAST_DAY}")


if __name__ == "__main__":
    main()
