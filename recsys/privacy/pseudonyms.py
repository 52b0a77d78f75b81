"""Users by pseudonym: with a key set, ids are hashed before anything else sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from recsys.privacy.secret import key, keyed
from recsys.schema import FOLLOWEE_ID, FOLLOWER_ID, USER_ID
from recsys.sources.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "p_"


def pseudonym(user_id: str) -> str:
    """The id by which a user is known here: keyed by RECSYS_PSEUDONYM_KEY, or as it is without one.

    An application asks for recommendations by this id. Who has no key can neither make it nor turn it back.
    """
    secret = key()
    return user_id if secret is None else PREFIX + keyed(secret, user_id, "user")


def digest() -> str:
    """Digest of the key, which changes every id; "" without one."""
    secret = key()
    return "" if secret is None else keyed(secret, "", "digest")


def pseudonymised(raw: Tables) -> Tables:
    """The tables with users' ids as pseudonyms; the very same tables without a key. Missing ids stay missing."""
    secret = key()
    if secret is None:
        return raw
    known: dict[str, str] = {}

    def hashed(user_id: object) -> str:
        text = str(user_id)
        return known.setdefault(text, PREFIX + keyed(secret, text, "user"))

    return replace(
        raw, events=_mapped(raw.events, (USER_ID,), hashed),
        users=None if raw.users is None else _mapped(raw.users, (USER_ID,), hashed),
        follows=None if raw.follows is None else _mapped(raw.follows, (FOLLOWER_ID, FOLLOWEE_ID), hashed),
    )  # fmt: skip


def _mapped(table: pd.DataFrame, columns: tuple[str, ...], hashed: Callable[[object], str]) -> pd.DataFrame:
    there = [name for name in columns if name in table.columns]
    return table.assign(**{name: table[name].map(hashed, na_action="ignore").astype("str") for name in there})
