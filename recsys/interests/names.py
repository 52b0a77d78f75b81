"""Names of interests: the categories and words that set each apart from the rest, else a title."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

from recsys.events.interactions import Floats
from recsys.interests.words import SPACELESS, Words

Strings = Sequence[str]
CATEGORIES, WORDS = 2, 2
"""How many of each make a name."""
FRAGMENTS = 8
"""Pairs of letters that may have to be looked at to find a word, in a script without spaces."""
MAX_TITLES = 1000
"""Of an interest, in which the rest of a word is looked for."""
MIN_COUNT = 3
"""A term must occur in so many items, or it describes an interest poorly."""
LONGEST = 40
"""Characters of a title that stands for a name."""


def split_categories(category: str) -> list[str]:
    """The parts of a category such as "Action|Sci-Fi", "Office > Pens" or "厨房、锅具"; "(none)" is none.

    >>> split_categories("Action|Sci-Fi"), split_categories("Office > Pens"), split_categories("(no genres listed)")
    (['Action', 'Sci-Fi'], ['Office', 'Pens'], [])
    """
    parts = (part.strip() for part in re.split(r"[|>;,/、，；｜]", category))
    return [part for part in parts if part and not re.fullmatch(r"\(.*\)", part)]


def names(
    membership: Floats, titles: Strings, categories: Strings, kept: Mapping[int, str] = MappingProxyType({})
) -> list[str]:
    """A name for each interest, all different, such as "Horror, Thriller: dead, night"; (n_interests,).

    `kept`: names of some interests by number; the others get none of these. Terms are scored by class-based
    tf-idf (Grootendorst 2022): share within the interest times log of its lift. Where none is distinctive, the interest
    gets the title nearest to its prototype.
    """
    home, language = np.zeros_like(membership), Words.of(titles)
    home[np.arange(len(home)), membership.argmax(axis=1)] = 1.0
    by_category = _telling(home, categories, CATEGORIES, split_categories)
    by_word = _telling(home, titles, (WORDS + 3) * FRAGMENTS, language.of_title)
    named = dict(kept)
    for number, (kinds, terms) in enumerate(zip(by_category, by_word, strict=True)):
        if number not in kept:
            of_interest = np.flatnonzero(home[:, number])[:MAX_TITLES].tolist()
            words = _whole(terms, [titles[item] for item in of_interest], language)
            in_kinds = {kind.lower() for kind in kinds}
            telling, title = [word for word in words if word not in in_kinds], _nearest(membership[:, number], titles)
            named[number] = _name(kinds, telling, title, named.values(), number)
    return [named[number] for number in range(len(by_word))]


def _whole(terms: list[str], titles: Strings, language: Words) -> list[str]:
    """Words for the terms; of those in a script without spaces none that holds another, or a part of it."""
    words: list[str] = []
    for word in (language.whole(term, titles) for term in terms):
        parts = [other for other in words if SPACELESS.fullmatch(word) and (other in word or word in other)]
        words += [] if parts else [word]
        if len(words) == WORDS + 3:
            break
    return words


def _nearest(membership: Floats, titles: Strings) -> str:
    """The title of the item nearest to an interest's prototype, on one line; empty where no title is near it."""
    near = (" ".join(titles[item].split()) for item in np.argsort(-membership, kind="stable")[:MIN_COUNT])
    title = next(filter(None, near), "")
    return title if len(title) <= LONGEST else title[: LONGEST - 1].rstrip() + "…"


def _name(kinds: list[str], words: list[str], title: str, taken: Collection[str], number: int) -> str:
    name = ""
    for count in range(min(WORDS, len(words)), len(words) + 1):
        name = ": ".join(part for part in (", ".join(kinds), ", ".join(words[:count])) if part)
        if name and name not in taken:
            return name
    name = name or title or "Interest"
    numbered = (f"{name} ({count})" for count in itertools.count(number + 1))
    return next(candidate for candidate in itertools.chain([name], numbered) if candidate not in taken)


def _telling(home: Floats, texts: Strings, most: int, terms_of: Callable[[str], list[str]]) -> list[list[str]]:
    """The terms of highest class-based tf-idf for each interest; none where no term occurs often enough."""
    bags = [set(terms_of(text)) for text in texts]
    often = Counter(term for bag in bags for term in bag)
    terms = sorted(term for term, count in often.items() if count >= min(MIN_COUNT, len(texts)))
    if not terms:
        return [[] for _ in range(home.shape[1])]
    counts = CountVectorizer(binary=True, analyzer=sorted, vocabulary=terms).transform(bags)
    inside = np.asarray((sp.csr_matrix(home.T) @ counts).todense())
    share = inside / np.maximum(home.sum(axis=0)[:, None], 1)
    overall = np.asarray(counts.mean(axis=0)).ravel()
    score = share * np.log(np.maximum(share, 1e-12) / overall)
    best = np.argsort(-score, axis=1, kind="stable")[:, :most]
    return [[terms[term] for term in row if score[k, term] > 0] for k, row in enumerate(best)]
