"""Fields of trigger forms that stand for settings: kind, bounds and meaning are those of the setting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow.sdk import Param

from recsys.settings import Settings, load

BOUNDS = ("type", "enum", "minimum", "maximum", "minLength", "maxLength")
"""Keys of a setting's JSON schema by which a form checks what is given."""


@dataclass(frozen=True)
class Field:
    """A field of a form."""

    name: str
    setting: str
    """The setting that it stands for, with its section, such as `lists.top_n`."""
    title: str
    section: str | None = None
    """Heading under which it stands; None: among the first."""
    options: tuple[str, ...] = ()
    """Values besides none, where the setting takes any text."""


def params(fields: Iterable[Field]) -> dict[str, Param]:
    """The fields by name, filled with the settings in force; an empty text is no value."""
    now, sections = load(), Settings.model_json_schema()["$defs"]
    return {field.name: _param(field, now, sections) for field in fields}


def overrides(fields: Iterable[Field], given: Mapping[str, Any]) -> list[str]:
    """What a form holds, as overrides of settings; an empty field is an empty text, and one that is not given nothing.

    >>> shown = [Field("arm", "database.arm", "Arm"), Field("top_n", "lists.top_n", "Length")]
    >>> overrides(shown, {"arm": None, "top_n": 10})
    ['database.arm=""', 'lists.top_n=10']
    """
    values = ((field.setting, given[field.name]) for field in fields if field.name in given)
    return [f"{setting}={json.dumps('' if value is None else value)}" for setting, value in values]


def _param(field: Field, now: Settings, sections: Mapping[str, Any]) -> Param:
    section, name = field.setting.split(".")
    part = getattr(now, section)
    described, value = sections[type(part).__name__]["properties"][name], getattr(part, name)
    schema: dict[str, Any] = {key: described[key] for key in BOUNDS if key in described}
    if schema["type"] == "string" and not schema.keys() & {"enum", "minLength"}:
        value, schema["type"] = value or None, ["null", "string"]
    if field.options:
        schema["enum"] = [None, *field.options]
    meaning = " ".join(described["description"].replace("`", "").split())
    if field.section:
        schema["section"] = field.section
    return Param(value, title=field.title, description=meaning, **schema)
