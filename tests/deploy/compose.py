"""Reads docker-compose.yaml as Compose does, as far as it is used: anchors, `${NAME:-default}`, `${NAME:?message}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yaml"
VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<other>[^}]*))?\})")


def services(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services, with variables filled in. Raises `KeyError` for one that has to be given and is not."""
    filled = _filled(raw()["services"], variables)
    assert isinstance(filled, dict)
    return filled


def raw() -> dict[str, Any]:
    """The file, with its variables as they stand."""
    read = yaml.safe_load(FILE.read_text())
    assert isinstance(read, dict)
    return read


def environment(file: Path) -> dict[str, str]:
    """Variables of a file such as .env."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def arguments(command: str | list[str]) -> list[str]:
    """A command or health check as the words of a process."""
    if isinstance(command, str):
        return ["sh", "-c", command]
    kind, *words = command
    if kind == "CMD-SHELL":
        return ["sh", "-c", *words]
    return words if kind == "CMD" else command


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, variables) for one in value]
    return VARIABLE.sub(lambda found: _value(found, variables), value) if isinstance(value, str) else value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["escaped"]:
        return "$"
    given = variables.get(found["name"], "")
    if given or found["how"] is None:
        return given
    if found["how"] == ":?":
        raise KeyError(f"{found['name']}: {found['other']}")
    return str(found["other"])
