"""What the language model gets to read of the items."""

from __future__ import annotations

import pandas as pd

from recsys import schema
from recsys.check.section import Section, percent, warning
from recsys.check.seen import Seen
from recsys.events import judge, words

SAMPLE = 20_000
"""Items whose texts are looked at."""
MAX_WITHOUT_TEXT, MAX_SAME = 0.2, 0.2
"""Shares of items without text, and of items whose text another item has too, above which a note is made."""


def section(seen: Seen) -> Section:
    """How many items have a text, how long it is, and how many share it."""
    good, items = seen.con.table(judge.ITEMS), sample(seen)
    texts = items.loc[items[schema.TEXT] != "", schema.TEXT]
    without_text, same = len(items) - len(texts), int(texts.duplicated(keep=False).sum())
    letters = int(texts.str.len().median()) if len(texts) else 0
    facts = {
        "items": len(good),
        "looked_at": len(items),
        "without_text": without_text,
        "same_text": same,
        "median_characters": letters,
    }
    lines = [
        f"of {len(items):,} items {percent(without_text, len(items))} have no text and {percent(same, len(items))} one "
        f"that another has too; {letters} characters in the middle"
    ]
    notes = []
    if without_text > MAX_WITHOUT_TEXT * len(items):
        notes.append(warning("many items have no title, category or description: new ones cannot be recommended"))
    if same > MAX_SAME * max(len(texts), 1):
        notes.append(warning("many items share their text: the language model cannot tell them apart"))
    return Section("texts", facts, lines, notes)


def sample(seen: Seen) -> pd.DataFrame:
    """Good items with their texts, `SAMPLE` of them at most, the same each time."""
    good = seen.con.table(judge.ITEMS)
    return words.cleaned(good.order(f"hash({schema.ITEM_ID}), {schema.ITEM_ID}").limit(SAMPLE).df())
