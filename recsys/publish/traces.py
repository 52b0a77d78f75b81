"""The trace of transfer on its way to Postgres: interests before and after, alpha, and the contributing donors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys import schema
from recsys.errors import GateError
from recsys.publish.lists import BATCH_ROWS, REMEDY

REALS, TEXTS = pa.list_(pa.float32()), pa.list_(pa.string())
DONORS, SHARE = "donors", "share"
COLUMNS = (schema.USER_ID, schema.EVIDENCE, schema.ALPHA, schema.OBSERVED, schema.TRANSFERRED, DONORS)


def batches(file: Path) -> Iterator[pa.RecordBatch]:
    """Batches of user_id, evidence, alpha, observed, transferred, donors, shares; `GateError` for other files."""
    try:
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(BATCH_ROWS, columns=list(COLUMNS)):
                yield _flat(batch)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError) as error:
        raise GateError(
            "the trace cannot be read",
            where=str(file),
            seen=str(error)[:300],
            expected=", ".join(COLUMNS),
            remedy=REMEDY,
        ) from None


def interests(file: Path) -> list[tuple[int, str]]:
    """Number and name of every interest."""
    table = pq.read_table(file, columns=["interest", "name"]).to_pydict()
    return list(zip(table["interest"], table["name"], strict=True))


def _flat(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Donors as two lists side by side."""
    user, evidence, alpha, observed, transferred, donors = (batch.column(name) for name in COLUMNS)
    entries = donors.flatten()
    names, shares = (
        pa.ListArray.from_arrays(pc.subtract(donors.offsets, donors.offsets[0]), pc.struct_field(entries, [field]))
        for field in (schema.DONOR, SHARE)
    )
    return pa.record_batch(
        {
            schema.USER_ID: user.cast(pa.string()),
            schema.EVIDENCE: evidence.cast(pa.float32()),
            schema.ALPHA: alpha.cast(pa.float32()),
            schema.OBSERVED: observed.cast(REALS),
            schema.TRANSFERRED: transferred.cast(REALS),
            DONORS: names.cast(TEXTS),
            "shares": shares.cast(REALS),
        }
    )
