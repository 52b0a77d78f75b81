"""Made-up data of a trade: its actions and its way of using items, up to a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from recsys.demo.planted import social
from recsys.demo.planted.catalogue import items, tastes
from recsys.evaluation.metrics import Values
from recsys.schema import ACTION, AVAILABLE, CATEGORY, DOMAIN, ITEM_ID, OCCURRED_AT, USER_ID

PEOPLE, PER_TOPIC = 200, 40
DAYS = 60
SEED: Final = 20
NEWS_DAYS, FRESH_DAYS = 20, 3
"""Days over which stories are published, and days for which a story can be read."""
DEPARTMENTS: Mapping[str, Sequence[str]] = {
    "home": ("baking", "gardening", "knitting"),
    "sport": ("climbing", "cycling", "sailing"),
    "leisure": ("astronomy", "chess", "jazz", "photography"),
}
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
Step = tuple[str, float]
"""An action, and seconds since the action before it."""


@dataclass(frozen=True)
class Tables:
    """The tables of a trade; users and follows where it has them."""

    events: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame | None = None
    follows: pd.DataFrame | None = None


@dataclass(frozen=True)
class Visit:
    """What a person did with an item, in this order."""

    person: int
    item: int
    start: float
    """Seconds before the end of the last day."""
    steps: Sequence[Step]


def music(last: date, rng: np.random.Generator) -> Tables:
    """People play tracks, repeat most of what fits them, save some, and skip what does not fit."""
    tracks = items(PER_TOPIC, rng)
    return Tables(_events(_listened(tastes(PEOPLE, PER_TOPIC, rng), rng), tracks, last), tracks)


def _listened(liking: Values, rng: np.random.Generator) -> Iterator[Visit]:
    for person, taste in enumerate(liking):
        for item in rng.choice(len(taste), 15, replace=False, p=taste):
            again = [("replay", DAY * rng.uniform(0.5, 5)) for _ in range(rng.poisson(1.5))]
            saved = [("save", MINUTE)] if rng.random() < 0.2 else []
            yield Visit(person, item, _moment(rng), [("play", 0.0), *saved, *again])
        for item in rng.choice(len(taste), 3, replace=False):
            yield Visit(person, item, _moment(rng), [("play", 0.0), ("skip", MINUTE / 2)])


def shop(last: date, rng: np.random.Generator) -> Tables:
    """People view, some put into the cart, some buy, and a few return; a department is a domain."""
    of_topic = {topic: name for name, topics in DEPARTMENTS.items() for topic in topics}
    goods = items(PER_TOPIC, rng)
    goods = goods.assign(**{DOMAIN: goods[CATEGORY].map(of_topic)})
    visits = _shopped(tastes(PEOPLE, PER_TOPIC, rng), rng)
    return Tables(_events(visits, goods, last), goods)


def _shopped(liking: Values, rng: np.random.Generator) -> Iterator[Visit]:
    funnel: Sequence[Step] = [("view", 0.0), ("cart", 3 * MINUTE), ("buy", 20 * MINUTE), ("return", 6 * DAY)]
    for person, taste in enumerate(liking):
        for item in rng.choice(len(taste), 25, replace=False, p=taste):
            reached = 1 + int(np.searchsorted([0.45, 0.6, 0.95], rng.random()))
            yield Visit(person, item, _moment(rng), funnel[:reached])


def news(last: date, rng: np.random.Generator) -> Tables:
    """Stories that can be read for three days: people are shown them, click, and stay or hide them."""
    stories = items(PER_TOPIC, rng)
    age = rng.uniform(0, NEWS_DAYS, len(stories)) * DAY
    visits = _read(tastes(PEOPLE, PER_TOPIC, rng), age, rng)
    return Tables(_events(visits, stories, last), stories.assign(**{AVAILABLE: age < FRESH_DAYS * DAY}))


def _read(liking: Values, age: Values, rng: np.random.Generator) -> Iterator[Visit]:
    """`age`: seconds before the end of the last day at which each story was published."""
    rests: Sequence[Sequence[Step]] = ([], [("click", 5.0)], [("click", 5.0), ("dwell", MINUTE)], [("hide", 5.0)])
    for person, taste in enumerate(liking):
        for item in rng.choice(len(taste), 25, replace=False, p=taste):
            start = age[item] - rng.uniform(0, min(FRESH_DAYS * DAY, age[item]))
            rest = rests[rng.choice(len(rests), p=(0.3, 0.3, 0.35, 0.05))]
            yield Visit(person, item, start, [("impression", 0.0), *rest])


def network(last: date, rng: np.random.Generator) -> Tables:
    """The network of `social.world`, with shares beside likes, and mutes of posts by chance."""
    truth = social.world(last)
    shared = truth.events.sample(frac=0.2, random_state=rng).assign(**{ACTION: "share"})
    muted = truth.events.sample(frac=0.05, random_state=rng).assign(**{ACTION: "mute"})
    muted[ITEM_ID] = rng.permutation(muted[ITEM_ID].to_numpy())
    known = pd.concat([truth.events, shared, muted], ignore_index=True)
    return Tables(known, truth.items, truth.users, truth.follows)


PLANTED: Mapping[str, Callable[[date, np.random.Generator], Tables]] = MappingProxyType(
    {"music": music, "social": network, "ecommerce": shop, "news": news}
)
"""The maker of each trade's data."""


def made(trade: str, last: date) -> Tables:
    """The data of a trade up to a day, the same each time."""
    return PLANTED[trade](last, np.random.default_rng(SEED))


def _moment(rng: np.random.Generator) -> float:
    return float(rng.uniform(MINUTE, DAYS * DAY))


def _events(visits: Iterator[Visit], catalogue: pd.DataFrame, last: date) -> pd.DataFrame:
    """The steps of all visits, without those after the end of the last day."""
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    names, rows = catalogue[ITEM_ID].tolist(), []
    for visit in visits:
        seconds = visit.start
        for action, after in visit.steps:
            seconds -= after
            if seconds > 0:
                rows.append((f"person{visit.person:03d}", names[visit.item], action, end - timedelta(seconds=seconds)))
    return pd.DataFrame(rows, columns=[USER_ID, ITEM_ID, ACTION, OCCURRED_AT])
