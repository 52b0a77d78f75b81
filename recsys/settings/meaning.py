"""What a setting means, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from recsys.errors import SettingsError
from recsys.settings.tree import Settings, near

BOUNDS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def meanings(name: str, settings: Settings) -> Iterator[str]:
    """A line for each setting of that name, or of that section: value, kind, bounds, meaning.

    Raises `SettingsError` for a name that no setting has.

    >>> print(*meanings("lists.top_n", Settings()), sep="\\n")
    lists.top_n = 10 (integer, at least 1, at most 1000): Recommendations a user gets.
    """
    found = [line for path, line in _all(settings) if path == name or path.startswith(f"{name}.")]
    if not found:
        raise SettingsError(
            "there is no such setting",
            seen=name,
            expected=", ".join(sorted(Settings.model_fields)) + ", or a setting of one of these",
            remedy=f"did you mean {near(name)}?" if near(name) else "`recsys settings` shows all",
        )
    yield from found


def _all(settings: Settings) -> Iterator[tuple[str, str]]:
    schema = Settings.model_json_schema()
    for section, value in settings:
        if not isinstance(value, BaseModel):
            yield section, _line(section, value, schema["properties"][section])
            continue
        described = schema["$defs"][type(value).__name__]["properties"]
        shown = value.model_dump(mode="json")
        for field in (field for field in described if field in shown):
            path = f"{section}.{field}"
            yield path, _line(path, shown[field], described[field])


def _line(path: str, value: Any, described: Mapping[str, Any]) -> str:
    parts = described.get("anyOf", [described])
    kinds = " or ".join(part["type"] for part in parts if "type" in part)
    bounds = [f"{words} {part[key]:g}" for part in parts for key, words in BOUNDS.items() if key in part]
    options = [f"one of {', '.join(part['enum'])}" for part in parts if "enum" in part]
    kind = ", ".join([kinds, *bounds, *options])
    return f"{path} = {value} ({kind}): {' '.join(described['description'].split())}"
