"""Rows that would be dropped, and why."""

from __future__ import annotations

from typing import Any

from recsys import schema
from recsys.check.section import Note, Section, counted, percent, unusable
from recsys.check.seen import Seen
from recsys.events import quarantine
from recsys.events.judge import Judged


def section(seen: Seen) -> Section:
    """Bad rows by table and reason; a note where a table has so many that a run stops."""
    judged = {name: table for name, table in seen.judged.items() if table.total}
    facts = {name: _facts(table) for name, table in judged.items()}
    lines = [
        f"{name}: {counted(count, 'row')} of {table.total:,} ({percent(count, table.total)}): {reason}"
        f"{quarantine.such_as(table.bad, reason)}"
        for name, table in judged.items()
        for reason, count in facts[name]["reasons"].items()
    ]
    lines += [
        f"events: {counted(count, 'row')} of {seen.judged['events'].total:,}: {what}"
        for what, count in seen.repeated.items()
        if count
    ]
    notes = [note for table in judged.values() if (note := _note(table, seen.settings.events.max_bad_share))]
    return Section("dropped rows", {**facts, "repeated": dict(seen.repeated)}, lines or ["none"], notes)


def _facts(table: Judged) -> dict[str, Any]:
    reasons = {str(why): int(count) for why, count in table.bad[schema.REASON].value_counts().items()}
    return {"rows": table.total, "bad": len(table.bad), "reasons": reasons}


def _note(table: Judged, most: float) -> Note | None:
    bad = quarantine.stopping(table.bad)
    if not quarantine.too_many(bad, table.total, most):
        return None
    share, why = percent(len(bad), table.total), quarantine.remedy(bad[schema.REASON])
    return unusable(
        f"{table.name}: {share} of the rows are bad, and a run stops above {most:.1%} (events.max_bad_share): {why}"
    )
