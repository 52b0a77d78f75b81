"""Texts of items as people and language models read them: without markup, lists as "a|b"."""

from __future__ import annotations

import ast
import html
import json
import re

import pandas as pd

from recsys import schema

WORDS = (schema.TITLE, schema.CATEGORY, schema.DESCRIPTION, schema.DOMAIN)
TAG = re.compile(r'<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[A-Za-z][^<>]*>|"\s*/>', re.DOTALL | re.IGNORECASE)
"""Markup, what is written for browsers alone, and the end of a tag whose start is cut off."""

MARKED = re.compile(r"[<>&]")
"""Without any of these a text holds no markup."""


def cleaned(items: pd.DataFrame) -> pd.DataFrame:
    """The item table with the texts of `WORDS` clean, and `schema.TEXT`, what the language model reads; "" for none.

    A URI stays as it is written, but for NUL: "&copy=2" in it is no entity.
    """
    words = {name: items[name].fillna("").map(plain).astype("str") for name in WORDS}
    words[schema.IMAGE_URI] = items[schema.IMAGE_URI].fillna("").str.replace("\x00", "").astype("str")
    words[schema.CATEGORY] = items[schema.CATEGORY].fillna("").map(_categories).astype("str")
    made = items.assign(**words)
    return made.assign(**{schema.TEXT: text_of(made)})


def text_of(items: pd.DataFrame) -> pd.Series:
    """What the language model reads: title, words of the category, description; empty for an item without any.

    >>> films = pd.DataFrame({"title": ["Toy Story (1995)"], "category": ["Adventure|Children"], "description": [""]})
    >>> text_of(films)[0]
    'Toy Story (1995). Adventure, Children'
    """
    category = items[schema.CATEGORY].str.replace("|", ", ", regex=False)
    parts = zip(items[schema.TITLE], category, items[schema.DESCRIPTION], strict=True)
    whole = [". ".join(part.strip().removesuffix(".") for part in row if part.strip()) for row in parts]
    return pd.Series(whole, index=items.index, dtype="str")


def plain(text: str) -> str:
    """Without tags, entities and NUL, which Postgres cannot keep.

    >>> plain("<b>Tom &amp; Jerry</b> I <3 NY<script>x()</script>")
    'Tom & Jerry I <3 NY'
    >>> plain('24 Pencils" />')
    '24 Pencils'
    """
    bare = TAG.sub(" ", html.unescape(text)) if MARKED.search(text) else text
    return " ".join(bare.replace("\x00", " ").split()) if bare != text or "\x00" in text else text


def _categories(text: str) -> str:
    """Categories as "a|b", also where the text spells a list.

    >>> _categories("['Home', \\"Men's\\"]"), _categories('["a", ["b"]]'), _categories("Drama|War")
    ("Home|Men's", 'a|b', 'Drama|War')
    """
    if text.startswith("[") and text.endswith("]"):
        return "|".join(plain(part) for part in _parts(text))
    return plain(text)


def _parts(text: str) -> list[str]:
    try:
        listed = json.loads(text)
    except json.JSONDecodeError:
        try:
            listed = ast.literal_eval(text)
        except (ValueError, SyntaxError):  # it only looks like a list
            return [text]
    return [
        part for value in listed for part in (_parts(str(value)) if isinstance(value, list) else [str(value)]) if part
    ]
