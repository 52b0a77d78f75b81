"""Names of interests: the categories and words that set each apart from the rest."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from recsys.events.interactions import Floats

Strings = Sequence[str]
CATEGORIES, WORDS = 2, 2
"""How many of each make a name."""
LEAST_COUNT = 3
"""A term must occur in so many items, or it says little about an interest."""


def split_categories(category: str) -> list[str]:
    """The parts of a category such as "Action|Sci-Fi" or "Office > Pens".

    >>> split_categories("Action|Sci-Fi"), split_categories("Office > Pens"), split_categories("")
    (['Action', 'Sci-Fi'], ['Office', 'Pens'], [])
    """
    return [part.strip() for part in re.split(r"[|>;,/]", category) if part.strip()]


def names(
    membership: Floats, titles: Strings, categories: Strings, kept: Mapping[int, str] = MappingProxyType({})
) -> list[str]:
    """A name for each interest, all different, such as "Horror, Thriller: dead, night"; (n_interests,).

    `kept`: names that some have already, by number; the others get none of these. Terms are scored by class-based
    tf-idf (Grootendorst 2022): share within the interest times log of its lift.
    """
    home = np.zeros_like(membership)
    home[np.arange(len(home)), membership.argmax(axis=1)] = 1.0
    by_category = _telling(home, categories, CATEGORIES, split_categories)
    by_word = _telling(home, titles, WORDS + 3, words_of)
    named = dict(kept)
    for number, (kinds, words) in enumerate(zip(by_category, by_word, strict=True)):
        if number not in kept:
            said = {kind.lower() for kind in kinds}
            named[number] = _name(kinds, [word for word in words if word not in said], named.values(), number)
    return [named[number] for number in range(len(by_word))]


def _name(kinds: list[str], words: list[str], taken: Collection[str], number: int) -> str:
    name = ""
    for count in range(min(WORDS, len(words)), len(words) + 1):
        name = ": ".join(part for part in (", ".join(kinds), ", ".join(words[:count])) if part)
        if name and name not in taken:
            return name
    name = name or "Interest"
    numbered = (f"{name} ({count})" for count in itertools.count(number + 1))
    return next(one for one in itertools.chain([name], numbered) if one not in taken)


def words_of(title: str) -> list[str]:
    """The words of a title that can tell something; a year becomes its decade.

    >>> words_of("The Long Goodbye (1973)")
    ['long', 'goodbye', '1970s']
    """
    found = re.findall(r"\b(?:19|20)\d\d\b|[^\W\d_]{3,}", title.lower())
    return [f"{word[:3]}0s" if word.isdigit() else word for word in found if word not in ENGLISH_STOP_WORDS]


def _telling(home: Floats, texts: Strings, most: int, terms_of: Callable[[str], list[str]]) -> list[list[str]]:
    """The terms of highest class-based tf-idf for each interest; none where no term occurs often enough."""
    bags = [set(terms_of(text)) for text in texts]
    often = Counter(term for bag in bags for term in bag)
    terms = sorted(term for term, count in often.items() if count >= min(LEAST_COUNT, len(texts)))
    if not terms:
        return [[] for _ in range(home.shape[1])]
    counts = CountVectorizer(binary=True, analyzer=sorted, vocabulary=terms).transform(bags)
    inside = np.asarray((sp.csr_matrix(home.T) @ counts).todense())
    share = inside / np.maximum(home.sum(axis=0)[:, None], 1)
    overall = np.asarray(counts.mean(axis=0)).ravel()
    score = share * np.log(np.maximum(share, 1e-12) / overall)
    best = np.argsort(-score, axis=1, kind="stable")[:, :most]
    return [[terms[term] for term in row if score[k, term] > 0] for k, row in enumerate(best)]
