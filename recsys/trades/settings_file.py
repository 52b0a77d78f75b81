"""A settings file with comments, from a trade and from what was seen of some files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from recsys.check.page import Page
from recsys.settings import Settings
from recsys.settings.data import ACTION_WEIGHTS
from recsys.trades.trade import Line, Trade

Facts = Mapping[str, Mapping[str, Any]]
"""Facts of the sections of the page, by name."""
TABLES = ("events", "items", "users", "follows")
PLACEHOLDERS = {"events": "events.csv", "items": "items.csv"}
SEEN_WEIGHT = 0.0
"""Weight that is proposed for an action that has none: whether it is for an item or against it is not known."""


def written(name: str, trade: Trade, settings: Settings, page: Page | None) -> str:
    """The file as TOML; `page` is what `recsys check` found of the files that `settings` names, None without files."""
    facts: Facts = {section.name: section.facts for section in page.sections} if page else {}
    parts = [
        _head(name, trade),
        *_source(settings, facts),
        *_sections(_lines(trade, settings)),
        *_weights(trade, facts.get("actions", {}).get("actions", [])),
    ]
    return "\n".join(parts) + "\n"


def _head(name: str, trade: Trade) -> str:
    return f"""# Settings of recsys for {trade.about}. Made by `recsys init --trade {name}`.
# In force with: export RECSYS_SETTINGS_FILE=<this file>
# Names, meanings and bounds of all settings: recsys settings, and docs/data.md for the input.
"""


def _source(settings: Settings, facts: Facts) -> Iterator[str]:
    """The files, how they are read, and columns that nothing reads."""
    source = settings.source
    yield '[source]\nkind = "files"'
    for table in TABLES:
        uri = getattr(source, table) or PLACEHOLDERS.get(table, "")
        yield f"{'' if uri else '# '}{table} = {_value(uri)}"
    layout = '# layout = "mind"  # of a public data set or export'
    yield f"layout = {_value(source.layout)}" if source.layout else layout
    columns = '# columns = { user_id = "who" }  # where a column has none of the usual names'
    yield f"columns = {_value(dict(source.columns))}" if source.columns else columns
    for table, fact in facts.get("columns", {}).items():
        if fact["unread"]:
            unread = ", ".join(f"{own} ({kind})" for own, kind in fact["unread"].items())
            yield f"# nothing reads, of {table}: {_plain(unread)}"


def _lines(trade: Trade, settings: Settings) -> Sequence[Line]:
    """The trade's settings, and the action of events that have no column of it."""
    action = settings.events.default_action
    default = Line("events.default_action", action, "the events have no column of actions")
    return [*trade.lines, default] if action else trade.lines


def _sections(lines: Sequence[Line]) -> Iterator[str]:
    ordered = sorted(lines, key=lambda line: line.name.split(".")[0])
    for section, inside in groupby(ordered, key=lambda line: line.name.split(".")[0]):
        yield f"\n[{section}]"
        for line in inside:
            yield f"{line.name.split('.')[1]} = {_value(line.value)}  # {line.why}"


def _weights(trade: Trade, seen: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Weights, with how often each action was seen; an action without a weight gets a line to fill in."""
    counts = {fact["action"]: fact["count"] for fact in seen if fact["action"]}
    yield "\n[events.action_weights]  # -1 to 1; below 0: against the item; 0: seen, and counts for nothing"
    for action, weight in trade.weights.items():
        yield f"{_key(action)} = {weight}" + (f"  # seen {counts[action]:,} times" if action in counts else "")
    for action in [name for name in counts if name not in {**ACTION_WEIGHTS, **trade.weights}]:
        yield f"# {_key(_plain(action))} = {SEEN_WEIGHT}  # seen {counts[action]:,} times, has no weight yet"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _value(name)


def _plain(text: str) -> str:
    """A text as a comment may hold it: a single line, without control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
