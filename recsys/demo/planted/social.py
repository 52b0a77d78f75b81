"""A made-up social network: posts of ten topics, people who follow others of their taste, and new users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from recsys.demo.planted.catalogue import TOPICS, items, liking, topics
from recsys.evaluation.metrics import Values
from recsys.schema import ACTION, FOLLOWEE_ID, FOLLOWER_ID, ITEM_ID, OCCURRED_AT, USER_ID

ESTABLISHED, NEW = 200, 100
"""People with a history, and new users."""
POSTS_A_TOPIC = 40
LIKES, LATER = 20, 10
"""Likes of an established person; likes of a new user after the day."""
FOLLOWED = 6
"""People whom everybody follows, all of them established."""
ALONG_TASTE = 0.85
"""Share of follows that go to people of the same main topic; the others go to anybody."""
DAYS = 60
SEED: Final = 20


@dataclass(frozen=True)
class World:
    """The network up to a day, and its truth."""

    events: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame
    follows: pd.DataFrame
    tastes: dict[str, tuple[str, str]]
    """Main and second topic of each person."""
    new: list[str]
    """New users: every other new user has no event, the others have one event."""
    later: pd.DataFrame
    """What new users like after the day, which nothing that is fitted sees: `user_id`, `item_id`."""


def world(last: date, seed: int = SEED) -> World:
    """The network as it is at the end of the day."""
    rng = np.random.default_rng(seed)
    posts = items(POSTS_A_TOPIC, rng)
    main, second = topics(ESTABLISHED + NEW, rng)
    ids = [f"person{number:03d}" for number in range(ESTABLISHED)] + [f"new{number:03d}" for number in range(NEW)]
    liked = [_likes(taste, LIKES, rng) for taste in liking(main, second, POSTS_A_TOPIC)]
    seen = [LIKES] * ESTABLISHED + [number % 2 for number in range(NEW)]
    names, of_number = np.array(posts[ITEM_ID], object), list(TOPICS)
    return World(
        events=_events([(ids[row], names[liked[row][:count]]) for row, count in enumerate(seen)], last, rng),
        items=posts,
        users=pd.DataFrame({USER_ID: ids}),
        follows=_follows(ids, main, rng),
        tastes={name: (of_number[main[row]], of_number[second[row]]) for row, name in enumerate(ids)},
        new=ids[ESTABLISHED:],
        later=pd.DataFrame(
            [
                (ids[row], item)
                for row in range(ESTABLISHED, len(ids))
                for item in names[liked[row][seen[row] : seen[row] + LATER]]
            ],
            columns=[USER_ID, ITEM_ID],
        ),
    )


def _likes(taste: Values, count: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of different posts, in the order in which they are liked."""
    return rng.choice(len(taste), count, replace=False, p=taste)


def _events(liked: list[tuple[str, np.ndarray]], last: date, rng: np.random.Generator) -> pd.DataFrame:
    """A like for each post, in their order, within the last `DAYS` days."""
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    rows = [
        (user, item, "like", end - timedelta(seconds=float(before)))
        for user, posts in liked
        for item, before in zip(posts, _seconds(len(posts), rng), strict=True)
    ]
    return pd.DataFrame(rows, columns=[USER_ID, ITEM_ID, ACTION, OCCURRED_AT])


def _seconds(count: int, rng: np.random.Generator) -> Values:
    """Seconds before the end of the last day, the longest first."""
    return np.asarray(np.sort(rng.uniform(60, DAYS * 86_400, count))[::-1], np.float64)


def _follows(ids: list[str], main: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for row, follower in enumerate(ids):
        others = np.delete(np.arange(ESTABLISHED), row) if row < ESTABLISHED else np.arange(ESTABLISHED)
        same = main[others] == main[row]
        weight = np.where(same, ALONG_TASTE / same.sum(), (1 - ALONG_TASTE) / (~same).sum())
        rows += [(follower, ids[other]) for other in rng.choice(others, FOLLOWED, replace=False, p=weight)]
    return pd.DataFrame(rows, columns=[FOLLOWER_ID, FOLLOWEE_ID])
