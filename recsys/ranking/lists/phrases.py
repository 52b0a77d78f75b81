"""What holds the terms of a reason together, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recsys.settings import ReasonLanguage


@dataclass(frozen=True)
class Sentence:
    """A language: what stands around and between the phrases of signals."""

    title: str
    """How a {title} is set."""
    untitled: str
    """Stands for a title where no single item contributes."""
    explored: str
    """Comes before the reason for an item of which little is known yet."""
    rest: str
    between: str


SENTENCES: Mapping[ReasonLanguage, Sentence] = {
    "en": Sentence("{title}", "what you chose", "few have chosen it yet, tried because it fits: ", "the rest", "; "),
    "zh": Sentence("“{title}”", "您选过的内容", "选的人还不多，看来适合您，先试着推荐：", "其他", "；"),
}
"""By language."""
