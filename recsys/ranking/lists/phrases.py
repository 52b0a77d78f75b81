"""What holds the phrases of a reason together, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recsys.settings import ReasonLanguage


@dataclass(frozen=True)
class Sentence:
    """A language: what stands around and between the phrases of signals."""

    title: str
    """How a {title} is set."""
    longest: int
    """Characters of a title that are shown."""
    explored: str
    """Comes before the reason for an item of which little is known yet."""
    overall: str
    """Stands where no single term is to be named."""
    between: str


SENTENCES: Mapping[ReasonLanguage, Sentence] = {
    "en": Sentence("{title}", 60, "little known yet, but it fits: ", "a good match overall", "; "),
    "zh": Sentence("“{title}”", 30, "还不太为人所知，但适合您：", "综合来看较为合适", "；"),
}
"""By language."""
