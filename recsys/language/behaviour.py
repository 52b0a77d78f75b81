"""What a user did as a text that a language model reads: actions, titles, categories, order, recency; never an id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from recsys import schema

if TYPE_CHECKING:
    import pandas as pd

PromptLanguage = Literal["en", "zh"]


@dataclass(frozen=True)
class Template:
    """The words of a language."""

    opening: str
    line: str
    """With `when`, `action`, `title` and `category`."""
    category: str
    actions: Mapping[str, str]
    """The past tense of an action; an unlisted action stands for itself."""
    today: str
    ages: tuple[tuple[int, str, str], ...]
    """Days of a unit, one of it, and several of it with `count`; the largest unit first."""


TEMPLATES: Final[Mapping[PromptLanguage, Template]] = {
    "en": Template(
        "What somebody did, oldest first:",
        "- {when} {action}: {title}{category}",
        " [{}]",
        {
            "view": "viewed",
            "click": "clicked",
            "open": "opened",
            "read": "read",
            "cart": "put into the cart",
            "wishlist": "wished for",
            "save": "saved",
            "bookmark": "bookmarked",
            "share": "shared",
            "like": "liked",
            "favorite": "liked",
            "rate": "rated",
            "review": "reviewed",
            "play": "played",
            "listen": "listened to",
            "watch": "watched",
            "download": "downloaded",
            "subscribe": "subscribed to",
            "buy": "bought",
            "purchase": "bought",
            "skip": "skipped",
            "dislike": "disliked",
            "return": "returned",
            "ask": "asked",
            "answer": "answered",
            "comment": "commented on",
            "upvote": "liked",
            "downvote": "disliked",
        },
        "today",
        (
            (365, "a year ago", "{count} years ago"),
            (30, "a month ago", "{count} months ago"),
            (1, "a day ago", "{count} days ago"),
        ),
    ),
    "zh": Template(
        "某人的行为（从早到晚）：",
        "- {when}{action}：{title}{category}",
        "（{}）",
        {
            "view": "浏览了",
            "click": "点击了",
            "open": "打开了",
            "read": "阅读了",
            "cart": "加入购物车",
            "wishlist": "想要",
            "save": "收藏了",
            "bookmark": "收藏了",
            "share": "分享了",
            "like": "喜欢",
            "favorite": "喜欢",
            "rate": "评分",
            "review": "评论了",
            "play": "播放了",
            "listen": "听了",
            "watch": "观看了",
            "download": "下载了",
            "subscribe": "订阅了",
            "buy": "购买了",
            "purchase": "购买了",
            "skip": "跳过了",
            "dislike": "不喜欢",
            "return": "退货",
            "ask": "提问",
            "answer": "回答了",
            "comment": "评论了",
            "upvote": "喜欢",
            "downvote": "不喜欢",
        },
        "今天",
        ((365, "1年前", "{count}年前"), (30, "1个月前", "{count}个月前"), (1, "1天前", "{count}天前")),
    ),
}


@dataclass(frozen=True)
class Act:
    """An event of a user, in words."""

    action: str
    title: str
    category: str = ""
    value: float | None = None
    days_ago: float = 0.0


def render(acts: Sequence[Act], language: PromptLanguage = "en", most: int = 2000) -> str:
    """The acts, which stand oldest first, as a prompt of at most `most` characters: the oldest are dropped.

    >>> print(render([Act("watch", "Alien", "Horror", days_ago=40), Act("rate", "Heat", value=4.5)]))
    What somebody did, oldest first:
    - a month ago watched: Alien [Horror]
    - today rated 4.5: Heat
    """
    template = TEMPLATES[language]
    lines: list[str] = []
    room = most - len(template.opening)
    for act in reversed(acts):
        line = "\n" + _line(act, template)
        if len(line) > room:
            break
        lines.append(line)
        room -= len(line)
    if acts and not lines:
        lines = ["\n" + _line(acts[-1], template)[: max(room - 1, 0)]]
    return (template.opening + "".join(reversed(lines)))[:most]


def _line(act: Act, template: Template) -> str:
    done = template.actions.get(act.action, act.action)
    action = done if act.value is None else f"{done} {act.value:g}"
    category = template.category.format(_one_line(act.category)) if act.category else ""
    when = _when(act.days_ago, template)
    return template.line.format(when=when, action=action, title=_one_line(act.title), category=category)


def _one_line(text: str) -> str:
    """The text without line ends: a title cannot pose as another act."""
    return " ".join(text.split())


def _when(days: float, template: Template) -> str:
    for length, singular, plural in template.ages:
        count = int(days // length)
        if count >= 1:
            return singular if count == 1 else plural.format(count=count)
    return template.today


def texts(
    events: pd.DataFrame, items: pd.DataFrame, language: PromptLanguage = "en", most: int = 2000
) -> Iterator[str]:
    """A prompt for every user of the events, by user_id; age counts back from the user's own latest event."""
    known = items.set_index(schema.ITEM_ID)
    ordered = events.sort_values([schema.USER_ID, schema.OCCURRED_AT, schema.EVENT_ID], kind="stable")
    ordered = ordered[ordered[schema.ITEM_ID].isin(known.index)]
    titles = known[schema.TITLE].fillna("").astype(str)
    categories = known[schema.CATEGORY].fillna("").astype(str).str.replace("|", ", ")
    for _, of_user in ordered.groupby(schema.USER_ID, sort=True):
        yield render(list(_acts(of_user, titles, categories)), language, most)


def _acts(of_user: pd.DataFrame, titles: pd.Series[str], categories: pd.Series[str]) -> Iterator[Act]:
    latest = of_user[schema.OCCURRED_AT].iloc[-1]
    days = (latest - of_user[schema.OCCURRED_AT]).dt.total_seconds() / 86_400
    rated = of_user[schema.ACTION].isin(("rate", "review")) & of_user[schema.VALUE].notna()
    item_ids = of_user[schema.ITEM_ID]
    columns = (of_user[schema.ACTION], titles[item_ids], categories[item_ids], of_user[schema.VALUE], days, rated)
    for action, title, category, value, age, is_rated in zip(*columns, strict=True):
        yield Act(str(action), title or category, category if title else "", value if is_rated else None, age)
