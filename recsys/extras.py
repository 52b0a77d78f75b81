"""Packages that only parts of the product need, and the extra of recsys that brings each."""

from __future__ import annotations

from importlib import metadata

from packaging.requirements import Requirement

from recsys.errors import SettingsError

APART = {"airflow": "apache-airflow"}
"""Packages that are imported by another name than their own."""


def lacking(missing: ModuleNotFoundError) -> SettingsError | None:
    """What to install for a module that is missing; None for a module that no extra brings."""
    module = (missing.name or "").partition(".")[0].replace("-", "_")
    wanted = APART.get(module, module.replace("_", "-"))
    extra = next((name for name in _extras() if wanted in _packages(name)), None)
    if extra is None:
        return None
    return SettingsError(
        "a package is missing that this needs",
        seen=f"no {wanted}",
        expected=f"the extra {extra}",
        remedy=f"pip install 'recsys[{extra}]'",
    )


def _extras() -> list[str]:
    try:
        return metadata.metadata("recsys").get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return []


def _packages(extra: str) -> set[str]:
    """Packages that an extra brings and the product alone does not."""
    asked = [Requirement(text) for text in metadata.requires("recsys") or []]
    brought = {package.name for package in asked if package.marker and package.marker.evaluate({"extra": extra})}
    return brought - {"recsys"}
