"""Actions with their counts and weights."""

from __future__ import annotations

import json

from recsys.check.section import Section, counted, percent, unusable, warning
from recsys.check.seen import Seen
from recsys.errors import override
from recsys.events.judge import EVENTS
from recsys.events.weights import weigh
from recsys.schema import ACTION, VALUE

MAX_SHOWN = 20
"""Actions that are printed; all are in the JSON."""


def section(seen: Seen) -> Section:
    """Actions, the most frequent first; notes on those without a weight, and where no event is positive."""
    weights, total = seen.settings.events.action_weights, len(seen.events)
    rows = seen.con.sql(f"SELECT {ACTION}, count(*) FROM typed_events GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    facts = [
        {"action": action, "count": count, "share": count / total, "weight": weights.get(action)}
        for action, count in rows
    ]
    given = {name: f"weight {weight:g}" for name, weight in weights.items()}
    lines = [
        f"{fact['action'] or '(none)'}: {fact['count']:,} ({percent(fact['count'], total)}), "
        f"{given.get(fact['action'], 'no weight')}"
        for fact in facts[:MAX_SHOWN]
    ]
    hidden = [f"and {counted(len(facts) - MAX_SHOWN, 'other action')}"] if len(facts) > MAX_SHOWN else []
    unweighted = [fact for fact in facts[:MAX_SHOWN] if fact["weight"] is None]
    notes = [warning(_advice(fact["action"], counted(fact["count"], "event"))) for fact in unweighted]
    positive = _positive(seen)
    lines.append(f"{positive:,} of {counted(len(seen.good), 'good event')} are positive")
    none = (
        []
        if positive
        else [
            unusable(
                "no event is positive: give its action a weight above 0, or say which "
                "rating is neutral (events.rating_neutral)"
            )
        ]
    )
    return Section(
        "actions", {"actions": facts, "positive": positive}, [*lines[:-1], *hidden, lines[-1]], [*notes, *none]
    )


def _advice(action: str | None, events: str) -> str:
    if not action:
        return f"{events} without an action would be dropped"
    return (
        f"{action} has no weight, so {events} would be dropped: "
        f"{override(f'events.action_weights={json.dumps({action: 0.0})}')} (-1 to 1; 0: seen, and counts for nothing)"
    )


def _positive(seen: Seen) -> int:
    events = seen.con.table(EVENTS).select(f"{ACTION}, {VALUE}").df()
    return int((weigh(events, seen.settings.events) > 0).sum())
