"""Items, users and follows in their own types, and the text of an item that a language model reads."""

from __future__ import annotations

import pandas as pd

from recsys import schema
from recsys.events.columns import column_of, flags, numbers, texts

WORDS = (schema.TITLE, schema.CATEGORY, schema.DESCRIPTION, schema.DOMAIN, schema.IMAGE_URI)


def items(raw: pd.DataFrame) -> pd.DataFrame:
    """The item table with the columns of `schema.ITEMS`; missing texts are empty, an item is available by default."""
    words = pd.DataFrame({name: _words(column_of(raw, name)) for name in WORDS})
    made = words.assign(**{
        schema.ITEM_ID: texts(raw[schema.ITEM_ID]),
        schema.AVAILABLE: flags(column_of(raw, schema.AVAILABLE), default=True),
        schema.TEXT: text_of(words),
    })  # fmt: skip
    return made[list(schema.ITEMS)]


def text_of(items: pd.DataFrame) -> pd.Series:
    """What the language model reads: title, words of the category, description; empty for an item without any.

    >>> text_of(pd.DataFrame({"title": ["Toy Story (1995)"], "category": ["Adventure|Children"], "description": [""]}))[0]
    'Toy Story (1995). Adventure, Children'
    """
    category = items[schema.CATEGORY].str.replace("|", ", ", regex=False)
    parts = zip(items[schema.TITLE], category, items[schema.DESCRIPTION], strict=True)
    whole = [". ".join(part.strip().removesuffix(".") for part in row if part.strip()) for row in parts]
    return pd.Series(whole, index=items.index, dtype="str")


def users(raw: pd.DataFrame | None) -> pd.DataFrame:
    """The user table: `user_id` and whatever attributes there are; mixed columns become text."""
    if raw is None:
        return pd.DataFrame({schema.USER_ID: pd.Series(dtype="str")})
    attributes = {name: texts(column) if column.dtype == object else column for name, column in raw.items()}
    return pd.DataFrame({**attributes, schema.USER_ID: texts(raw[schema.USER_ID])})


def follows(raw: pd.DataFrame | None) -> pd.DataFrame:
    """The follow graph with the columns of `schema.FOLLOWS`; a follow without weight weighs 1."""
    if raw is None:
        raw = pd.DataFrame(columns=list(schema.FOLLOWS))
    weight = column_of(raw, schema.WEIGHT)
    return pd.DataFrame({
        schema.FOLLOWER_ID: texts(raw[schema.FOLLOWER_ID]),
        schema.FOLLOWEE_ID: texts(raw[schema.FOLLOWEE_ID]),
        schema.WEIGHT: numbers(weight).where(weight.notna(), 1.0),
    })  # fmt: skip


def _words(column: pd.Series) -> pd.Series:
    """Text for people to read; without NUL, which Postgres cannot keep."""
    return texts(column).fillna("").str.replace("\x00", " ", regex=False)
