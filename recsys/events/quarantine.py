"""Bad rows: kept with a reason, counted, and a stop when they are too many."""

from __future__ import annotations

import json
from collections.abc import Mapping

import fsspec
import pandas as pd

from recsys import schema
from recsys.errors import DataError, override
from recsys.sources.columns import column_of, text
from recsys.sources.engine import Relation, identifier, literal

UNKNOWN_ACTION, NO_TIME, NO_ITEM, UNKNOWN_USER, NO_NUMBER, IN_FUTURE, NO_FLAG = (
    "unknown action",
    "no readable time",
    "item not in catalogue",
    "unknown user",
    "value is no number",
    "time in the future",
    "available is neither true nor false",
)
TELLING = {
    UNKNOWN_ACTION: schema.ACTION,
    NO_TIME: schema.OCCURRED_AT,
    NO_ITEM: schema.ITEM_ID,
    NO_NUMBER: schema.VALUE,
    IN_FUTURE: schema.OCCURRED_AT,
    NO_FLAG: schema.AVAILABLE,
}
"""The column whose values name what is wrong with a row, and hold nothing of a person."""
REMEDIES = {
    UNKNOWN_ACTION: "give every action a weight in events.action_weights",
    NO_FLAG: "write true or false, yes or no, or how many are in stock; or drop the column",
    NO_TIME: "write times as 2024-12-31T23:59:59Z or in seconds since 1970, or where these numbers are only an order, "
    "name them so: " + override('source.columns={"position": "occurred_at"}'),
}
"""What to do about a reason, where it is not to correct the source."""
HARMLESS = (UNKNOWN_USER, IN_FUTURE)
"""Reasons that stop nothing, however many rows they hold against: nothing else depends on these rows."""
MAX_CONTENT = 2_000
"""Characters of a bad row that are kept; the ids of users stand first, so that whose it was is known."""
NONE = pd.DataFrame({name: pd.Series(dtype="int64" if name == schema.ROW else "str") for name in schema.QUARANTINE})
"""No entries."""
MAX_VALUE, LOOKED_AT = 60, 1_000
"""Characters of a value that are shown, and bad rows that are read for it."""


def entries(table: str, raw: Relation, judged: Relation) -> pd.DataFrame:
    """Rows for the quarantine, with the columns of `schema.QUARANTINE`; `row` counts from 0 in the source's order.

    `raw` are the rows of the source, `judged` has the `row` and `reason` of the bad ones.
    """
    if not judged.limit(1).fetchall():
        return NONE.copy()
    people = [name for name in raw.columns if name in schema.PEOPLE]
    names = [*people, *(name for name in raw.columns if name not in people)]
    fields = ", ".join(f"{literal(name)}: {text(column_of(raw, name))}" for name in names)
    numbered = raw.select(f"row_number() OVER () - 1 AS {schema.ROW}, *").set_alias("numbered")
    bad = numbered.join(judged.set_alias("judged"), f"numbered.{schema.ROW} = judged.{schema.ROW}")
    content = f"(to_json({{{fields}}})::VARCHAR)[:{MAX_CONTENT}]"
    return (
        bad.select(
            f"{literal(table)} AS {identifier(schema.TABLE)}, judged.{schema.ROW}::BIGINT AS {schema.ROW}, "
            f"{schema.REASON}, {content} AS {schema.CONTENT}"
        )
        .order(schema.ROW)
        .df()
    )


def rejected(table: str, lines: Relation | None) -> pd.DataFrame:
    """Entries for what could not be read as a row; `row` is its line in the file."""
    if lines is None:
        return NONE.copy()
    return lines.select(
        f"{literal(table)} AS {identifier(schema.TABLE)}, {schema.ROW}::BIGINT AS {schema.ROW}, "
        f"{schema.REASON}, {schema.CONTENT}[:{MAX_CONTENT}] AS {schema.CONTENT}"
    ).df()


def counts(quarantine: pd.DataFrame) -> dict[str, int]:
    """Bad rows in all and by reason."""
    by_reason = quarantine[schema.REASON].value_counts().sort_index()
    return {"quarantined": len(quarantine), **{f"quarantined: {why}": int(n) for why, n in by_reason.items()}}


def check_shares(quarantine: pd.DataFrame, rows: Mapping[str, int], most: float, keep_at: str) -> None:
    """Stops the run when a table has too many bad rows, after writing the quarantine to `keep_at`.

    Links to people who are in no table, and rows from the future, stop nothing. Raises `DataError` naming the table,
    its bad rows by reason, an example, and the file they are kept in.
    """
    for table, total in rows.items():
        bad = stopping(quarantine[quarantine[schema.TABLE] == table])
        if too_many(bad, total, most):
            kept = _keep(quarantine, keep_at)
            counts = bad[schema.REASON].value_counts()
            why = ", ".join(f"{n} × {reason}{such_as(bad, str(reason))}" for reason, n in counts.items())
            raise DataError(
                f"too many bad rows in {table}",
                where=f"{table}, first at row {bad[schema.ROW].min()}",
                seen=f"{len(bad)} of {total} rows are bad: {why}",
                expected=f"at most {most:.1%} (events.max_bad_share)",
                remedy=f"see {kept}, {remedy(bad[schema.REASON])}",
            )


def stopping(bad: pd.DataFrame) -> pd.DataFrame:
    """The bad rows that count against a run."""
    return bad[~bad[schema.REASON].isin(HARMLESS)]


def too_many(bad: pd.DataFrame, total: int, most: float) -> bool:
    """Whether so many bad rows that count, of a table of so many rows, stop a run."""
    return len(bad) > most * total


def such_as(bad: pd.DataFrame, reason: str) -> str:
    """The value that most of the first rows with this reason have, where it shows what is wrong."""
    if reason not in TELLING:
        return ""
    rows = bad.loc[bad[schema.REASON] == reason, schema.CONTENT].head(LOOKED_AT).map(_read)
    values = rows.map(lambda row: row.get(TELLING[reason])).dropna()
    return f" (such as {str(values.mode()[0])[:MAX_VALUE]!r})" if len(values) else ""


def _read(content: str) -> dict[str, object]:
    try:
        return dict(json.loads(content))
    except json.JSONDecodeError:  # cut off at `MAX_CONTENT`
        return {}


def remedy(reasons: pd.Series) -> str:
    """What to do about some reasons."""
    found = [advice for reason, advice in REMEDIES.items() if (reasons == reason).any()]
    return "; ".join(found) or "correct the source"


def _keep(quarantine: pd.DataFrame, uri: str) -> str:
    with fsspec.open(uri, "wb", auto_mkdir=True) as file:
        quarantine.to_parquet(file, index=False)
    return uri
