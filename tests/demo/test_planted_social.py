from datetime import date

import pandas as pd
import pytest

from recsys.demo.planted import social
from recsys.demo.planted.catalogue import TOPICS

LAST = date(2026, 1, 31)


@pytest.fixture(scope="module")
def truth() -> social.World:
    return social.world(LAST)


def topics_of(truth: social.World, item_ids: pd.Series) -> pd.Series:
    return item_ids.map(truth.items.set_index("item_id")["category"])


def test_a_title_has_words_of_its_own_topic_alone_and_no_two_are_the_same(truth: social.World) -> None:
    assert all(
        {*title.lower().split()} < {*TOPICS[topic]}
        for title, topic in zip(truth.items["title"], truth.items["category"], strict=True)
    )
    assert not truth.items["title"].map(lambda title: frozenset(title.lower().split())).duplicated().any()
    words = [word for topic in TOPICS.values() for word in topic]
    assert len(words) == len({*words})


def test_new_users_have_one_event_or_none_and_established_people_a_history(truth: social.World) -> None:
    counts = truth.events.groupby("user_id").size().reindex(truth.users["user_id"], fill_value=0)
    assert counts[truth.new].tolist() == [0, 1] * 50
    assert counts.drop(truth.new).tolist() == [20] * 200


def test_people_like_their_main_topic_most_and_follow_established_people_along_it(truth: social.World) -> None:
    main = {person: taste[0] for person, taste in truth.tastes.items()}
    liked = topics_of(truth, truth.events["item_id"]) == truth.events["user_id"].map(main)
    assert 0.5 < liked.mean() < 0.7
    follows = truth.follows
    same = follows["follower_id"].map(main) == follows["followee_id"].map(main)
    assert 0.75 < same.mean() < 0.9
    assert not follows["followee_id"].isin(truth.new).any()
    assert (follows["follower_id"] != follows["followee_id"]).all()
    assert not follows.duplicated().any()


def test_what_new_users_like_later_is_not_among_the_events(truth: social.World) -> None:
    assert truth.later.groupby("user_id").size().tolist() == [10] * 100
    assert len(truth.later.merge(truth.events, on=["user_id", "item_id"])) == 0


def test_the_world_is_the_same_each_time_and_ends_with_the_day(truth: social.World) -> None:
    pd.testing.assert_frame_equal(social.world(LAST).events, truth.events)
    assert truth.events["occurred_at"].dt.date.max() == LAST
    assert truth.events.groupby("user_id")["occurred_at"].is_monotonic_increasing.all()
    assert len(truth.events) == 200 * 20 + 50
