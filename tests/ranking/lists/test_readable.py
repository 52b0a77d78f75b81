"""Reasons as a reader meets them, of a made-up shop whose catalogue has markup in its titles."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from benchmarks.scale import shop
from benchmarks.scale.sizes import Size
from recsys import batch
from tests.brief import brief_training

SIZE = Size("readable", 150, 4_500, 200)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> shop.Shop:
    return shop.make(tmp_path_factory.mktemp("shops") / "one", SIZE, seed=3)


@pytest.fixture(scope="module")
@brief_training()
def lines(made: shop.Shop, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Recommendations of users with five positives or more."""
    items = pd.read_parquet(made.items)
    marked = items.assign(title="<b>" + items["title"] + "</b> &amp;" + ' more<br class="x" />')
    events = pd.read_parquet(made.events)
    found = batch.recommend(events, marked, overrides=[f"store={tmp_path_factory.mktemp('store')}"])
    known = events.groupby("user_id")["item_id"].nunique()
    return found[found["user_id"].map(known) >= 5]


def bare(phrase: str) -> str:
    """The phrase with what it names taken out."""
    return re.sub(
        r"(goes together with|chosen by others after|seen by others soon after|described like|"
        r"fits your interest in|from .*, which you may like) .*",
        r"\1",
        phrase,
    )


def test_most_lines_name_an_item_or_an_interest_of_the_user(lines: pd.DataFrame) -> None:
    of_theirs = r"(?:goes together with|after|described like|fits your interest in) "
    assert lines["reason"].str.contains(of_theirs).mean() >= 0.6


def test_no_phrase_stands_in_more_than_two_fifths_of_the_lines(lines: pd.DataFrame) -> None:
    phrases = Counter(bare(phrase) for reason in lines["reason"] for phrase in reason.split("; "))
    assert len(phrases) >= 5
    assert max(phrases.values()) <= 0.4 * len(lines), phrases


def test_no_title_is_named_in_every_line_of_a_list(lines: pd.DataFrame) -> None:
    titles = lines["reason"].str.extractall(r"(?:with|after|like) ([A-Z][^;]* & more)")[0].groupby(level=0).agg(set)
    named = lines.assign(titles=titles).groupby("user_id")["titles"].agg(list)
    often = [
        max(Counter(title for line in of_user if isinstance(line, set) for title in line).values(), default=0)
        for of_user in named
    ]
    assert np.mean(np.array(often) == 10) < 0.01
    assert np.mean(often) > 0


def test_a_reason_holds_words_alone(lines: pd.DataFrame) -> None:
    """No number of a term, no markup of a title."""
    assert not lines["reason"].str.contains(r"[<>]|&amp;|[+-]\d\.\d\d|the rest").any()
