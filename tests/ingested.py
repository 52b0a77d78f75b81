"""What ingest writes beside the tables, for tests that write the tables themselves."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from recsys.events import numbering, tables
from recsys.events.ingest import UNIQUE, partition
from recsys.events.numbering import Numbered
from recsys.privacy.files import NUMBERED
from recsys.settings import EventSettings
from recsys.sources import engine
from tests.raw import raw

LATER = date(2100, 1, 1)
PLAIN = EventSettings()
NO_USERS = pd.DataFrame({"user_id": pd.Series(dtype="str")})
NO_FOLLOWS = pd.DataFrame({"follower_id": NO_USERS["user_id"], "followee_id": NO_USERS["user_id"], "weight": []})


def number_tables(folder: Path) -> None:
    """Adds the tables of a folder in row numbers."""
    given = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("events", "items", "users", "follows")}
    shutil.rmtree(folder / NUMBERED, ignore_errors=True)
    made = numbered(**given)
    tables.write(made.tables, made.actions, made.gauge, folder)


def numbered(
    events: pd.DataFrame,
    items: pd.DataFrame,
    users: pd.DataFrame | None = None,
    follows: pd.DataFrame | None = None,
    settings: EventSettings = PLAIN,
) -> Numbered:
    """The tables in row numbers as ingest makes them, with all these users and links."""
    asked = settings.model_copy(update={"max_bad_share": 1.0})
    users, follows = (NO_USERS if users is None else users), (NO_FOLLOWS if follows is None else follows)
    with engine.opened() as con:
        given = raw(con, events=events, items=items.assign(title=items.get("title", items["item_id"])))
        made = partition(con, given, asked, LATER, "memory://bad.parquet", datetime(2100, 1, 1, tzinfo=UTC))
        return numbering.numbered(con, UNIQUE, made.items, users, follows, settings)
