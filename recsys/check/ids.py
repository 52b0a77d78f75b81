"""Whether the ids of a table are those of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recsys import schema
from recsys.check.section import Note, Section, counted, percent, unusable, warning
from recsys.check.seen import Seen
from recsys.sources.columns import column_of, text
from recsys.sources.engine import Relation, literal

NOTHING = ("none", "nan", "null", "<na>", "nat", "n/a", "undefined", "(not set)", "unknown", "anonymous", "guest")
"""Words that programs write where there is no id."""
CROWD, MAX_SHARE = 20, 0.1
"""Number of users from which on a user with more than this share of all events is likely no person."""
MAX_EXAMPLES = 3
MIN_MATCH = 0.95
"""Share of the ids below which a note is made."""
FORMS: Mapping[str, str] = {
    "case": "lower(id)",
    "blanks around them": "trim(id)",
    "leading zeros": "ltrim(id, '0')",
    "a point and zeros": r"regexp_replace(id, '\.0+$', '')",
}
"""What ids may differ in by accident, and SQL for them without it."""


def section(seen: Seen) -> Section:
    """For each pair of columns how many ids of the first are in the second, with examples of those that are not."""
    facts = {f"{inner} in {outer}": _match(ids, known) for inner, outer, ids, known in _pairs(seen)}
    if not seen.names_people:
        facts |= {name: {**fact, "examples": [], "known": []} for name, fact in facts.items() if "users" in name}
    lines = [_line(name, fact) for name, fact in facts.items()]
    notes = [note for name, fact in facts.items() if (note := _note(name, fact))]
    return Section("ids", facts, lines, [*notes, *_odd(seen), *_everybody(seen)])


def _odd(seen: Seen) -> Iterator[Note]:
    """Notes on ids of events that are likely none: words for nothing, and objects."""
    rows = seen.raw.events.rows
    for name in (schema.USER_ID, schema.ITEM_ID):
        ids = rows.select(f"{text(column_of(rows, name))} AS id")
        counts = ids.filter(f"lower(id) IN ({', '.join(map(literal, NOTHING))})").aggregate("id, count(*)", "id")
        for word, count in counts.order("id").fetchall():
            events = counted(count, "event")
            yield warning(f"{events} with the {name} {word!r}, taken for an id: leave it empty if it is none")
        if ids.filter("id[1] IN ('{', '[')").limit(1).fetchall():
            yield warning(f"some {name} are objects or lists in JSON: write the id itself")


def _everybody(seen: Seen) -> Iterator[Note]:
    """A note on an id that has so many of the events that it likely stands for all who have none."""
    ids = seen.raw.events.rows.select(f"{text(column_of(seen.raw.events.rows, schema.USER_ID))} AS id")
    counts = ids.filter("id IS NOT NULL").aggregate("id, count(*) AS n", "id")
    ((users, events),) = counts.aggregate("count(*), coalesce(sum(n), 0)").fetchall()
    for name, count in counts.order("n DESC, id").limit(1).fetchall():
        if users >= CROWD and count > MAX_SHARE * events:
            who = f"the user {name!r}" if seen.names_people else "one user"
            yield warning(
                f"{who} has {percent(count, events)} of all events: leave the id empty where it stands for nobody"
            )


def _pairs(seen: Seen) -> Iterator[tuple[str, str, Relation, Relation]]:
    raw = seen.raw
    users, of_events = _ids(raw.events.rows, schema.USER_ID), _ids(raw.events.rows, schema.ITEM_ID)
    yield "items of events", "items", of_events, _ids(raw.items.rows, schema.ITEM_ID)
    if raw.users is not None:
        table = _ids(raw.users.rows, schema.USER_ID)
        yield "users of events", "users", users, table
        users = users.union(table).distinct()
    if raw.follows is not None:
        ends = [_ids(raw.follows.rows, end) for end in (schema.FOLLOWER_ID, schema.FOLLOWEE_ID)]
        yield "users of follows", "events and users", ends[0].union(ends[1]).distinct(), users


def _ids(rows: Relation, name: str) -> Relation:
    return rows.select(f"{text(column_of(rows, name))} AS id").filter("id IS NOT NULL").distinct()


def _match(ids: Relation, known: Relation) -> dict[str, Any]:
    ((total,),) = ids.aggregate("count(*)").fetchall()
    missing = ids.except_(known)
    ((lacking,),) = missing.aggregate("count(*)").fetchall()
    examples = [value for (value,) in missing.order("id").limit(MAX_EXAMPLES).fetchall()]
    others = [value for (value,) in known.order("id").limit(MAX_EXAMPLES).fetchall()] if lacking else []
    return {
        "ids": total,
        "match": total - lacking,
        "examples": examples,
        "known": others,
        "differ_in": _differ_in(missing, known, lacking),
    }


def _differ_in(missing: Relation, known: Relation, lacking: int) -> str | None:
    """What most of the missing ids differ in from known ids, if it is in `FORMS`."""
    for what, form in FORMS.items() if lacking else ():
        plain = known.select(f"{form} AS form").distinct()
        met = missing.select(f"{form} AS form").join(plain.set_alias("plain"), "form", how="semi")
        ((count,),) = met.aggregate("count(*)").fetchall()
        if count > lacking / 2:
            return what
    return None


def _line(name: str, fact: dict[str, Any]) -> str:
    line = f"{name}: {fact['match']:,} of {fact['ids']:,} ({percent(fact['match'], fact['ids'])})"
    if not fact["examples"]:
        return line
    return (
        f"{line}; not {', '.join(map(repr, fact['examples']))}, where there are {', '.join(map(repr, fact['known']))}"
    )


def _note(name: str, fact: dict[str, Any]) -> Note | None:
    if not fact["ids"] or fact["match"] >= MIN_MATCH * fact["ids"]:
        return None
    why = f": they differ in {fact['differ_in']}, so write them the same way" if fact["differ_in"] else ""
    if not fact["match"] and name.startswith("items"):
        return unusable(f"{name}: none matches{why or ': is it the same catalogue?'}")
    return warning(f"{name}: {percent(fact['ids'] - fact['match'], fact['ids'])} do not match{why}")
