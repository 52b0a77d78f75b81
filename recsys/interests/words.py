"""The words of titles in any language: between spaces, or cut out of a script that has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex
import rjieba
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

SPACELESS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]+")
"""A stretch of a script that puts no spaces between words."""
SPACED = regex.compile(r"\b(?:19|20)\d\d\b|\p{Hangul}{2,}|[^\W\d_]{3,}")
PARTS = regex.compile(r"[\p{Katakana}ー]+|\p{Han}+|\p{Hiragana}+|[^\p{Katakana}ー\p{Han}\p{Hiragana}]+")
"""A stretch of one script: where it changes, a word of Japanese ends, and a stretch in katakana is a word."""
HAN, KANA = regex.compile(r"\p{Han}"), regex.compile(r"[\p{Hiragana}\p{Katakana}]")
MAX_KANA = 0.1
"""Share of the titles in Han characters that may hold kana in a catalogue that is Chinese."""
TOPICS = ("n", "v", "a", "j", "i", "l", "z", "x")
"""First letters of the parts of speech that can name a topic: no pronouns, adverbs, numbers or particles."""
TOGETHER, MIN_TITLES, LONGEST = 0.8, 3, 12
"""Share of the titles of a fragment, and their least number, that must continue with a letter for it to be part of the
word; and the letters of a word."""


@dataclass(frozen=True)
class Words:
    """What is a word in a catalogue."""

    chinese: bool
    """Whether its Han characters are Chinese rather than Japanese."""

    @staticmethod
    def of(titles: Sequence[str]) -> Words:
        """The words of the language of these titles.

        >>> Words.of(["炒锅", "tent"]).chinese, Words.of(["フライパン", "鉄の鍋"]).chinese
        (True, False)
        """
        han, kana = (sum(bool(script.search(title)) for title in titles) for script in (HAN, KANA))
        return Words(kana <= MAX_KANA * han)

    def of_title(self, title: str) -> list[str]:
        """The words of a title that may name an interest; a year becomes its decade, and Thai is in pairs of letters.

        >>> Words(chinese=True).of_title("The Long Goodbye (1973)"), Words(chinese=True).of_title("不粘平底锅28cm")
        (['long', 'goodbye', '1970s'], ['平底锅'])
        """
        found, lowered = [], title.lower()
        for stretch in SPACELESS.findall(lowered):
            found += self._cut(stretch)
        words = SPACED.findall(SPACELESS.sub(" ", lowered))
        return [f"{word[:3]}0s" if word.isdigit() else word for word in words if word not in ENGLISH_STOP_WORDS] + found

    def whole(self, term: str, titles: Sequence[str]) -> str:
        """The word that a pair of letters is a fragment of, as the titles that hold it have it; other terms stay.

        >>> Words(chinese=False).whole("ระ", ["กระทะเหล็ก", "กระทะใหญ่", "ใช้กระทะ"])
        'กระทะ'
        """
        if not self._is_pair(term):
            return term
        holding = [title.lower() for title in titles if term in title.lower()]
        while len(holding) >= MIN_TITLES and len(term) < LONGEST:
            longer = _longer(term, holding)
            if longer is None:
                break
            term = longer
        return term

    def _cut(self, stretch: str) -> list[str]:
        if self.chinese and HAN.search(stretch):
            return [word for word, kind in rjieba.tag(stretch) if len(word) > 1 and kind.startswith(TOPICS)]
        return [word for part in PARTS.findall(stretch) for word in _pairs(part)]

    def _is_pair(self, term: str) -> bool:
        return bool(SPACELESS.fullmatch(term)) and not (self.chinese and HAN.search(term)) and len(_letters(term)) == 2


def _letters(text: str) -> list[str]:
    """Letters with the signs that go with them."""
    return list(regex.findall(r"\X", text))


def _pairs(part: str) -> Iterator[str]:
    if regex.match(r"[\p{Katakana}ー]", part):
        if len(part) > 1:
            yield part
    else:
        yield from ("".join(pair) for pair in pairwise(_letters(part)))


def _longer(term: str, titles: Sequence[str]) -> str | None:
    """The term with one more letter, where nearly all titles have the same letter there."""
    for pattern in (rf"\X(?={regex.escape(term)})", rf"(?<={regex.escape(term)})\X"):
        found = Counter(match for title in titles for match in regex.findall(pattern, title)[:1])
        letter, count = max(found.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
        if count >= TOGETHER * len(titles) and SPACELESS.fullmatch(letter):
            return letter + term if pattern.startswith(r"\X") else term + letter
    return None
