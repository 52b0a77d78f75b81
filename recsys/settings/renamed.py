"""Settings that have another name than before; the old name is accepted until the next release, with a warning."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from recsys.errors import SettingsError

log = logging.getLogger(__name__)

NEW_NAMES: Mapping[str, str] = {
    "interests.least_likeness": "interests.min_cosine",
    "transfer.least_cohort": "transfer.min_cohort",
    "training.tongue": "training.prompt_language",
    "database.least_coverage": "database.min_coverage",
    "database.least_overlap": "database.min_overlap",
    "ranking.seed": "seed",
    "ranking.device": "runtime.device",
    "ranking.remake_lists_days": "lists.remake_every_days",
    "ranking.most_per_category": "lists.max_per_category",
    **{
        f"ranking.{name}": f"lists.{name}"
        for name in (
            "top_n",
            "diversity",
            "deny_items",
            "allow_items",
            "max_per_category",
            "exploration",
            "reason_language",
        )
    },
    **{f"language.{name}": f"runtime.{name}" for name in ("device", "threads", "shards", "pool", "queue")},
}
"""By their old names, with their sections."""


def by_new_names(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by section and name, with the names in force.

    Raises `SettingsError` where a setting has two values by two of its names.

    >>> by_new_names({"ranking": {"top_n": 3, "candidates": 40}, "store": "here"})
    {'ranking': {'candidates': 40}, 'store': 'here', 'lists': {'top_n': 3}}
    """
    tree: dict[str, Any] = {name: dict(part) if isinstance(part, Mapping) else part for name, part in given.items()}
    for old, new in NEW_NAMES.items():
        (section, name), (*to, now) = old.split("."), new.split(".")
        if not isinstance(tree.get(section), dict) or name not in tree[section]:
            continue
        value = tree[section].pop(name)
        log.warning("settings: %s is now %s; the old name is accepted until the next release", old, new)
        node = tree.setdefault(to[0], {}) if to else tree
        if now in node and node[now] != value:
            raise SettingsError("a setting has a value under its old name too", where=new, seen=f"{old}, {new}")
        node[now] = value
    return tree
