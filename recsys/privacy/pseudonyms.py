"""Users by pseudonym: with a key set, ids are hashed before anything else sees them."""

from __future__ import annotations

from recsys.privacy.secret import key, keyed

PREFIX = "p_"


def pseudonym(user_id: str) -> str:
    """The id by which a user is known here: keyed by RECSYS_PSEUDONYM_KEY, or as it is without a key.

    An application asks for recommendations by this id. Who has no key can neither make it nor turn it back.
    """
    secret = key()
    return user_id if secret is None else PREFIX + keyed(secret, user_id, "user")


def digest() -> str:
    """Digest of the key, which changes every id; "" without a key."""
    secret = key()
    return "" if secret is None else keyed(secret, "", "digest")
