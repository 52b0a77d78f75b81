"""What ingest lets in: users by pseudonym where there is a key, and nobody who asked to be forgotten."""

from __future__ import annotations

from dataclasses import replace

from recsys.privacy import pseudonyms
from recsys.privacy.forgotten import Forgotten
from recsys.schema import FOLLOWEE_ID, FOLLOWER_ID, USER_ID
from recsys.sources.tables import Tables


def digest(store: str) -> str:
    """Digest of what `private` depends on besides the tables; "" with no key and nobody forgotten."""
    return "".join(part for part in (pseudonyms.digest(), Forgotten(store).digest()))


def private(raw: Tables, store: str) -> Tables:
    """The source's tables as the product may see them."""
    known, forgotten = pseudonyms.pseudonymised(raw), Forgotten(store)
    events = forgotten.without(known.events, USER_ID)
    assert events is not None, "a table stays a table"
    return replace(
        known, events=events, users=forgotten.without(known.users, USER_ID),
        follows=forgotten.without(known.follows, FOLLOWER_ID, FOLLOWEE_ID),
    )  # fmt: skip
