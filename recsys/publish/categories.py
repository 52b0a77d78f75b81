"""Categories of the items, by which readers filter: what the newest publication's catalogue has of each."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2 import sql
from psycopg2.extensions import cursor

from recsys import schema
from recsys.interests.names import split_categories
from recsys.publish.copying import copy_into
from recsys.publish.lists import BATCH_ROWS, NUL

FRESH = "CREATE TEMPORARY TABLE fresh_item (pub_id bigint, item_id text, categories text[]) ON COMMIT DROP"
DROP = "DELETE FROM recsys.item WHERE NOT EXISTS (SELECT FROM fresh_item WHERE fresh_item.item_id = item.item_id)"
UPSERT = """
    INSERT INTO recsys.item (item_id, categories) SELECT item_id, categories FROM fresh_item
    ON CONFLICT (item_id) DO UPDATE SET categories = excluded.categories
    WHERE item.categories <> excluded.categories
"""


def replace(work: cursor, items: Path, pub_id: int) -> None:
    """Makes the categories those of this catalogue; only what is new, other or gone is written."""
    work.execute(FRESH)
    copy_into(work, sql.Identifier("fresh_item"), pub_id, _categorised(items).to_batches(BATCH_ROWS))
    work.execute(DROP)
    work.execute(UPSERT)


def _categorised(items: Path) -> pa.Table:
    """The item_id and categories of all items that have any; text with a NUL is none that Postgres can store."""
    if schema.CATEGORY not in pq.read_schema(items).names:
        return pa.table({schema.ITEM_ID: pa.array([], pa.string()), "categories": pa.array([], pa.list_(pa.string()))})
    table = pq.read_table(items, columns=[schema.ITEM_ID, schema.CATEGORY]).to_pydict()
    found = {
        item: split_categories(category)
        for item, category in zip(table[schema.ITEM_ID], table[schema.CATEGORY], strict=True)
        if category and NUL not in category and NUL not in item
    }
    named = {item: categories for item, categories in found.items() if categories}
    lists = pa.array(list(named.values()), pa.list_(pa.string()))
    return pa.table({schema.ITEM_ID: pa.array(list(named), pa.string()), "categories": lists})
