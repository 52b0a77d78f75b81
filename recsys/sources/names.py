"""Which column of a file holds what: names are matched without case, spaces and signs, and by usual other names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from recsys import schema
from recsys.errors import DataError, SettingsError

EVENTS: Mapping[str, Sequence[str]] = {
    schema.USER_ID: (
        "user",
        "uid",
        "userid",
        "visitorid",
        "customerid",
        "memberid",
        "accountid",
        "reviewerid",
        "clientid",
        "userpseudoid",
        "username",
        "householdid",
        "playerid",
        "readerid",
        "userkey",
    ),
    schema.ITEM_ID: (
        "item",
        "itemid",
        "productid",
        "movieid",
        "sku",
        "parentasin",
        "asin",
        "articleid",
        "newsid",
        "trackid",
        "songid",
        "artistid",
        "bookid",
        "isbn",
        "gameid",
        "contentid",
        "videoid",
        "stockcode",
        "postid",
        "animeid",
        "businessid",
        "product",
        "itemkey",
    ),
    schema.ACTION: (
        "event",
        "eventtype",
        "eventname",
        "actiontype",
        "behavior",
        "behaviour",
        "behaviortype",
        "interaction",
        "interactiontype",
        "activity",
    ),
    schema.OCCURRED_AT: (
        "timestamp",
        "ts",
        "createdat",
        "datetime",
        "date",
        "time",
        "eventtimestamp",
        "eventtime",
        "unixreviewtime",
        "occurred",
        "occurredon",
        "unixtime",
        "day",
        "createdon",
        "listenedat",
        "processedat",
        "reviewtime",
        "orderdate",
        "invoicedate",
        "transactiontimestamp",
        "sorttimestamp",
    ),
    schema.VALUE: (
        "rating",
        "score",
        "overall",
        "stars",
        "count",
        "plays",
        "playcount",
        "hours",
        "listencount",
        "quantity",
        "eventvalue",
        "amount",
    ),
    schema.POSITION: ("pos",),
    schema.DOMAIN: ("department", "vertical"),
    schema.EVENT_ID: ("eventid", "id", "interactionid"),
    schema.SPLIT: (),
}
ITEMS: Mapping[str, Sequence[str]] = {
    schema.ITEM_ID: (*EVENTS[schema.ITEM_ID], "id"),
    schema.TITLE: (
        "name",
        "itemname",
        "productname",
        "producttitle",
        "headline",
        "songtitle",
        "movietitle",
        "caption",
        "booktitle",
        "itemtitle",
        "trackname",
    ),
    schema.CATEGORY: (
        "genres",
        "genre",
        "categories",
        "tags",
        "category1",
        "maincategory",
        "producttype",
        "topic",
        "topics",
        "productcategory",
        "subcategory",
        "class",
        "categoryl1",
        "categoryid",
    ),
    schema.DESCRIPTION: ("text", "abstract", "summary", "body", "content", "overview", "features", "synopsis", "plot"),
    schema.DOMAIN: ("department", "vertical"),
    schema.AVAILABLE: ("availability", "instock", "isavailable", "active", "isactive"),
    schema.IMAGE_URI: (
        "image",
        "imageurl",
        "imagelink",
        "imurl",
        "imagepath",
        "picture",
        "pictureurl",
        "picturepath",
        "photo",
        "photourl",
        "poster",
        "posterurl",
        "thumbnail",
    ),
}
USERS: Mapping[str, Sequence[str]] = {schema.USER_ID: (*EVENTS[schema.USER_ID], "id")}
FOLLOWS: Mapping[str, Sequence[str]] = {
    schema.FOLLOWER_ID: ("follower", "userid", "user", "source", "from", "followingid", "srcid"),
    schema.FOLLOWEE_ID: ("followee", "friendid", "friend", "target", "to", "followedid", "followed", "dstid"),
    schema.WEIGHT: ("strength", "closeness"),
}
OTHER_NAMES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "events": EVENTS,
    "items": ITEMS,
    "users": USERS,
    "follows": FOLLOWS,
}
"""By table and column, other names that it has out there; the first that a file has is taken."""
RATINGS = ("rating", "score", "overall", "stars")
"""Names of a value that is a rating."""


def plain(name: str) -> str:
    """A name without case, spaces and signs, and without a type behind a colon.

    >>> plain("userId") == plain("User ID") == plain("user_id:token") == "userid"
    True
    """
    return re.sub(r"[\W_]+", "", name.lower().rsplit(":", 1)[0] if re.search(r":\w+$", name) else name.lower())


def matched(table: str, columns: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """For each column of `recsys.schema` that a file has, the file's own name of it.

    First those `given` by hand, then the column's own name, then the same without case and signs, then other names.

    >>> matched("events", ["userId", "movieId", "rating", "timestamp"], {})
    {'user_id': 'userId', 'item_id': 'movieId', 'occurred_at': 'timestamp', 'value': 'rating'}
    """
    by_plain: dict[str, str] = {}
    for name in columns:
        by_plain.setdefault(plain(name), name)
    found: dict[str, str] = {}
    for column, others in OTHER_NAMES[table].items():
        own = column if column in columns else None
        candidates = [given.get(column), own, *(by_plain.get(plain(name)) for name in (column, *others))]
        taken = {*found.values(), *(name for key, name in given.items() if key != column)}
        first = next((name for name in candidates if name is not None and name not in taken), None)
        if first is not None:
            found[column] = first
    return found


def check_once(table: str, where: str, columns: Sequence[str]) -> None:
    """Raises `DataError` for names that differ in case alone, or not at all: the engine cannot distinguish them."""
    plain_names = [name.lower() for name in columns]
    twice = [name for name, lower in zip(columns, plain_names, strict=True) if plain_names.count(lower) > 1]
    if twice:
        raise DataError(
            f"the {table} table has a column twice",
            where=where,
            seen=", ".join(dict.fromkeys(twice)),
            expected="each name once, whatever its case",
            remedy="drop or rename one",
        )


def check_given(given: Mapping[str, str], tables: Mapping[str, Sequence[str]]) -> None:
    """Raises `SettingsError` for a name given by hand that no table has, and for a column that there is not."""
    for key, name in given.items():
        table, _, column = key.rpartition(".")
        selected = [table] if table else list(tables)
        known = sorted({column for names in OTHER_NAMES.values() for column in names})
        if (table and table not in OTHER_NAMES) or column not in known:
            raise SettingsError(
                "a name is given for a column that there is not",
                where="source.columns",
                seen=key,
                expected=", ".join(known) + "; of one table alone: items.title",
                remedy=f"did you mean {close[0]}?" if (close := difflib.get_close_matches(column, known)) else "",
            )
        columns = [column for place in selected for column in tables.get(place, ())]
        if name not in columns:
            raise SettingsError(
                "a column that is named by hand is in no table",
                where=f"source.columns, {key}",
                seen=name,
                expected=f"one of {', '.join(dict.fromkeys(columns))}",
                remedy="correct the name; its case counts",
            )


def near(column: str, table: str, columns: Sequence[str]) -> list[str]:
    """Names of a file that look like a column's own or another of its names, the nearest first."""
    by_plain = {plain(name): name for name in columns}
    wanted = [plain(column), *OTHER_NAMES[table].get(column, ())]
    found = [close for name in wanted for close in difflib.get_close_matches(name, list(by_plain), n=3, cutoff=0.75)]
    return [by_plain[name] for name in dict.fromkeys(found)]
