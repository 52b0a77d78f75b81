"""Tables of a call as the source of a run: files as they are, data frames as files that go when it ends."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from recsys import schema
from recsys.errors import RecsysError, SettingsError
from recsys.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

ANY_DAY = date(2000, 1, 1)
"""The day of a run whose events have an order but no times: the date has no effect."""

File = str | Path
Input: TypeAlias = "str | Path | pd.DataFrame"


@contextmanager
def on_disk(tables: Mapping[str, Input | None]) -> Iterator[Mapping[str, File | None]]:
    """The tables as files: data frames are written to a folder that goes when the block ends.

    Equal data frames have the same folder, so that a second run of them finds the results of the first. Errors of the
    block name arguments and data frames, where they would name settings and files that the caller never wrote.
    """
    frames = {name: table for name, table in tables.items() if not (table is None or isinstance(table, str | Path))}
    with _written(frames) as files:
        try:
            yield {
                **{name: table for name, table in tables.items() if table is None or isinstance(table, str | Path)},
                **files,
            }
        except RecsysError as error:
            raise error.reworded(lambda text: _as_called(text, files, tables)) from None


@contextmanager
def _written(frames: Mapping[str, Input]) -> Iterator[Mapping[str, Path]]:
    """The data frames as Parquet files in a folder that is named by their content; of two processes one waits."""
    from filelock import FileLock

    if not frames:
        yield {}
        return
    home = Path(tempfile.gettempdir(), f"recsys-frames-{os.getuid()}")
    home.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".aside-", dir=home) as aside:
        files = [_file(name, table, Path(aside)) for name, table in frames.items()]
        folder = home / _digest(files)
        with FileLock(f"{folder}.lock"):
            shutil.rmtree(folder, ignore_errors=True)  # left by a process that was killed
            shutil.copytree(aside, folder)
            try:
                yield {file.stem: folder / file.name for file in files}
            finally:
                shutil.rmtree(folder)


def _file(name: str, table: Input, folder: Path) -> Path:
    import pandas as pd

    from recsys.sources import engine, frames

    if not isinstance(table, pd.DataFrame):
        raise SettingsError(
            f"{name} is neither a place nor a data frame",
            where=name,
            seen=type(table).__name__,
            expected="a path, a URI, or a pandas DataFrame",
        )
    with engine.opened() as con:
        frames.scan(con, name, table).rows.write_parquet(str(folder / f"{name}.parquet"))
    return folder / f"{name}.parquet"


def _digest(files: list[Path]) -> str:
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return content.hexdigest()[:16]


def _as_called(text: str, files: Mapping[str, Path], tables: Mapping[str, Input | None]) -> str:
    """An error's text with arguments in place of the settings and files that `forced` and `on_disk` made of them."""
    for name, file in files.items():
        text = text.replace(str(file), f"the data frame {name}")
    if not any(table is not None for table in tables.values()):
        return text
    return re.sub(
        r"\bsource\.(\w+)", lambda found: f"the argument {found[1]}" if found[1] in tables else found[0], text
    )


def day_named(day: date | str | None) -> date | None:
    """A day given as such, as a time within it, or as text such as 2026-01-31.

    >>> day_named("2026-01-31"), day_named(datetime(2026, 1, 31, 12))
    (datetime.date(2026, 1, 31), datetime.date(2026, 1, 31))
    """
    try:
        found = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise SettingsError(
            "the day cannot be read",
            where="as_of",
            seen=str(day),
            expected="a day as 2026-01-31",
            remedy="write year, month and day",
        ) from None
    return found.date() if isinstance(found, datetime) else found


def forced(files: Mapping[str, File | None]) -> Iterator[str]:
    """Overrides that make these files the source, in one shard; without any the settings define the source.

    Feedback in a serving store is of other users than those of files at hand, and is left alone.
    """
    yield "runtime.shards=1"
    if any(files.values()):
        yield "source.kind=files"
        yield from (f"source.{table}={json.dumps(_place(file) if file else '')}" for table, file in files.items())
    yield from ("feedback.as_events=false", "feedback.fatigue_impressions=0")


def _place(file: File) -> str:
    """The same file from wherever it is named: a day that resumes from an earlier one resumes from the same files."""
    return str(file) if "://" in str(file) else str(Path(file).resolve())


def latest_day(settings: Settings) -> date:
    """Day of the latest event of the source that is not in the future; `ANY_DAY` where events have an order alone."""
    from recsys.events import shape, times
    from recsys.sources import engine, source

    with engine.opened() as con:
        raw = source.read(con, settings.source)
        shape.check(raw, settings.events)
        latest = times.latest(raw.events, datetime.now(UTC).date())
    if latest is None:
        log.info("batch: the events have no %s; their order stands in for it", schema.OCCURRED_AT)
        return ANY_DAY
    log.info("batch: as of %s, the day of the latest event", latest)
    return latest
