"""Tables in, the recommendations of every user out, without Airflow and Postgres."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from recsys import schema
from recsys.errors import SettingsError, override
from recsys.library.inputs import File, Input

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

FORMS = (".parquet", ".csv", ".jsonl", ".ndjson")
"""Endings of the files that are written."""


def recommend(
    events: Input | None = None,
    items: Input | None = None,
    users: Input | None = None,
    follows: Input | None = None,
    *,
    out: File | None = None,
    as_of: date | str | None = None,
    top_n: int | None = None,
    overrides: Iterable[str] = (),
) -> pd.DataFrame:
    """Recommendations of every user: `fit` and `Recommender.recommend` in one.

    Every user of events and of the user table gets a list. With `out` they are written there too, as Parquet, CSV or
    JSON lines by its name: the file appears whole, or stays as it was.

    Raises `SettingsError` or `DataError`, as the stages do.
    """
    from recsys.library.recommender import fit  # imports the models: the command line does without until it needs them

    if out is not None and Path(out).suffix not in FORMS and not Path(out).is_dir():
        raise SettingsError(
            "the output has no form that is written",
            where=str(out),
            seen=Path(out).suffix or "none",
            expected=", ".join(FORMS),
            remedy="choose a name with one of these endings",
        )
    all_overrides = [*overrides, *([] if top_n is None else [f"lists.top_n={top_n}"])]
    with nullcontext() if out is None else written_aside(Path(out)) as aside:
        made = fit(events, items, users, follows, as_of=as_of, overrides=all_overrides)
        rows = made.recommend()
        if aside is not None and out is not None:
            _write(rows, aside, Path(out).suffix)
    log.info(
        "batch: %d recommendations of %d users in %s", len(rows), rows[schema.USER_ID].nunique(), out or "a data frame"
    )
    log.info(
        "batch: %s keeps texts that were read and models that were made; %s: another place",
        made.fitted.settings.store,
        override("store=FOLDER"),
    )
    return rows


def _write(rows: pd.DataFrame, file: Path, kind: str) -> None:
    import pyarrow as pa

    rows = rows.astype(dict.fromkeys((schema.USER_ID, schema.ITEM_ID), "str"))
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
        raise SettingsError(
            "the output cannot be written",
            where=str(out),
            seen=error.strerror or str(error),
            expected="a file in a folder that is there and may be written to",
            remedy="create the folder, or choose another",
        ) from None
