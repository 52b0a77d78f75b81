"""What a model's tokenizer makes of some texts: whether the model knows their words. No weights are loaded for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from recsys.language.models import Model

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

CHARACTERS = 300
"""Of a text that are looked at."""
SPELLED = 0.75
"""Share of a word's tokens that are lone letters from which on the model only spells it."""
LONG, MIN_WORDS = 4, 20
"""Letters of a word that a model of its language may be expected to know, and words that it takes to decide."""
UNKNOWN = ("[UNK]", "<unk>")
MARKS = ("##", "▁", "Ġ")
"""What tokenizers put before a token that continues a word, or that begins a word."""


@dataclass(frozen=True)
class Reading:
    """How a tokenizer reads some texts."""

    unknown: float
    """Share of the tokens that the model does not know, in [0, 1]; 0 without any tokens.

    Those are unknown tokens that hold a letter (of an emoji nothing is lost), and the tokens of words that are spelled
    letter by letter: so MiniLM takes apart Russian, Arabic or Korean, of which it never learnt more than the letters.
    """
    cut: float
    """Share of the words of `LONG` letters and more that are cut into pieces, in [0, 1]; 0 for fewer than `MIN_WORDS`.

    MiniLM cuts 10 to 40% of English ones (brands, names) and 80 to 100% of German, French, Spanish or Polish ones.
    """


@dataclass(frozen=True)
class _Word:
    text: str
    tokens: list[str]
    """Without their marks; "" for an unknown token with a letter."""

    @property
    def unknown(self) -> int:
        """Tokens that the model does not know."""
        return len(self.tokens) if self._spelled else self.tokens.count("")

    @property
    def _spelled(self) -> bool:
        lone = sum(len(token) == 1 and _letter(token) and not _says_more(token) for token in self.tokens)
        return len(self.tokens) > 1 and lone >= SPELLED * len(self.tokens)


def reading(model: Model, texts: Sequence[str]) -> Reading:
    """How the model's tokenizer reads the texts."""
    read = [text[:CHARACTERS] for text in texts]
    found = _tokenizer(model).encode_batch(read, add_special_tokens=False)
    words = [word for text, encoding in zip(read, found, strict=True) for word in _words(text, encoding)]
    total, unknown = sum(len(word.tokens) for word in words), sum(word.unknown for word in words)
    pieces = [len(word.tokens) > 1 for word in words if len(word.text) >= LONG and word.text.isalpha()]
    cut = sum(pieces) / len(pieces) if len(pieces) >= MIN_WORDS else 0.0
    return Reading(unknown / total if total else 0.0, cut)


def _tokenizer(model: Model) -> Tokenizer:
    from tokenizers import Tokenizer

    if (model.folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_file(str(model.folder / "tokenizer.json"))
    else:
        from recsys.language.network import tokenizer_of  # seconds: it brings torch

        tokenizer = tokenizer_of(model).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _words(text: str, encoding: Encoding) -> Iterator[_Word]:
    rows = zip(encoding.word_ids, encoding.tokens, encoding.offsets, strict=True)
    for _, of_word in groupby(rows, key=lambda row: row[0]):
        parts = [(token, text[start:end]) for _, token, (start, end) in of_word]
        yield _Word("".join(span for _, span in parts), [_bare(*part) for part in parts])


def _bare(token: str, span: str) -> str:
    if token in UNKNOWN:
        return "" if any(map(_letter, span)) else token
    for mark in MARKS:
        token = token.removeprefix(mark)
    return token or MARKS[1]


def _letter(character: str) -> bool:
    """Whether it is a letter or a sign that goes with a letter, such as a vowel of Hindi."""
    return unicodedata.category(character)[0] in "LM"


def _says_more(character: str) -> bool:
    """Whether it is a word or a syllable by itself, or one of the letters in which type numbers are written."""
    return unicodedata.name(character, "").startswith(("CJK ", "HANGUL SYLLABLE ", "LATIN "))
