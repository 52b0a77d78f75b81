from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from recsys.language.behaviour import TEMPLATES, Act, render, texts

ACTS = [Act("watch", "Alien", "Horror", days_ago=800), Act("rate", "Heat", "Crime", 4.5, 3), Act("buy", "拯救大兵瑞恩")]


def test_english_tells_action_title_category_and_recency_newest_last() -> None:
    assert render(ACTS).splitlines() == [
        "What somebody did, oldest first:",
        "- 2 years ago watched: Alien [Horror]",
        "- 3 days ago rated 4.5: Heat [Crime]",
        "- today bought: 拯救大兵瑞恩",
    ]


def test_chinese_tells_the_same() -> None:
    assert render(ACTS, "zh").splitlines() == [
        "某人的行为（从早到晚）：",
        "- 2年前观看了：Alien（Horror）",
        "- 3天前评分 4.5：Heat（Crime）",
        "- 今天购买了：拯救大兵瑞恩",
    ]


def test_both_languages_know_the_same_actions() -> None:
    assert set(TEMPLATES["en"].actions) == set(TEMPLATES["zh"].actions)


def test_the_oldest_are_left_out_where_room_is_short() -> None:
    assert render(ACTS, most=60).splitlines()[1:] == ["- today bought: 拯救大兵瑞恩"]


def test_a_title_of_several_lines_cannot_pose_as_another_act() -> None:
    assert render([Act("buy", "A\n- today bought: B")]).count("\n") == 1


@given(
    st.lists(st.builds(Act, st.sampled_from(["buy", "own word"]), st.text(), st.text()), max_size=5),
    st.integers(1, 300),
    st.sampled_from(["en", "zh"]),
)
def test_a_prompt_keeps_within_its_length(acts: list[Act], most: int, language: str) -> None:
    assert len(render(acts, language, most)) <= most  # type: ignore[arg-type]


def test_a_table_becomes_a_text_a_user_without_any_id_of_users() -> None:
    days = pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-01"], utc=True)
    events = pd.DataFrame(
        {
            "user_id": ["bob", "bob", "ann"],
            "item_id": ["i1", "i2", "gone"],
            "action": "play",
            "occurred_at": days,
            "value": [3.0, None, None],
            "event_id": ["1", "2", "3"],
        }
    )
    items = pd.DataFrame({"item_id": ["i1", "i2"], "title": ["One", ""], "category": ["A|B", "C"]})
    (text,) = texts(events, items)
    assert text.splitlines()[1:] == ["- a day ago played: C", "- today played: One [A, B]"]
    assert "bob" not in text
