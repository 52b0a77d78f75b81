"""The four tables in the columns and types of `recsys.schema`, and the text that a language model reads."""

from __future__ import annotations

from datetime import date

import pandas as pd

from recsys import schema
from recsys.events.columns import column_of, flags, numbers, texts
from recsys.events.times import times_of

NAMES = (schema.USER_ID, schema.ITEM_ID, schema.ACTION, schema.DOMAIN, schema.EVENT_ID)
WORDS = (schema.TITLE, schema.CATEGORY, schema.DESCRIPTION, schema.DOMAIN, schema.IMAGE_URI)


def events(raw: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Events with the columns of `schema.EVENTS`; what is missing or cannot be read is null."""
    made = pd.DataFrame({name: texts(column_of(raw, name)) for name in NAMES})
    made = made.assign(**{
        schema.OCCURRED_AT: times_of(raw, as_of),
        schema.VALUE: numbers(column_of(raw, schema.VALUE)),
    })  # fmt: skip
    return made[list(schema.EVENTS)]


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

    >>> films = pd.DataFrame({"title": ["Toy Story (1995)"], "category": ["Adventure|Children"], "description": [""]})
    >>> text_of(films)[0]
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
