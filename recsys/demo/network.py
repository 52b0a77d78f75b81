"""Where transfer pays: new users of a made-up social network, with and without transfer from the people they follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

import numpy as np
import pandas as pd
from rich.console import Console
from rich.markup import escape

from recsys.demo.page import TITLE_STYLE, shares_in_words, table
from recsys.demo.planted.social import World, world
from recsys.demo.quality import cell
from recsys.demo.user_summaries import Shares
from recsys.evaluation import bootstrap, metrics
from recsys.library import ids
from recsys.library.explanation import Explanation
from recsys.library.recommender import Recommender, fit
from recsys.ranking.lists import baselines
from recsys.ranking.ranker import stage as ranker_stage
from recsys.schema import (
    ARM,
    CATEGORY,
    FOLLOWEE_ID,
    FOLLOWER_ID,
    ITEM_ID,
    ITEM_IDS,
    NO_TRANSFER,
    OBSERVED,
    REASON,
    TITLE,
    TRANSFERRED,
    USER_ID,
)

K = 10
RESAMPLES, SEED = 1000, 0
COLUMNS = ("new users", "users", "with transfer", "without transfer", "ratio")
ABOUT = """
[bold]Where transfer pays: a made-up social network[/]
{people} people like posts of {topics} topics, mostly of two of their own, and follow {followed} others each, mostly of
their taste. {new} are new: they have one event or none. What they like next is known, and kept from the models."""
Lists = Mapping[str, Sequence[str]]
"""Items of each user, best first."""


@dataclass(frozen=True)
class Compared:
    """Lists of new users with and without transfer, and the user to look at."""

    truth: World
    with_transfer: Lists
    without: Lists
    shown: Explanation


def compare(last: date, store: str) -> Compared:
    """A fit on the network; both of its arms answer for its new users."""
    truth = world(last)
    fitted = fit(truth.events, truth.items, truth.users, truth.follows, as_of=last, overrides=[f"store={store}"])
    recommended = fitted.recommend(truth.new).groupby(USER_ID)[ITEM_ID].agg(list).to_dict()
    without = _without_transfer(fitted, truth.new)
    return Compared(truth, recommended, without, fitted.explain(example(truth, recommended, without)))


def _without_transfer(recommender: Recommender, users: Sequence[str]) -> Lists:
    """Lists of the arm that learnt to do without transfer, from the same models."""
    fitted = recommender.fitted
    requests = fitted.requests(ids.user_rows(users, fitted.known.user_ids))
    learnt = ranker_stage.read(fitted.made["ranker"])
    made = baselines.lists(fitted.models, learnt.without_transfer, requests, fitted.settings)
    rows = made.loc[made[ARM] == NO_TRANSFER, ITEM_IDS]
    return {user: list(fitted.known.item_ids[row[row >= 0]]) for user, row in zip(users, rows, strict=True)}


def example(truth: World, with_transfer: Lists, without: Lists) -> str:
    """The new user whose only event is not of their main topic, and most of whose list transfer fills otherwise."""
    topic_of = dict(zip(truth.items[ITEM_ID], truth.items[CATEGORY], strict=True))
    misled = [
        str(user)
        for user, item in zip(truth.events[USER_ID], truth.events[ITEM_ID], strict=True)
        if user in with_transfer and topic_of[item] != truth.tastes[user][0]
    ]
    return max(sorted(misled), key=lambda user: len({*with_transfer[user]} - {*without[user]}))


def gains(truth: World, with_transfer: Lists, without: Lists) -> list[list[str]]:
    """New users with no event, with one event, and all: `COLUMNS`, NDCG@10 and ratio with 95% intervals."""
    later = truth.later.groupby(USER_ID)[ITEM_ID].agg(set)
    values = np.array(
        [
            _ndcg([lists[user] for user in truth.new], [later[user] for user in truth.new])
            for lists in (with_transfer, without)
        ]
    )
    has_event = np.isin(truth.new, truth.events[USER_ID].unique())
    groups = {"without an event": ~has_event, "with one event": has_event, "all": has_event | True}
    return [[name, *_gain(values[:, selected])] for name, selected in groups.items()]


def _ndcg(lists: Sequence[Sequence[str]], wanted: Sequence[set[str]]) -> metrics.Values:
    found = np.array(
        [
            [float(item in items) for item, _ in zip_longest(listed[:K], range(K))]
            for listed, items in zip(lists, wanted, strict=True)
        ]
    )
    return metrics.ndcg(found, np.array([len(items) for items in wanted], float))


def _gain(values: metrics.Values) -> list[str]:
    """`values` are NDCG@10 with and without transfer, (2, n_users)."""
    drawn = bootstrap.draws(values.shape[1], RESAMPLES, SEED)
    both = [cell(dict(zip(("value", "low", "high"), bootstrap.interval(arm, drawn), strict=True))) for arm in values]
    ratio, low, high = bootstrap.ratio(values[0], values[1], drawn)
    return [str(values.shape[1]), *both, f"{ratio:.2f} [{low:.2f}, {high:.2f}]"]


def show(found: Compared, console: Console) -> None:
    """Prints how much transfer brings new users, and an example before and after it."""
    truth = found.truth
    about = {
        "people": len(truth.users),
        "new": len(truth.new),
        "topics": truth.items[CATEGORY].nunique(),
        "followed": int(truth.follows.groupby(FOLLOWER_ID).size().median()),
    }
    console.print(ABOUT.format(**about), highlight=False)
    rows = gains(truth, found.with_transfer, found.without)
    console.print(table("NDCG@10 of their lists, with 95% intervals over users", COLUMNS, rows))
    show_person(truth, found.shown, found.without[found.shown.user_id], console)


def show_person(truth: World, shown: Explanation, without: Sequence[str], console: Console) -> None:
    """Prints one new user: whom they follow, interests before and after, and both lists side by side."""
    user = str(shown.user_id)
    liked = truth.events.loc[truth.events[USER_ID] == user, ITEM_ID]
    followed = truth.follows.loc[truth.follows[FOLLOWER_ID] == user, FOLLOWEE_ID]
    lines = {
        "likes": f"{' and '.join(truth.tastes[user])} (which nobody tells the models)",
        "has liked": "; ".join(_named(truth, liked)) or "nothing yet",
        "follows": "; ".join(_by_topic(truth, followed)),
        "before": shares_in_words(_top(shown.interests, OBSERVED)) or "unknown",
        "after": shares_in_words(_top(shown.interests, TRANSFERRED)),
        "made of": escape(shown.summary),
    }
    console.print(f"\n[{TITLE_STYLE}]{escape(user)}[/], whose only event is not of their main topic", highlight=False)
    for name, text in lines.items():
        console.print(f"  {name:<10} {text}", highlight=False)
    rows = _side_by_side(truth, user, shown.items, without)
    console.print(table("", ["", "with transfer (+: liked later)", "reason", "without transfer"], rows))


def _side_by_side(truth: World, user: str, items: pd.DataFrame, without: Sequence[str]) -> list[list[str]]:
    later = {*truth.later.loc[truth.later[USER_ID] == user, ITEM_ID]}
    both = [
        [f"{name} +" if item in later else name for item, name in zip(listed, _named(truth, listed), strict=True)]
        for listed in (items[ITEM_ID], without)
    ]
    together = zip_longest(both[0], items[REASON], both[1], fillvalue="")
    return [[str(rank), name, reason, other] for rank, (name, reason, other) in enumerate(together, start=1)]


def _named(truth: World, item_ids: Sequence[str] | pd.Series) -> list[str]:
    """Titles of items, with their topics."""
    known = truth.items.set_index(ITEM_ID)
    return [f"{known.at[item, TITLE]} ({known.at[item, CATEGORY]})" for item in item_ids]


def _by_topic(truth: World, people: Sequence[str] | pd.Series) -> list[str]:
    """People with their main topic, the topic of most first."""
    topics = pd.Series({person: truth.tastes[person][0] for person in people})
    counts = topics.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return [f"{', '.join(sorted(topics.index[topics == topic]))} (who like {topic})" for topic in counts.index]


def _top(interests: pd.DataFrame, column: str, most: int = 3) -> Shares:
    best = interests.sort_values(column, ascending=False, kind="stable").head(most)
    return [(str(name), float(share)) for name, share in zip(best["interest"], best[column], strict=True)]
