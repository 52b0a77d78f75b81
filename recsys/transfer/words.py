"""A transfer in words: of what a user's profile is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recsys.schema import ALPHA, DONOR
from recsys.settings import ReasonLanguage

OWN = "own"
"""Stands for the user among the donors' words."""
WORDS: Mapping[ReasonLanguage, Mapping[str, str]] = {
    "en": {
        OWN: "your own choices",
        "follows": "people you follow",
        "circle": "people in the circle of those you follow",
        "neighbours": "people with your taste",
        "cohort": "people like you",
        "domains": "your choices elsewhere",
        "newcomers": "what newcomers choose",
        "population": "what everybody chooses",
        "part": "{percent}% from {who}",
        "several": "{count} {who}",
        "between": ", ",
        "all": "{parts}; alpha {alpha}",
    },
    "zh": {
        OWN: "您自己的选择",
        "follows": "您关注的人",
        "circle": "您关注的人圈子里的人",
        "neighbours": "品味与您相近的人",
        "cohort": "与您相似的人",
        "domains": "您在别处的选择",
        "newcomers": "新来者的选择",
        "population": "大家的选择",
        "part": "{percent}%来自{who}",
        "several": "{count}位{who}",
        "between": "，",
        "all": "{parts}；alpha {alpha}",
    },
}


def transfer_in_words(row: Mapping[str, Any], language: ReasonLanguage) -> str:
    """Of what a user's profile is made: (1 − α) of their own, α · share of each donor; `row` is a row of `trace`.

    The parts sum to 100% but for rounding; a part below half a percent is dropped.

    >>> donors = [{"donor": "follows", "share": 0.5, "voices": 8}, {"donor": "population", "share": 0.5, "voices": 0}]
    >>> transfer_in_words({"alpha": 0.62, "donors": donors}, "en")
    '38% from your own choices, 31% from 8 people you follow, 31% from what everybody chooses; alpha 0.62'
    """
    words, alpha = WORDS[language], float(row[ALPHA])
    parts = {_who(donor, words): alpha * float(donor["share"]) for donor in row["donors"]}
    all_parts = {words[OWN]: 1 - sum(parts.values()), **parts}
    shown = [
        words["part"].format(percent=round(100 * part), who=who)
        for who, part in all_parts.items()
        if round(100 * part) > 0
    ]
    return words["all"].format(parts=words["between"].join(shown), alpha=f"{alpha:.2f}")


def _who(donor: Mapping[str, Any], words: Mapping[str, str]) -> str:
    who = words.get(donor[DONOR], donor[DONOR])
    return words["several"].format(count=donor["voices"], who=who) if donor["voices"] > 1 else who
