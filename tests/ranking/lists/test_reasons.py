from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now
from recsys.ranking.candidates import Candidates
from recsys.ranking.context import request_facts
from recsys.ranking.lists.phrases import SENTENCES
from recsys.ranking.lists.reasons import Explainer, Reason
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.lists.terms import Terms, grouped
from recsys.ranking.lists.wording import PHRASES
from recsys.ranking.ranker.blend import Blend
from recsys.ranking.ranker.experts import Ranker
from recsys.ranking.ranker.routing import EXPERTS
from recsys.ranking.ranker.trees import Trees
from recsys.ranking.signals.contract import Phrases, Signal, Spec
from recsys.ranking.signals.donor_items import PEOPLE
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.ranking.signals.text import TEXT
from recsys.ranking.signals.transitions import ATTENTION, TRANSITIONS
from tests.ranking.ranker import literal

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

History = Callable[..., Interactions]
ROUNDING = 0.005 * (PHRASES + 1) + 1e-4
NUMBER = r" ([+-]\d+\.\d\d)(?:; |$)"
WALK = Spec("popularity", "item-to-item", Phrases("found by a walk", "由漫步推荐"))
"""A signal of an unlucky name, known to no list of phrases."""


@dataclass(frozen=True)
class Term:
    """What is added to a score, what its signal says of the item, and whether it nominated it."""

    spec: Spec | None
    value: float
    signal: float = 1.0
    nominated: bool = True


def named(shop: Shop, name: str, value: float, signal: float = 1.0) -> Term:
    return Term(next(found.spec for found in shop.models.signals if found.spec.name == name), value, signal)


def explainer(shop: Shop, requests: Requests, signals: Sequence[Signal] = ()) -> Explainer:
    profiles = shop.models.transfer.profiles(requests)
    return Explainer(signals or shop.models.signals, requests, profiles, shop.words)


