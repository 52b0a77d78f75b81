"""Layouts by name: how the files of a public data set, or of an export that many have, are read as shipped.

A layout is a TOML file of `layouts/`, with a section per table. The keys of a section are in `Section`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from recsys.errors import SettingsError

FOLDER = files("recsys.sources") / "layouts"


@dataclass(frozen=True)
class Section:
    """How the files of a table are read."""

    names: tuple[str, ...] = ()
    """Columns of files that have no header."""
    delimiter: str = ""
    encoding: str = ""
    optional: tuple[str, ...] = ()
    """Columns that `select` names and a file may lack: null there."""
    select: str = ""
    """Query over `rows`, which are the file's, where names alone do not suffice; `joined(text, sign)` puts a sign
    between the parts of a JSON list."""


Layout = Mapping[str, Section]

PLAIN: Layout = {}


def names() -> list[str]:
    """Names of all layouts, sorted."""
    return sorted(file.name.removesuffix(".toml") for file in FOLDER.iterdir() if file.name.endswith(".toml"))


@cache
def layout(name: str) -> Layout:
    """The layout of a name; "" is that of files with a header, which name their columns themselves.

    Raises `SettingsError` for a name that no layout has.
    """
    if not name:
        return PLAIN
    if name not in names():
        raise SettingsError(
            "there is no such layout",
            where="source.layout",
            seen=name,
            expected=", ".join(names()),
            remedy="choose one of these, or name columns by source.columns",
        )
    sections: Mapping[str, Mapping[str, Any]] = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    return {table: _section(given) for table, given in sections.items()}


def _section(given: Mapping[str, Any]) -> Section:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Section(**fields)
