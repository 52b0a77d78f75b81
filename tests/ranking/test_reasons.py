from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.events.split import Requests, now
from recsys.ranking.blend import Blend
from recsys.ranking.ranker import Expert, Ranker
from recsys.ranking.reasons import SHOWN, Explainer, Terms, grouped
from recsys.ranking.retrievers.text import Text
from recsys.ranking.retrievers.transitions import Transitions
from recsys.ranking.routing import EXPERTS
from recsys.ranking.trees import Trees

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

History = Callable[..., Interactions]
ROUNDING = 0.005 * (SHOWN + 1) + 1e-4


def explainer(shop: Shop, requests: Requests) -> Explainer:
    return Explainer(shop.models, requests, shop.models.transfer.profiles(requests), shop.words)


def said(
    by: Explainer, request: int, item: int, terms: dict[str, float], spoken: dict[str, float], explored: bool = False
) -> str:
    """The reason for one item, of terms by name and what their retrievers said."""
    value = np.array([list(terms.values())], np.float32)
    said_by = np.array([[spoken.get(name, 0.0) for name in terms]], np.float32)
    rows = np.array([request], np.int32), np.array([item], np.int32)
    return by.reasons(*rows, Terms(tuple(terms), value, said_by), np.array([explored]))[0]


def test_the_numbers_of_every_reason_sum_to_the_score(shop: Shop) -> None:
    for shown, reasons in zip(*shop.recommend(shop.everyone()), strict=True):
        for score, reason in zip(shown.score, reasons, strict=True):
            numbers = [float(found) for found in re.findall(r" ([+-]\d+\.\d\d)(?:;|$)", reason)]
            assert len(numbers) == len(reason.split("; "))
            assert sum(numbers) == pytest.approx(score, abs=ROUNDING)


def test_titles_in_reasons_are_of_the_users_own_history(shop: Shop) -> None:
    requests = shop.everyone()
    told = 0
    for row, reasons in enumerate(shop.recommend(requests)[1]):
        titles = {f"Title {item}" for item in requests.history.item[requests.history.user == row]}
        named = set(re.findall(r"Title \d+", " ".join(reasons)))
        assert named <= titles
        told += len(named)
    assert told > len(requests) // 2


def test_items_of_the_users_own_group_are_shown_for_their_own_interest(shop: Shop) -> None:
    told, names = 0, ("own interests", "own interests standing")
    expert = Expert(Trees(Blend(names[1:], (1.0,), (1.0,)), (), names), uses_donors=True)
    by_interests = replace(shop, ranker=Ranker((expert,) * len(EXPERTS)))
    for row, (shown, reasons) in enumerate(
        zip(*by_interests.recommend(shop.everyone().part(np.arange(22, dtype=np.int32))), strict=True)
    ):
        theirs = [reason for item, reason in zip(shown.item, reasons, strict=True) if item % 2 == row % 2]
        named = re.findall(r"(even|odd) things", " ".join(theirs))
        assert set(named) <= {"odd" if row % 2 else "even"}
        told += len(named)
    assert told > 22


def test_a_stranger_is_never_told_of_what_they_chose(shop: Shop, strangers: Callable[[int, float], Requests]) -> None:
    _, (reasons,) = shop.recommend(strangers(24, 100.0))
    assert reasons
    for reason in reasons:
        assert "you chose" not in reason
        assert "your" not in reason
        assert "Title" not in reason


def test_the_largest_terms_whose_retrievers_speak_are_named(shop: Shop) -> None:
    terms = {"ease": 0.9, "popularity": 0.5, "recent popularity": 0.1, "neighbours' items": 0.3, "follows' items": 0.2,
             "text": -0.25, "evidence": 2.0, "constant": 1.0, "diversity": -0.05}  # fmt: skip
    spoken = {"ease": 0.0, "popularity": 7.0, "recent popularity": 2.0, "neighbours' items": 0.5, "follows' items": 1.0,
             "text": 1.0}  # fmt: skip
    reason = said(explainer(shop, shop.everyone()), 0, 2, terms, spoken)
    assert (
        reason
        == "popular +0.50; chosen by people with your taste +0.30; chosen by people you follow +0.20; the rest +3.70"
    )


def test_where_nobody_speaks_there_is_only_the_rest(shop: Shop) -> None:
    reason = said(explainer(shop, shop.everyone()), 0, 2, {"ease": 0.5, "constant": -1.0}, {"ease": 0.0})
    assert reason == "the rest -0.50"


def test_an_interest_is_named_by_what_the_user_and_the_item_share(shop: Shop) -> None:
    everyone = explainer(shop, shop.everyone())
    terms, spoken = (
        {"own interests": 0.2, "transferred interests": 0.1},
        {"own interests": 5.0, "transferred interests": 4.0},
    )
    assert said(everyone, 0, 2, terms, spoken) == (
        "your interest in even things +0.20; an interest you may share: even things +0.10; the rest +0.00"
    )
    assert said(everyone, 1, 3, terms, spoken).count("odd things") == 2


