"""Which signals of the ranker the data and the settings turn on."""

from __future__ import annotations

from collections.abc import Mapping

from recsys import schema
from recsys.check import cold_start
from recsys.check.section import Section
from recsys.check.seen import Seen
from recsys.events import judge, words
from recsys.sources.engine import literal

Why = str | None
"""Why a group of signals is off; None where it is on."""


def section(seen: Seen) -> Section:
    """Groups of signals, on or off and why."""
    groups = _groups(seen)
    on, off = [name for name, why in groups.items() if not why], {name: why for name, why in groups.items() if why}
    lines = [f"on: {', '.join(on)}", *(f"off: {name} ({why})" for name, why in off.items())]
    return Section("signals", {"on": on, "off": off}, lines)


def _groups(seen: Seen) -> Mapping[str, Why]:
    found, texts = cold_start.found(seen), None if _has_texts(seen) else "no item has a text"
    donors = None if seen.settings.transfer.enabled else "transfer.enabled is false"
    return {
        "transitions, EASE, sequence, popularity": None,
        "texts and interests": texts,
        "own items": None if _repeated(seen) else "no positive action is in events.repeatable_actions",
        "neighbours and new users": donors,
        "follows and their follows": donors or (None if found["follows"] else "there are no follows"),
        "cohort": donors or (None if found["attributes"] else "users have no attribute that tells groups apart"),
        "other domains": donors or (None if len(found["domains"]) > 1 else "there is one domain"),
    }


def _has_texts(seen: Seen) -> bool:
    filled = " OR ".join(f"{name} IS NOT NULL" for name in words.WORDS[:3])
    return bool(seen.con.table(judge.ITEMS).filter(filled).limit(1).fetchall())


def _repeated(seen: Seen) -> bool:
    weights = seen.settings.events.action_weights
    positive = [literal(name) for name in seen.settings.events.repeatable_actions if weights[name] > 0]
    if not positive:
        return False
    return bool(seen.good.filter(f"{schema.ACTION} IN ({', '.join(positive)})").limit(1).fetchall())
