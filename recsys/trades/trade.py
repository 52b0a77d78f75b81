"""What settings suit a trade: weights of its actions, what is done again, how fast things age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from recsys.errors import SettingsError
from recsys.settings.data import ACTION_WEIGHTS


@dataclass(frozen=True)
class Line:
    """A setting of a settings file, and why it is as it is."""

    name: str
    """With its section, such as `lists.top_n`."""
    value: object
    why: str


@dataclass(frozen=True)
class Trade:
    """Settings of a trade."""

    about: str
    default_action: str
    """Of files that have no column of actions and no ratings."""
    weights: Mapping[str, float] = field(default_factory=dict)
    lines: Sequence[Line] = ()


def _line_of_repeatable(actions: Sequence[str], why: str) -> Line:
    return Line("events.repeatable_actions", ["impression", *actions], why)


TRADES: Mapping[str, Trade] = MappingProxyType(
    {
        "ecommerce": Trade(
            "a shop: people view, put into a cart, buy and return",
            "buy",
            {
                "impression": 0.0,
                "view": 0.2,
                "click": 0.3,
                "cart": 0.6,
                "wishlist": 0.6,
                "review": 1.0,
                "buy": 1.0,
                "remove_from_cart": -0.3,
                "return": -1.0,
            },
            (
                _line_of_repeatable(["view", "click"], "what was only looked at may come again"),
                Line("events.half_life_days", 180.0, "wants change with the season"),
                Line("transfer.popularity_half_life_days", 30.0, "what sells this month"),
                Line("lists.max_per_category", 4, "no list of one kind of thing; 0: any number"),
            ),
        ),
        "social": Trade(
            "a network: people like, share, follow and mute",
            "like",
            {
                "impression": 0.0,
                "view": 0.2,
                "click": 0.3,
                "dwell": 0.5,
                "comment": 0.8,
                "like": 1.0,
                "share": 1.0,
                "follow": 1.0,
                "hide": -0.5,
                "mute": -1.0,
                "dislike": -1.0,
            },
            (
                Line("events.half_life_days", 60.0, "posts and tastes age within weeks"),
                Line("transfer.popularity_half_life_days", 3.0, "what is talked about these days"),
                Line(
                    "transfer.neighbours", 100, "many similar people; follows join in where source.follows names them"
                ),
                Line("transfer.min_cohort", 50, "people who must share an attribute before it is used"),
            ),
        ),
        "music": Trade(
            "music: people play, replay, save and skip",
            "listen",
            {
                "play": 0.7,
                "listen": 0.7,
                "replay": 1.0,
                "save": 1.0,
                "like": 1.0,
                "share": 0.8,
                "skip": -0.5,
                "dislike": -1.0,
            },
            (
                _line_of_repeatable(["play", "listen", "replay", "skip"], "people return to what they have heard"),
                Line("events.half_life_days", 365.0, "taste in music changes slowly"),
                Line("transfer.popularity_half_life_days", 60.0, "charts of two months"),
            ),
        ),
        "news": Trade(
            "news: people are shown headlines, click, and stay or leave",
            "click",
            {
                "impression": 0.0,
                "history": 0.5,
                "click": 0.6,
                "dwell": 1.0,
                "read": 1.0,
                "comment": 0.8,
                "share": 1.0,
                "hide": -0.5,
            },
            (
                Line("events.half_life_days", 30.0, "interests of the last weeks"),
                Line("transfer.popularity_half_life_days", 2.0, "what is news today"),
                Line("lists.exploration", 0.1, "a tenth of a list goes to fitting stories with few readers"),
                Line("ranking.learn_every_days", 1, "news of yesterday teach nothing about those of next week"),
            ),
        ),
        "generic": Trade("anything", "view", dict(ACTION_WEIGHTS)),
    }
)


def trade(name: str) -> Trade:
    """The trade of a name; raises `SettingsError` where there is none."""
    if name not in TRADES:
        raise SettingsError(
            "there is no such trade",
            where="--trade",
            seen=name,
            expected=", ".join(TRADES),
            remedy="choose one of these; generic fits anything",
        )
    return TRADES[name]
