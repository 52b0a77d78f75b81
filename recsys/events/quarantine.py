"""Bad rows: kept with a reason, counted, and a stop when they are too many."""

from __future__ import annotations

from collections.abc import Mapping

import fsspec
import pandas as pd

from recsys import schema
from recsys.errors import DataError
from recsys.events.columns import texts

UNKNOWN_ACTION = "unknown action"
LONGEST_CONTENT = 2_000
"""Characters of a bad row that are kept."""


def entries(table: str, raw: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """Rows for the quarantine, with the columns of `schema.QUARANTINE`; `row` counts from 0 in the source's order."""
    bad = reasons.sort_index()
    rows = pd.DataFrame({name: texts(column) for name, column in raw.loc[bad.index].items()})
    lines = rows.to_json(orient="records", lines=True, force_ascii=False).split("\n")
    content = [line[:LONGEST_CONTENT] for line in lines[: len(bad)]]
    return pd.DataFrame({
        schema.TABLE: pd.Series(table, index=bad.index, dtype="str"), schema.ROW: bad.index.astype("int64"),
        schema.REASON: bad.astype("str"), schema.CONTENT: pd.Series(content, index=bad.index, dtype="str"),
    }).reset_index(drop=True)  # fmt: skip


def counts(quarantine: pd.DataFrame) -> dict[str, int]:
    """Bad rows in all and by reason."""
    by_reason = quarantine[schema.REASON].value_counts().sort_index()
    return {"quarantined": len(quarantine), **{f"quarantined: {why}": int(n) for why, n in by_reason.items()}}


def check_shares(quarantine: pd.DataFrame, rows: Mapping[str, int], most: float, keep_at: str) -> None:
    """Stops the run when a table has too many bad rows, after writing the quarantine to `keep_at`.

    Raises `DataError` naming the table, its bad rows by reason and the file they are kept in.
    """
    for table, total in rows.items():
        bad = quarantine[quarantine[schema.TABLE] == table]
        if len(bad) > most * total:
            kept = _keep(quarantine, keep_at)
            why = ", ".join(f"{n} × {reason}" for reason, n in bad[schema.REASON].value_counts().items())
            raise DataError(
                f"too many bad rows in {table}", where=f"{table}, first at row {bad[schema.ROW].min()}",
                seen=f"{len(bad)} of {total} rows are bad: {why}",
                expected=f"at most {most:.1%} (events.max_bad_share)",
                remedy=f"see {kept}, {_remedy(bad[schema.REASON])}",
            )  # fmt: skip


def _remedy(reasons: pd.Series) -> str:
    unknown = (reasons == UNKNOWN_ACTION).any()
    return "give every action a weight in events.action_weights" if unknown else "correct the source"


def _keep(quarantine: pd.DataFrame, uri: str) -> str:
    with fsspec.open(uri, "wb", auto_mkdir=True) as file:
        quarantine.to_parquet(file, index=False)
    return uri
