"""Tables in, the recommendations of every user out, without Airflow and Postgres."""

from __future__ import annotations

import json
import logging
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from recsys import pipeline, schema, settings
from recsys.artifacts import Manifest
from recsys.errors import SettingsError
from recsys.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

STAGES = ("ingest", "features", "interests", "transfer", "signals", "ranker", "rank")
ANY_DAY = date(2000, 1, 1)
"""The day of a run whose events have an order but no times: which one it is changes nothing."""

FORMS = (".parquet", ".csv", ".jsonl", ".ndjson")
"""Endings of the files that are written."""

File = str | Path
Input: TypeAlias = "str | Path | pd.DataFrame"


def recommend(
    events: Input | None = None, items: Input | None = None, users: Input | None = None,
    follows: Input | None = None, *,
    out: File | None = None, as_of: date | str | None = None, top_n: int | None = None, overrides: Iterable[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """Recommendations of every user, `schema.RECOMMENDATIONS`, one row each, by user and rank.

    Tables are files, folders, globs or data frames; ids of data frames keep their type. Without any, the settings name
    the source. Every user of events and of
    the user table gets a list, of at most `top_n` (default: `ranking.top_n`) available items that they have no event
    with, but for `events.repeatable_actions`. Nothing after `as_of` (default: day of the latest event) is looked at.
    `overrides` are settings such as `transfer.enabled=false`. With `out` they are written there too, as Parquet, CSV or
    JSON lines by its name: the file appears whole, or stays as it was.

    Raises `SettingsError` or `DataError`, as the stages do.
    """
    tables = {"events": events, "items": items, "users": users, "follows": follows}
    if out is not None and Path(out).suffix not in FORMS and not Path(out).is_dir():
        raise SettingsError("the output has no form that is written", where=str(out), seen=Path(out).suffix or "none",
                            expected=", ".join(FORMS), remedy="choose a name with one of these endings")  # fmt: skip
    place = nullcontext() if out is None else written_aside(Path(out))
    with on_disk(tables) as files, place as aside:
        chosen = settings.load([*overrides, *forced(files, top_n)])
        made = pipeline.run(STAGES, chosen, day_named(as_of) or latest_day(chosen))
        rows = _rows(made["rank"])
        if aside is not None and out is not None:
            _write(rows, aside, Path(out).suffix)
    count = made["rank"][0].rows["users"]
    log.info("batch: %d recommendations of %d users in %s", len(rows), count, out or "a data frame")
    log.info("batch: %s keeps texts that were read and models that were made (--set store=FOLDER: another place)",
             chosen.store)  # fmt: skip
    return _typed(rows, events, items)


@contextmanager
def on_disk(tables: Mapping[str, Input | None]) -> Iterator[Mapping[str, File | None]]:
    """The tables as files: data frames are written to a folder that goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="recsys-frames-") as folder:
        yield {name: table if table is None or isinstance(table, str | Path) else _file(name, table, Path(folder))
               for name, table in tables.items()}  # fmt: skip


def _file(name: str, table: Input, folder: Path) -> Path:
    import pandas as pd

    from recsys.sources import engine, frames

    if not isinstance(table, pd.DataFrame):
        raise SettingsError(f"{name} is neither a place nor a data frame", where=name, seen=type(table).__name__,
                            expected="a path, a URI, or a pandas DataFrame")  # fmt: skip
    with engine.opened() as con:
        frames.scan(con, name, table).rows.write_parquet(str(folder / f"{name}.parquet"))
    return folder / f"{name}.parquet"


def _typed(rows: pd.DataFrame, events: Input | None, items: Input | None) -> pd.DataFrame:
    """The recommendations with ids in the types that the columns of data frames have."""
    from pandas.api.types import is_integer_dtype

    from recsys.sources.names import matched

    for name, table, column in (("events", events, schema.USER_ID), ("items", items, schema.ITEM_ID)):
        if table is not None and not isinstance(table, str | Path):
            kind = table[matched(name, [str(each) for each in table.columns], {})[column]].dtype
            rows = rows.astype({column: kind}) if is_integer_dtype(kind) else rows
    return rows


def day_named(day: date | str | None) -> date | None:
    """A day given as such, as a moment of it, or as text such as 2026-01-31.

    >>> day_named("2026-01-31"), day_named(datetime(2026, 1, 31, 12))
    (datetime.date(2026, 1, 31), datetime.date(2026, 1, 31))
    """
    try:
        found = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise SettingsError("the day cannot be read", where="as_of", seen=str(day), expected="a day as 2026-01-31",
                            remedy="write year, month and day") from None  # fmt: skip
    return found.date() if isinstance(found, datetime) else found


def forced(files: Mapping[str, File | None], top_n: int | None) -> Iterator[str]:
    """Overrides that make these files the source, in one shard; without any the settings say what it is."""
    yield "language.shards=1"
    if top_n is not None:
        yield f"ranking.top_n={top_n}"
    if not any(files.values()):
        return
    yield "source.kind=files"
    yield from (f"source.{table}={json.dumps(_place(file) if file else '')}" for table, file in files.items())


def as_typed(text: str, flags: Collection[str]) -> str:
    """What an error says, with the flag that was typed in place of the setting that `forced` made of it.

    >>> as_typed("correct source.events", ["events", "out"])
    'correct --events'
    """
    return re.sub(r"\bsource\.(\w+)", lambda found: f"--{found[1]}" if found[1] in flags else found[0], text)


def _place(file: File) -> str:
    """The same file from wherever it is named: what goes on from an earlier day goes on from the same files."""
    return str(file) if "://" in str(file) else str(Path(file).resolve())


def latest_day(chosen: Settings) -> date:
    """Day of the latest event of the source that is not in the future; `ANY_DAY` where events have an order alone."""
    from recsys.events import shape, times
    from recsys.sources import engine, source

    with engine.opened() as con:
        raw = source.read(con, chosen.source)
        shape.check(raw, chosen.events)
        latest = times.latest(raw.events, datetime.now(UTC).date())
    if latest is None:
        log.info("batch: the events have no %s; their order stands in for it", schema.OCCURRED_AT)
        return ANY_DAY
    log.info("batch: as of %s, the day of the latest event", latest)
    return latest


def _rows(shards: Iterable[Manifest]) -> pd.DataFrame:
    """One row a recommendation, by user, best first."""
    import pandas as pd

    lists = pd.concat([pd.read_parquet(one.path("recommendations.parquet")) for one in shards])
    rows = lists.explode([schema.ITEM_IDS, schema.SCORES, schema.REASONS]).dropna(subset=[schema.ITEM_IDS])
    rows = rows.assign(**{schema.RANK: rows.groupby(schema.USER_ID).cumcount() + 1})
    singular = {schema.ITEM_IDS: schema.ITEM_ID, schema.SCORES: schema.SCORE, schema.REASONS: schema.REASON}
    kinds = {schema.RANK: "int32", schema.SCORE: "float32"}
    return rows.rename(columns=singular)[list(schema.RECOMMENDATIONS)].astype(kinds).reset_index(drop=True)


def _write(rows: pd.DataFrame, file: Path, kind: str) -> None:
    import pyarrow as pa

    types = (pa.string(), pa.int32(), pa.string(), pa.float32(), pa.string())
    match kind:
        case ".csv":
            rows.to_csv(file, index=False)
        case ".jsonl" | ".ndjson":
            rows.to_json(file, orient="records", lines=True, force_ascii=False)
        case _:
            rows.to_parquet(file, index=False, schema=pa.schema(list(zip(schema.RECOMMENDATIONS, types, strict=True))))


@contextmanager
def written_aside(out: Path) -> Iterator[Path]:
    """A place beside `out` for a file that takes its place when the block ends well.

    It is tried first, so that a bad place shows at once, and left free until then, so that a kill leaves nothing.
    """
    aside = _place_beside(out)
    try:
        yield aside
        aside.chmod(0o644)
        aside.replace(out)
    finally:
        aside.unlink(missing_ok=True)


def writable(out: Path) -> None:
    """Raises `SettingsError` where a file cannot be written."""
    _place_beside(out)


def _place_beside(out: Path) -> Path:
    try:
        if out.is_dir():
            raise IsADirectoryError(f"{out} is a folder")
        with tempfile.NamedTemporaryFile(prefix=f".{out.name}-", dir=out.parent) as file:
            return Path(file.name)
    except OSError as error:
        raise SettingsError("the output cannot be written", where=str(out), seen=error.strerror or str(error),
                            expected="a file in a folder that is there and may be written to",
                            remedy="create the folder, or choose another") from None  # fmt: skip
