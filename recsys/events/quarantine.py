"""Bad rows: kept with a reason, counted, and a stop when they are too many."""

from __future__ import annotations

import json
from collections.abc import Mapping

import fsspec
import pandas as pd

from recsys import schema
from recsys.errors import DataError
from recsys.events.columns import texts

UNKNOWN_ACTION, NO_TIME, NO_ITEM, UNKNOWN_USER = (
    "unknown action", "no readable time", "item not in catalogue", "unknown user",
)  # fmt: skip
TELLING = {UNKNOWN_ACTION: schema.ACTION, NO_TIME: schema.OCCURRED_AT, NO_ITEM: schema.ITEM_ID}
"""The column whose values say what is wrong with a row, and nothing of a person."""
LONGEST_CONTENT = 2_000
"""Characters of a bad row that are kept; the ids of users stand first, so that whose it was is known."""
LONGEST_VALUE, LOOKED_AT = 60, 1_000
"""Characters of a value that are shown, and bad rows that are read for it."""


def entries(table: str, raw: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """Rows for the quarantine, with the columns of `schema.QUARANTINE`; `row` counts from 0 in the source's order."""
    bad = reasons.sort_index()
    columns = sorted(raw.loc[bad.index].items(), key=lambda column: column[0] not in schema.PEOPLE)
    rows = pd.DataFrame({name: texts(column) for name, column in columns})
    lines = rows.to_json(orient="records", lines=True, force_ascii=False).replace("\\/", "/").split("\n")
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

    Links to people who are in no table say nothing, and stop nothing. Raises `DataError` naming the table, its bad
    rows by reason, an example, and the file they are kept in.
    """
    for table, total in rows.items():
        bad = quarantine[(quarantine[schema.TABLE] == table) & (quarantine[schema.REASON] != UNKNOWN_USER)]
        if len(bad) > most * total:
            kept = _keep(quarantine, keep_at)
            counts = bad[schema.REASON].value_counts()
            why = ", ".join(f"{n} × {reason}{_such_as(bad, str(reason))}" for reason, n in counts.items())
            raise DataError(
                f"too many bad rows in {table}", where=f"{table}, first at row {bad[schema.ROW].min()}",
                seen=f"{len(bad)} of {total} rows are bad: {why}",
                expected=f"at most {most:.1%} (events.max_bad_share)",
                remedy=f"see {kept}, {_remedy(bad[schema.REASON])}",
            )  # fmt: skip


def _such_as(bad: pd.DataFrame, reason: str) -> str:
    """The value that most of the first rows with this reason have, where it says what is wrong."""
    if reason not in TELLING:
        return ""
    rows = bad.loc[bad[schema.REASON] == reason, schema.CONTENT].head(LOOKED_AT).map(_read)
    values = rows.map(lambda row: row.get(TELLING[reason])).dropna()
    return f" (such as {str(values.mode()[0])[:LONGEST_VALUE]!r})" if len(values) else ""


def _read(content: str) -> dict[str, object]:
    try:
        return dict(json.loads(content))
    except json.JSONDecodeError:  # cut off at `LONGEST_CONTENT`
        return {}


def _remedy(reasons: pd.Series) -> str:
    unknown = (reasons == UNKNOWN_ACTION).any()
    return "give every action a weight in events.action_weights" if unknown else "correct the source"


def _keep(quarantine: pd.DataFrame, uri: str) -> str:
    with fsspec.open(uri, "wb", auto_mkdir=True) as file:
        quarantine.to_parquet(file, index=False)
    return uri
