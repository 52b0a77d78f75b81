"""What there is to go by for users and items that have few events or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from recsys import schema
from recsys.check.section import Section, counted
from recsys.check.seen import Seen
from recsys.events import judge
from recsys.events.side import MAX_VALUES, grouped

MAX_DOMAINS = 5
"""Domains that are named."""


def section(seen: Seen) -> Section:
    """Follows, attributes and domains, and how many users have no event."""
    facts = found(seen)
    links, without_events = facts["follows"], facts["users_without_events"]
    used = [f"{name} ({count} values)" for name, count in facts["attributes"].items()]
    unused = [f"{name} ({why})" for name, why in facts["unused_attributes"].items()]
    domains = facts["domains"]
    lines = [
        f"follows: {counted(links, 'link') if links else 'none'}",
        f"attributes: {', '.join(used) or 'none'}{'; not used: ' + ', '.join(unused) if unused else ''}",
        f"domains: {', '.join(domains[:MAX_DOMAINS]) if len(domains) > 1 else 'one'}"
        f"{f' and {len(domains) - MAX_DOMAINS} more' if len(domains) > MAX_DOMAINS else ''}",
        f"users without an event: {without_events:,}",
    ]
    return Section("cold start", facts, lines)


def found(seen: Seen) -> dict[str, Any]:
    """What cold start can use, by kind."""
    users = seen.con.table(judge.USERS).df()
    judged = dict(_attributes(users))
    ((links,),) = seen.con.table(judge.FOLLOWS).aggregate("count(*)").fetchall()
    domains = seen.con.sql(f"""
        SELECT DISTINCT {schema.DOMAIN} FROM (SELECT {schema.DOMAIN} FROM {judge.ITEMS} UNION ALL
        SELECT {schema.DOMAIN} FROM {judge.EVENTS}) WHERE {schema.DOMAIN} IS NOT NULL ORDER BY 1""").fetchall()
    without_events = int((~users[schema.USER_ID].isin(_active(seen))).sum()) if len(users) else 0
    return {
        "follows": links,
        "attributes": {name: values for name, values in judged.items() if isinstance(values, int)},
        "unused_attributes": {name: values for name, values in judged.items() if isinstance(values, str)},
        "domains": [name for (name,) in domains],
        "users_without_events": without_events,
    }


def _active(seen: Seen) -> set[str]:
    rows = seen.raw.events.rows
    return {user for (user,) in rows.select(schema.USER_ID).distinct().fetchall()}


def _attributes(users: pd.DataFrame) -> Iterator[tuple[str, int | str]]:
    """For each attribute the number of its values, or why it makes no cohort."""
    for name in users.columns.drop([schema.USER_ID, schema.ROW], errors="ignore"):
        values = grouped(users[name]).nunique()
        if values > MAX_VALUES:
            yield name, f"more than {MAX_VALUES} values"
        else:
            yield name, values if values > 1 else "fewer than 2 values"