def _linked(shop: Shop, requests: Requests) -> Explainer:
    """Item 0 leads to item 5 with 1, item 1 with 0.9."""
    links = sp.csr_matrix((np.array([1, 0.9], np.float32), ([0, 1], [5, 5])), shape=(24, 24))
    linked = replace(shop.models, retrievers=[Transitions(links), Text(links)])
    return replace(explainer(shop, requests), models=linked)


def _after(shop: Shop, requests: Requests, name: str) -> str:
    return said(_linked(shop, requests), 0, 5, {name: 1.0}, {name: 1.0}).partition(" +")[0]


def test_the_item_that_pulls_most_is_named(shop: Shop, history: History) -> None:
    """A transition fades with every further step back, likeness of texts does not; what was disliked pulls nothing."""
    chosen = now(history([(0, 0, 1, 1), (0, 1, 1, 2), (1, 2, 1, 1)], 2, 24), 9.0)
    assert _after(shop, chosen, "transitions") == "often chosen after Title 1"
    assert _after(shop, chosen, "text") == "its text is like that of Title 0"
    disliked = now(history([(0, 0, -1, 1), (0, 1, 1, 2)], 1, 24), 9.0)
    assert _after(shop, disliked, "text") == "its text is like that of Title 1"


def test_a_long_title_is_cut_off_and_lies_on_one_line(shop: Shop, history: History) -> None:
    wordy = replace(shop.words, titles=["A lamp\n of  brass, " + "very " * 40] * 24)
    chosen = now(history([(0, 1, 1, 2)], 1, 24), 9.0)
    reason = _after(replace(shop, words=wordy), chosen, "transitions")
    assert reason.startswith("often chosen after A lamp of brass, very very")
    assert reason.endswith("…")
    assert len(reason) <= len("often chosen after ") + 80


def test_text_is_not_compared_with_what_the_retriever_no_longer_reads(shop: Shop, history: History) -> None:
    plays = history([(0, 0, 1, 0), *((0, 1, 1, day) for day in range(1, 31))], 1, 24)
    long = now(replace(plays, repeatable=np.ones(31, bool)), 99.0)
    assert _after(shop, long, "text") == "its text is like that of Title 1"


def test_without_a_link_no_single_item_is_named(shop: Shop, history: History) -> None:
    unlinked = now(history([(0, 7, 1, 1)], 1, 24), 9.0)
    assert _after(shop, unlinked, "transitions") == "often chosen after what you chose"


def test_who_chose_nothing_hears_nothing_of_what_they_chose(shop: Shop) -> None:
    """The last user has no events; a model of sequences has something to say of everybody."""
    terms = {"sequence": 0.5, "intro popularity": 0.25, "text factors": 0.125}
    reason = said(explainer(shop, shop.everyone()), 23, 2, terms, dict.fromkeys(terms, 1.0))
    assert reason == "what newcomers choose first +0.25; the rest +0.62"


def test_an_item_that_is_explored_is_said_to_be(shop: Shop) -> None:
    reason = said(explainer(shop, shop.everyone()), 0, 2, {"popularity": 0.5}, {"popularity": 1.0}, explored=True)
    assert reason == "few have chosen it yet, tried because it fits: popular +0.50; the rest +0.00"


def test_reasons_in_chinese(shop: Shop, history: History) -> None:
    chosen = now(history([(0, 0, 1, 1)], 1, 24), 9.0)
    chinese = replace(_linked(shop, chosen), language="zh")
    terms = {"transitions": 0.5, "own interests": 0.25, "graph walk": 0.125, "diversity": -0.25}
    assert said(chinese, 0, 5, terms, dict.fromkeys(terms, 1.0), explored=True) == (
        "选过的人还不多，因为合适而试着推荐：常在“Title 0”之后被选中 +0.50；"
        "符合您的兴趣“even things” +0.25；由“graph walk”推荐 +0.12；其余 -0.25"
    )


def test_titles_that_look_like_templates_stay_as_they_are(shop: Shop, history: History) -> None:
    chosen = now(history([(0, 0, 1, 1)], 1, 24), 9.0)
    odd = replace(_linked(shop, chosen), words=replace(shop.words, titles=["{interest} {0}"] * 24))
    assert said(odd, 0, 5, {"text": 1.0}, {"text": 1.0}).startswith("its text is like that of {interest} {0} +1.00")


def test_a_score_and_its_standing_are_one_term() -> None:
    names = ("ease", "ease standing", "alpha")
    found = grouped(names, np.array([[0.5, 0.25, -1, 2]], np.float32), np.array([[3, 1, 4]], np.float32),
                    penalty=np.array([0.125], np.float32))  # fmt: skip
    assert found.names == ("ease", "alpha", "constant", "diversity")
    assert found.value.tolist() == [[0.75, -1, 2, -0.125]]
    assert found.said.tolist() == [[3, 0, 0, 0]]
