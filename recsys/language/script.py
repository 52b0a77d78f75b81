"""In which script the texts of a catalogue are written."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from recsys.settings import ReasonLanguage

HAN, OTHERS = regex.compile(r"\p{Han}"), regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Hangul}]")
SAMPLE = 2000
"""Texts by which a catalogue's language is detected."""


def is_chinese(text: str) -> bool:
    """Whether a text has Han characters, and neither kana nor hangul.

    >>> is_chinese("iPhone手机壳"), is_chinese("鉄の鍋"), is_chinese("tent")
    (True, False, False)
    """
    return bool(HAN.search(text)) and not OTHERS.search(text)


def language_of(texts: Sequence[str]) -> ReasonLanguage:
    """The language in which reasons go with a catalogue: Chinese where most of its texts are, else English.

    >>> language_of(["炒锅", "帐篷", "tent", ""]), language_of(["テント", "tent"]), language_of([])
    ('zh', 'en', 'en')
    """
    read = [text for text in texts[:: max(len(texts) // SAMPLE, 1)] if text]
    return "zh" if sum(map(is_chinese, read)) * 2 > len(read) else "en"