def said(shop: Shop, by: Explainer, row: int, item: int, terms: Sequence[Term], explored: bool = False) -> Reason:
    """The reason for one item."""
    shown = Candidates(
        np.array([row], np.int32),
        np.array([item], np.int32),
        np.zeros((1, 0), np.float32),
        (),
        request_facts(by.requests, shop.models.facts),
        np.array([False]),
    )
    signal = np.array([[term.signal if term.spec else 0 for term in terms]], np.float32)
    made = Terms(
        tuple(term.spec.name if term.spec else "fact" for term in terms),
        tuple(term.spec for term in terms),
        np.array([[term.value for term in terms]], np.float32),
        signal,
        (signal > 0) & np.array([[term.nominated for term in terms]]),
    )
    return by.reasons(shown, made, np.array([explored]))[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_numbers_beside_every_reason_sum_to_the_score_and_none_is_in_the_reason(shop: Shop, language: str) -> None:
    lists = shop.settings.lists.model_copy(update={"reason_language": language})
    settings = shop.settings.model_copy(update={"lists": lists})
    for shown, reasons in zip(*recommend(shop.models, shop.ranker, shop.everyone(), settings, shop.words), strict=True):
        for score, reason in zip(shown.score, reasons, strict=True):
            numbers = [float(found) for found in re.findall(NUMBER, reason.terms)]
            assert len(numbers) == len(re.split("; |；", reason.text)) + 1
            assert sum(numbers) == pytest.approx(score, abs=ROUNDING)
            assert not re.search(r"[+-]\d|the rest|其他", reason.text)


@pytest.mark.parametrize(
    ("title", "asked", "chinese"),
    [
        ("Title {}", "auto", False),
        ("第{}个炒锅", "auto", True),
        ("{}の鍋", "auto", False),
        ("第{}个炒锅", "en", False),
        ("Title {}", "zh", True),
    ],
)
def test_reasons_are_in_the_language_of_the_titles_unless_another_is_asked_for(
    shop: Shop, title: str, asked: str, chinese: bool
) -> None:
    words = replace(shop.words, titles=[title.format(item) for item in range(len(shop.words.titles))])
    lists = shop.settings.lists.model_copy(update={"reason_language": asked})
    settings = shop.settings.model_copy(update={"lists": lists})
    one = shop.everyone().part(np.zeros(1, np.int32))
    _, (reasons,) = recommend(shop.models, shop.ranker, one, settings, words)
    assert reasons
    ours = [re.sub(r"第\d+个炒锅|\d+の鍋|Title \d+|(even|odd) things", "", reason.text) for reason in reasons]
    assert all(bool(re.search("[a-z]", text)) != chinese for text in ours)
    assert any(re.search("[\u4e00-\u9fff]", text) for text in ours) == chinese


def test_titles_in_reasons_are_of_the_users_own_history(shop: Shop) -> None:
    requests, told = shop.everyone(), 0
    for row, reasons in enumerate(shop.recommend(requests)[1]):
        titles = {f"Title {item}" for item in requests.history.item[requests.history.user == row]}
        found = set(re.findall(r"Title \d+", " ".join(reason.text for reason in reasons)))
        assert found <= titles
        told += len(found)
    assert told > len(requests) // 2


def test_items_of_the_users_own_group_are_shown_for_their_own_interest(shop: Shop) -> None:
    told, weights = 0, tuple(float(signal.spec.name == "own interests") for signal in shop.models.signals)
    expert = Trees(Blend(weights, weights), (), ())
    by_interests = replace(shop, ranker=Ranker((expert,) * len(EXPERTS)))
    for row, (shown, reasons) in enumerate(
        zip(*by_interests.recommend(shop.everyone().part(np.arange(22, dtype=np.int32))), strict=True)
    ):
        theirs = [reason.text for item, reason in zip(shown.item, reasons, strict=True) if item % 2 == row % 2]
        found = re.findall(r"(even|odd) things", " ".join(theirs))
        assert set(found) <= {"odd" if row % 2 else "even"}
        told += len(found)
    assert told > 22


def test_an_unknown_user_is_never_told_of_what_they_chose(
    shop: Shop, unknown_user: Callable[[int, float], Requests]
) -> None:
    _, (reasons,) = shop.recommend(unknown_user(24, 100.0))
    assert reasons
    for reason in reasons:
        assert not re.search("you know|your|Title", reason.text)


def test_the_largest_terms_whose_signals_are_above_0_are_named(shop: Shop) -> None:
    terms = [
        named(shop, "ease", 0.9, 0),
        named(shop, "popularity", 0.5),
        named(shop, "recent popularity", 0.1),
        named(shop, "neighbours' items", 0.3),
        Term(PEOPLE["follows"], 0.2),
        named(shop, "text", -0.25),
        Term(None, 2.0),
        Term(None, 1.0),
        Term(None, -0.05),
    ]
    reason = said(shop, explainer(shop, shop.everyone()), 0, 2, terms)
    assert reason == (
        "popular overall; chosen by people with a taste like yours",
        "popularity +0.50; neighbours' items +0.30; rest +3.90",
    )


def test_what_names_an_item_or_an_interest_stands_first_and_the_largest_of_all_others_second(shop: Shop) -> None:
    terms = [named(shop, "popularity", 0.5), named(shop, "own interests", 0.02), named(shop, "neighbours' items", 0.3)]
    reason = said(shop, explainer(shop, shop.everyone()), 0, 2, terms)
    assert reason.text == "fits your interest in even things; popular overall"
    assert reason.terms == "own interests +0.02; popularity +0.50; rest +0.30"


def test_a_phrase_that_names_nothing_stands_only_where_its_signal_nominated_the_item(shop: Shop) -> None:
    """The least popular item has a popularity above 0 too."""
    terms = [replace(named(shop, "popularity", 0.5), nominated=False), named(shop, "neighbours' items", 0.3)]
    assert said(shop, explainer(shop, shop.everyone()), 0, 2, terms).text == "chosen by people with a taste like yours"


def test_where_no_phrase_is_true_the_reason_is_the_score_as_a_whole(shop: Shop) -> None:
    terms = [named(shop, "ease", 0.5, 0), named(shop, "popularity", 0.004), Term(None, -1.0)]
    reason = said(shop, explainer(shop, shop.everyone()), 0, 2, terms)
    assert reason == ("a good match overall", "rest -0.50")


def test_a_signal_is_called_by_what_it_declares_and_not_by_its_name(shop: Shop) -> None:
    """It shares its name with another, whose phrase stays its own."""
    by = explainer(shop, shop.everyone())
    reason = said(shop, by, 0, 2, [Term(WALK, 0.5), named(shop, "popularity", 0.25)])
    assert reason.text == "found by a walk; popular overall"


def test_an_interest_is_named_by_what_the_user_and_the_item_share(shop: Shop) -> None:
    everyone = explainer(shop, shop.everyone())
    terms = [named(shop, "own interests", 0.2, 5), named(shop, "transferred interests", 0.1, 4)]
    assert said(shop, everyone, 0, 2, terms).text == "fits your interest in even things"
    assert said(shop, everyone, 1, 3, terms).text == "fits your interest in odd things"
    assert said(shop, everyone, 1, 3, terms[1:]).text == "from odd things, which you may like"


def test_of_an_interest_with_categories_these_are_named(shop: Shop) -> None:
    words = replace(shop.words, interests=["Sci-Fi, Action: 2010s, star", "odd things"])
    reason = said(shop, explainer(replace(shop, words=words), shop.everyone()), 0, 2, [named(shop, "own interests", 1)])
    assert reason.text == "fits your interest in Sci-Fi, Action"


def linked() -> list[ItemToItem]:
    """Item 0 leads to item 5 with 1, item 1 with 0.9."""
    links = sp.csr_matrix((np.array([1, 0.9], np.float32), ([0, 1], [5, 5])), shape=(24, 24))
    return [
        ItemToItem(TRANSITIONS, links, fade=0.8),
        ItemToItem(TEXT, links, latest=30),
        ItemToItem(ATTENTION, links, fade=0.9, every_event=True),
    ]


def _after(shop: Shop, requests: Requests, spec: Spec) -> str:
    """What one such signal says of item 5."""
    return said(shop, explainer(shop, requests, linked()), 0, 5, [Term(spec, 1.0)]).text


def test_the_item_that_pulls_most_is_named(shop: Shop, history: History) -> None:
    """A transition fades with every further step back, the similarity of texts does not."""
    chosen = now(history([(0, 0, 1, 1), (0, 1, 1, 2), (1, 2, 1, 1)], 2, 24), 9.0)
    assert _after(shop, chosen, TRANSITIONS) == "chosen by others after Title 1"
    assert _after(shop, chosen, TEXT) == "described like Title 0"


def test_another_item_of_the_history_is_named_in_turn_where_it_pulls_nearly_as_much(
    shop: Shop, history: History
) -> None:
    """Items 5 and 6 go with item 0 alike, and with item 1 nearly as much, or half as much."""
    named_for = []
    for other in (0.9, 0.5):
        links = sp.csr_matrix((np.array([1, other] * 2, np.float32), ([0, 1] * 2, [5, 5, 6, 6])), shape=(24, 24))
        requests = now(history([(0, 0, 1, 1), (0, 1, 1, 2)], 1, 24), 9.0)
        shown = Candidates(
            np.zeros(2, np.int32),
            np.array([5, 6], np.int32),
            np.zeros((2, 0), np.float32),
            (),
            request_facts(requests, shop.models.facts),
            np.zeros(2, bool),
        )
        ones = np.ones((2, 1), np.float32)
        terms = Terms(("text",), (TEXT,), ones, ones, ones > 0)
        by = explainer(shop, requests, [ItemToItem(TEXT, links, latest=30)])
        named_for.append(
            [reason.text.removeprefix("described like ") for reason in by.reasons(shown, terms, shown.new)]
        )
    assert named_for == [["Title 0", "Title 1"], ["Title 0", "Title 0"]]


def test_what_was_disliked_is_named_only_where_what_was_looked_at_is(shop: Shop, history: History) -> None:
    disliked = now(history([(0, 0, -1, 1), (0, 1, 1, 2)], 1, 24), 9.0)
    assert _after(shop, disliked, TEXT) == "described like Title 1"
    looked = now(history([(0, 0, -1, 1), (0, 7, 1, 2)], 1, 24), 9.0)
    assert _after(shop, looked, ATTENTION) == "seen by others soon after Title 0"


def test_of_several_requests_each_is_told_of_its_own_history(shop: Shop, history: History) -> None:
    requests = now(history([(0, 0, 1, 1), (1, 1, 1, 1)], 2, 24), 9.0)
    by = explainer(shop, requests, linked())
    found = [said(shop, by, row, 5, [Term(TEXT, 1.0)]).text for row in (1, 0)]
    assert found == [f"described like Title {item}" for item in (1, 0)]


def test_a_long_title_is_cut_off_and_lies_on_one_line(shop: Shop, history: History) -> None:
    wordy = replace(shop.words, titles=["A lamp\n of  brass, " + "very " * 40] * 24)
    chosen = now(history([(0, 1, 1, 2)], 1, 24), 9.0)
    reason = _after(replace(shop, words=wordy), chosen, TRANSITIONS)
    assert reason.startswith("chosen by others after A lamp of brass, very very")
    assert reason.endswith("…")
    assert len(reason) <= len("chosen by others after ") + SENTENCES["en"].longest


def test_an_item_without_a_title_is_not_named(shop: Shop, history: History) -> None:
    untitled = replace(shop, words=replace(shop.words, titles=[" ", *shop.words.titles[1:]]))
    both = now(history([(0, 0, 1, 1), (0, 1, 1, 2)], 1, 24), 9.0)
    assert _after(untitled, both, TEXT) == "described like Title 1"
    alone = now(history([(0, 0, 1, 1)], 1, 24), 9.0)
    assert _after(untitled, alone, TEXT) == "a good match overall"


def test_without_a_link_no_item_is_named_and_nothing_said(shop: Shop, history: History) -> None:
    unlinked = now(history([(0, 7, 1, 1)], 1, 24), 9.0)
    assert _after(shop, unlinked, TRANSITIONS) == "a good match overall"


def test_who_chose_nothing_hears_nothing_of_what_they_chose(shop: Shop) -> None:
    """The last user has no events; a model of sequences has a score for everybody."""
    terms = [
        named(shop, name, value)
        for name, value in (("sequence", 0.5), ("new users' popularity", 0.25), ("text transitions", 0.125))
    ]
    reason = said(shop, explainer(shop, shop.everyone()), 23, 2, terms)
    assert reason == ("popular with new users", "new users' popularity +0.25; rest +0.62")


def test_who_only_disliked_things_hears_nothing_of_what_they_chose(shop: Shop, history: History) -> None:
    requests = now(history([(0, 0, -1, 1)], 1, 24), 9.0)
    reason = said(shop, explainer(shop, requests, linked()), 0, 5, [Term(ATTENTION, 0.5), Term(WALK, 0.25)])
    assert reason.text == "found by a walk"


def test_an_item_that_is_explored_is_said_to_be(shop: Shop) -> None:
    popular = [named(shop, "popularity", 0.5)]
    reason = said(shop, explainer(shop, shop.everyone()), 0, 2, popular, explored=True)
    assert reason.text == "little known yet, but it fits: popular overall"


def test_reasons_in_chinese(shop: Shop, history: History) -> None:
    chosen = now(history([(0, 1, 1, 1)], 1, 24), 9.0)
    chinese = replace(explainer(shop, chosen, [*linked(), *shop.models.signals]), language="zh")
    terms = [Term(TRANSITIONS, 0.5), named(shop, "own interests", 0.25), Term(None, -0.25)]
    reason = said(shop, chinese, 0, 5, terms, explored=True)
    assert reason.text == "还不太为人所知，但适合您：有人选了“Title 1”之后选了它；符合您对“odd things”的兴趣"
    assert reason.terms == "transitions +0.50; own interests +0.25; rest -0.25"


def test_titles_that_look_like_templates_stay_as_they_are(shop: Shop, history: History) -> None:
    chosen = now(history([(0, 0, 1, 1)], 1, 24), 9.0)
    odd = replace(shop, words=replace(shop.words, titles=["{interest} {0}"] * 24))
    assert _after(odd, chosen, TEXT) == "described like {interest} {0}"


def test_a_score_and_its_normalised_score_are_one_term() -> None:
    spec = literal.spec("ease")
    columns, penalty = (*literal.scored(spec), literal.fact("alpha")), np.array([0.125], np.float32)
    found = grouped(columns, np.array([[0.5, 0.25, -1, 2]], np.float32), np.array([[3, 1, 4]], np.float32), penalty)
    assert found.names == ("ease", "alpha", "constant", "diversity")
    assert found.specs == (spec, None, None, None)
    assert found.nominated.tolist() == [[True, False, False, False]]
    assert found.value.tolist() == [[0.75, -1, 2, -0.125]]
    assert found.signal.tolist() == [[3, 0, 0, 0]]
