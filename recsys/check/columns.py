"""What each column was taken for, and columns that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recsys import schema
from recsys.check.section import Note, Section, counted, unusable, warning
from recsys.errors import DataError, override
from recsys.events import reading, shape
from recsys.settings import EventSettings
from recsys.sources.names import OTHER_NAMES, near
from recsys.sources.tables import Table, Tables


def section(raw: Tables, settings: EventSettings) -> Section:
    """Columns of every table; a note for each that is missed."""
    facts = {name: _facts(name, table) for name, table in raw}
    lines = [line for name, table in facts.items() for line in _lines(name, table)]
    if schema.ACTION not in raw.events.rows.columns:
        action = facts["events"]["default_action"] = shape.default_action(raw.events, settings)
        lines.extend([f"every event counts as {action} (events.default_action)"] if action else [])
    return Section("columns", facts, lines, [*_refused(raw, settings), *_missed(raw)])


def _facts(name: str, table: Table) -> dict[str, Any]:
    ((rows,),) = table.rows.aggregate("count(*)").fetchall()
    known = [column for column in OTHER_NAMES[name] if column in table.rows.columns]
    attributes = [column for column in table.rows.columns if column not in known] if name == "users" else []
    return {
        "rows": rows,
        "read": {column: table.named.get(column, column) for column in known},
        "attributes": attributes,
        "unread": reading.unused(name, table),
    }


def _lines(name: str, facts: dict[str, Any]) -> Iterator[str]:
    read = [own if own == column else f"{own} as {column}" for column, own in facts["read"].items()]
    yield f"{name}: {counted(facts['rows'], 'row')}; read: {', '.join(read) or 'nothing'}"
    if facts["attributes"]:
        yield f"  attributes: {', '.join(facts['attributes'])}"
    if facts["unread"]:
        yield f"  nothing reads {', '.join(f'{column} ({kind})' for column, kind in facts['unread'].items())}"


def _refused(raw: Tables, settings: EventSettings) -> Iterator[Note]:
    try:
        shape.check(raw, settings)
    except DataError as error:
        yield unusable(str(error))


def _missed(raw: Tables) -> Iterator[Note]:
    events = raw.events.rows.columns
    if schema.OCCURRED_AT not in events and schema.POSITION not in events:
        found = [column for column, kind in reading.unused("events", raw.events).items() if kind == reading.TIMES]
        like = f"; {' and '.join(found)} reads as times: " + _named(schema.OCCURRED_AT, found[0]) if found else ""
        yield warning(f"events have no time, so the order of their rows stands in for it{like}")
    for name, table in raw:
        for column in OTHER_NAMES[name]:
            close = [] if column in table.rows.columns else near(column, name, list(reading.unused(name, table)))
            if close:
                yield warning(f"{name} have no {column}; is it {close[0]}? {_named(column, close[0])}")


def _named(column: str, own: str) -> str:
    return override(f'source.columns={{"{column}": "{own}"}}')
