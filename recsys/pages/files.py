"""Rows of the files of a stage, wherever the store lies: only the rows asked for leave the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import fsspec

from recsys.errors import TransientError


def read(folder: str, table: str, columns: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Rows of `<folder>/<table>.parquet` whose columns hold a wanted value, as Python values.

    Without wanted values these are all rows.

    Raises `TransientError` when the store does not answer or the file is gone.
    """
    import pyarrow.parquet as pq

    filters = [(column, "in", list(values)) for column, values in wanted.items()]
    try:
        filesystem, path = fsspec.core.url_to_fs(folder)
        found = pq.read_table(
            f"{path}/{table}.parquet", filesystem=filesystem, columns=list(columns), filters=filters or None
        )
    except Exception as error:  # a store fails in ways of its own
        raise TransientError(
            "the store cannot be read",
            where=f"{table}.parquet",
            seen=type(error).__name__,
            remedy="see whether this server may read the store",
        ) from None
    return list(found.to_pylist())
