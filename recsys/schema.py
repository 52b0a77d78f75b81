"""Column names of every table, in a single place: nothing else in the project spells them."""

from __future__ import annotations

from typing import Final

USER_ID: Final = "user_id"
ITEM_ID: Final = "item_id"
ACTION: Final = "action"
OCCURRED_AT: Final = "occurred_at"
POSITION: Final = "position"
IMPRESSION: Final = "impression"
"""The action of feedback by which an item was shown."""
VALUE: Final = "value"
DOMAIN: Final = "domain"
EVENT_ID: Final = "event_id"
SPLIT: Final = "split"
"""Optional: what an event is for in an evaluation; see `recsys.evaluation.protocols.given_split`."""
EVENTS: Final = (USER_ID, ITEM_ID, ACTION, OCCURRED_AT, VALUE, DOMAIN, EVENT_ID)

TITLE: Final = "title"
CATEGORY: Final = "category"
DESCRIPTION: Final = "description"
AVAILABLE: Final = "available"
IMAGE_URI: Final = "image_uri"
TEXT: Final = "text"
ITEMS: Final = (ITEM_ID, TITLE, CATEGORY, DESCRIPTION, DOMAIN, AVAILABLE, IMAGE_URI, TEXT)

FOLLOWER_ID: Final = "follower_id"
FOLLOWEE_ID: Final = "followee_id"
WEIGHT: Final = "weight"
FOLLOWS: Final = (FOLLOWER_ID, FOLLOWEE_ID, WEIGHT)

PEOPLE: Final = (USER_ID, FOLLOWER_ID, FOLLOWEE_ID)
"""Columns that hold the id of a user."""

TABLE: Final = "table"
ROW: Final = "row"
REASON: Final = "reason"
CONTENT: Final = "content"
QUARANTINE: Final = (TABLE, ROW, REASON, CONTENT)

RANK: Final = "rank"
SCORE: Final = "score"
ITEM_IDS: Final = "item_ids"
SCORES: Final = "scores"
REASONS: Final = "reasons"
TERMS: Final = "terms"
RECOMMENDATIONS: Final = (USER_ID, RANK, ITEM_ID, SCORE, REASON)

KIND: Final = "kind"
KEY: Final = "key"
SIMILAR: Final = "similar"
NEXT: Final = "next"
POPULAR: Final = "popular"
TRENDING: Final = "trending"
ITEM_LISTS: Final = (KIND, KEY, ITEM_IDS, SCORES)
ITEM_LIST_KINDS: Final = (SIMILAR, NEXT, POPULAR, TRENDING)
"""What a list of items is of: the first two have the id of an item as key, the others a category, or "" for all."""

HISTORY: Final = "history"
SIDE: Final = "side"
LISTED: Final = "listed"
MADE_ON: Final = "made_on"
PROVENANCE: Final = (USER_ID, HISTORY, SIDE, LISTED, MADE_ON)

ARM: Final = "arm"
RECSYS: Final = "recsys"
NO_TRANSFER: Final = "recsys without transfer"
SEGMENT: Final = "segment"
EVIDENCE: Final = "evidence"
ALPHA: Final = "alpha"
OBSERVED: Final = "observed"
TRANSFERRED: Final = "transferred"
DONOR: Final = "donor"
TRACE: Final = (USER_ID, EVIDENCE, SEGMENT, ALPHA, OBSERVED, TRANSFERRED)
