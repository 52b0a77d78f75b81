"""What the terms of a score are called, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recsys.settings import ReasonLanguage

NEEDS_HISTORY = frozenset({
    "transitions", "text", "ease", "ease with texts", "own interests", "sequence", "attention", "text factors",
    "text transitions", "neighbours' items", "own items", "own items lately",
})  # fmt: skip
"""Terms whose phrase speaks of what the user chose: not said to somebody who chose nothing."""


@dataclass(frozen=True)
class Phrases:
    """A language: phrases by the name of a term, and what holds them together."""

    of: Mapping[str, str]
    """May hold {title}, the closest item of the history, or {interest}."""
    other: str
    """For a term of any other {name}."""
    title: str
    """How a {title} is set."""
    untitled: str
    """Stands for a title where no single item is the closest."""
    explored: str
    """Comes before the reason for an item of which little is known yet."""
    rest: str
    between: str


ENGLISH = Phrases(
    {
        "transitions": "often chosen after {title}",
        "text": "its text is like that of {title}",
        "ease": "goes with what you chose",
        "ease with texts": "goes with what you chose and reads like it",
        "own items": "you chose it before",
        "own items lately": "you chose it lately",
        "own interests": "your interest in {interest}",
        "transferred interests": "an interest you may share: {interest}",
        "sequence": "follows from your latest choices",
        "attention": "often comes after what you looked at lately",
        "text factors": "its text promises what you choose",
        "text transitions": "texts like this are chosen after what you chose",
        "text popularity": "texts like this are liked",
        "neighbours' items": "chosen by people with your taste",
        "follows' items": "chosen by people you follow",
        "circle's items": "chosen in the circle of people you follow",
        "cohort's items": "chosen by people like you",
        "domains' items": "goes with what you like elsewhere",
        "newcomers' popularity": "what the latest newcomers chose first",
        "intro popularity": "what newcomers choose first",
        "popularity of the day": "popular right now",
        "recent popularity": "popular lately",
        "popularity": "popular",
    },
    other="found by {name}", title="{title}", untitled="what you chose",
    explored="few have chosen it yet, tried because it fits: ", rest="the rest", between="; ",
)  # fmt: skip

CHINESE = Phrases(
    {
        "transitions": "常在{title}之后被选中",
        "text": "文字介绍与{title}相近",
        "ease": "常与您选过的内容搭配",
        "ease with texts": "与您选过的内容相配，文字也相近",
        "own items": "您以前选过",
        "own items lately": "您最近选过",
        "own interests": "符合您的兴趣“{interest}”",
        "transferred interests": "您可能也有的兴趣“{interest}”",
        "sequence": "近期经历与您相似的人接下来会选",
        "attention": "常出现在您最近看过的内容之后",
        "text factors": "文字介绍与您同类的人所选的相近",
        "text transitions": "您选过的内容之后，常有人选这类文字介绍",
        "text popularity": "这类文字介绍受人喜欢",
        "neighbours' items": "品味与您相近的人选过",
        "follows' items": "您关注的人选过",
        "circle's items": "您关注的人圈子里的人选过",
        "cohort's items": "与您相似的人选过",
        "domains' items": "与您在别处的喜好相合",
        "newcomers' popularity": "最近的新用户最先选择的内容",
        "intro popularity": "新用户往往先选它",
        "popularity of the day": "眼下热门",
        "recent popularity": "近来热门",
        "popularity": "热门",
    },
    other="由“{name}”推荐", title="“{title}”", untitled="您选过的内容",
    explored="选过的人还不多，因为合适而试着推荐：", rest="其余", between="；",
)  # fmt: skip

PHRASES: Mapping[ReasonLanguage, Phrases] = {"en": ENGLISH, "zh": CHINESE}
"""One table a language."""


def template(phrases: Phrases, name: str) -> str:
    """The phrase of a term, whatever its name.

    >>> template(ENGLISH, "popularity"), template(CHINESE, "popularity"), template(ENGLISH, "graph walk")
    ('popular', '热门', 'found by graph walk')
    """
    found = phrases.of.get(name)
    return found if found is not None else phrases.other.replace("{name}", name)
