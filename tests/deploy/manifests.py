"""Kubernetes's files, and what is wrong with them by the models of Kubernetes's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

from tests.deploy import compose

FOLDER = compose.ROOT / "deploy" / "kubernetes"
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text())
FILES = sorted(file for file in FOLDER.rglob("*.yaml") if file.name != "values.yaml")
PLAIN = {"str": str, "int": int, "bool": bool}

Manifest = dict[str, Any]


def manifests(file: Path) -> list[Manifest]:
    """What a file declares."""
    return list(yaml.safe_load_all(file.read_text()))


ALL = [manifest for file in FILES for manifest in manifests(file)]


def named(kind: str, name: str) -> Manifest:
    """The manifest of this kind and name."""
    (found,) = [manifest for manifest in ALL if (manifest["kind"], manifest["metadata"]["name"]) == (kind, name)]
    return found


def pods() -> list[Manifest]:
    """Metadata and spec of every pod that the files declare."""
    specs = [manifest["spec"].get("jobTemplate", manifest)["spec"] for manifest in ALL]
    templates = [spec["template"] for spec in specs if "template" in spec]
    return templates + [manifest for manifest in ALL if manifest["kind"] == "Pod"]


def app(pod: Manifest) -> str:
    """The label by which policies and services mean a pod."""
    return str(pod["metadata"]["labels"]["app"])


def mistakes(value: Any, kind: str, where: str = "") -> Iterator[str]:
    """Fields that a kind does not have, lacks, or has with a value of another type."""
    if kind.startswith("list["):
        for number, item in enumerate(value):
            yield from mistakes(item, kind[5:-1], f"{where}[{number}]")
    elif kind.startswith("V1"):
        yield from _of_model(value, getattr(client, kind), where)
    elif kind.startswith("dict(") and not all(isinstance(text, str) for text in value.values()):
        yield f"{where}: {value} is not of {kind}"
    elif kind in PLAIN and not isinstance(value, PLAIN[kind]):
        yield f"{where}: {value!r} is not of type {kind}"


def _of_model(value: Manifest, model: Any, where: str) -> Iterator[str]:
    attributes = {name: attribute for attribute, name in model.attribute_map.items()}
    known = {name: field for name, field in value.items() if name in attributes}
    yield from (f"{where}.{name} is not known" for name in value if name not in known)
    try:
        model(**{attributes[name]: field for name, field in known.items()})
    except ValueError as missing:
        yield f"{where}: {missing}"
    for name, field in known.items():
        yield from mistakes(field, model.openapi_types[attributes[name]], f"{where}.{name}")
