import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from recsys.demo import network
from recsys.demo.planted import social
from recsys.library.explanation import Explanation


@pytest.fixture
def truth() -> social.World:
    """Ann and Bob are new: Ann likes tea and has liked a post on chess, Bob did nothing yet; Cid, Dan are not new."""
    return social.World(
        events=pd.DataFrame({"user_id": ["ann", "cid"], "item_id": ["c1", "t1"]}),
        items=pd.DataFrame(
            {
                "item_id": ["c1", "c2", "t1", "t2"],
                "title": ["Rook", "Pawn", "Cup", "Pot"],
                "category": ["chess", "chess", "tea", "tea"],
            }
        ),
        users=pd.DataFrame({"user_id": ["ann", "bob", "cid", "dan"]}),
        follows=pd.DataFrame({"follower_id": ["ann"] * 2 + ["bob"] * 2, "followee_id": ["dan", "cid"] * 2}),
        tastes={"ann": ("tea", "chess"), "bob": ("tea", "chess"), "cid": ("tea", "chess"), "dan": ("chess", "tea")},
        new=["ann", "bob"],
        later=pd.DataFrame({"user_id": ["ann", "bob"], "item_id": ["t1", "t2"]}),
    )


WITH = {"ann": ["t1", "t2"], "bob": ["t2", "t1"]}
WITHOUT = {"ann": ["c2", "t1"], "bob": ["c1", "c2"]}


def test_gains_are_told_for_users_without_an_event_with_one_and_all(truth: social.World) -> None:
    rows = network.gains(truth, WITH, {**WITHOUT, "bob": ["c1", "t2"]})
    assert [row[:2] for row in rows] == [["without an event", "1"], ["with one event", "1"], ["all", "2"]]
    both = [".631 [.631, .631]", "1.58 [1.58, 1.58]"]
    assert [row[2:] for row in rows] == [["1.000 [1.000, 1.000]", *both]] * 3


def test_the_example_is_a_user_whose_only_event_is_not_of_their_main_topic(truth: social.World) -> None:
    assert network.example(truth, WITH, WITHOUT) == "ann"
    fitting = replace(truth, tastes={**truth.tastes, "ann": ("chess", "tea")})
    with pytest.raises(ValueError, match="empty"):
        network.example(fitting, WITH, WITHOUT)


def explanation() -> Explanation:
    return Explanation(
        user_id="ann",
        summary="10% from your own choices, 90% from 2 people you follow; alpha 0.90",
        interests=pd.DataFrame({"interest": ["tea", "chess"], "observed": [0.0, 1.0], "transferred": [0.9, 0.1]}),
        donors=pd.DataFrame({"donor": ["follows"], "share": [1.0]}),
        items=pd.DataFrame({"item_id": ["t1", "t2"], "title": ["Cup", "Pot"], "reason": ["why", "how"]}),
        terms=pd.DataFrame(),
    )


def test_a_person_is_shown_with_whom_they_follow_and_both_lists_side_by_side(truth: social.World) -> None:
    page = io.StringIO()
    network.show(network.Compared(truth, WITH, WITHOUT, explanation()), Console(file=page, width=140))
    for text in (
        "a made-up social network",
        "4 people like posts of 2 topics",
        "follow 2 others each",
        "2 are new",
        "ann, whose only event",
        "likes      tea and chess",
        "has liked  Rook (chess)",
        "follows    dan (who like chess); cid (who like tea)",
        "before     chess 100%",
        "after      tea 90%   chess 10%",
        "made of    10% from your own choices, 90% from 2 people you follow; alpha 0.90",
    ):
        assert text in page.getvalue()
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in page.getvalue().splitlines() if "│" in line]
    assert lines[-2:] == [["1", "Cup (tea) +", "why", "Pawn (chess)"], ["2", "Pot (tea)", "how", "Cup (tea) +"]]


def test_both_arms_answer_for_every_new_user_and_transfer_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing, on a smaller network."""
    for name, value in {"ESTABLISHED": 100, "NEW": 40, "LIKES": 12, "POSTS_A_TOPIC": 25}.items():
        monkeypatch.setattr(social, name, value)
    found = network.compare(pd.Timestamp("2026-01-31").date(), str(tmp_path))
    assert [len(lists[user]) for lists in (found.with_transfer, found.without) for user in found.truth.new] == [10] * 80
    ratio = network.gains(found.truth, found.with_transfer, found.without)[-1][-1]
    low = float(ratio.split("[")[1].split(",")[0])
    assert low > 1
    assert list(found.shown.items["item_id"]) == found.with_transfer[found.shown.user_id]
