"""Lists without a user: items similar to an item, items that often follow it, popular and rising ones.

They are a part of a publication as lists of users are: the pointer, a rollback and the retention move all of them. A
publication made before has none, so the functions return no rows of it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = (
    """
    CREATE TABLE recsys.item_list (
        pub_id bigint NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        item_ids text[] NOT NULL,
        scores real[] NOT NULL,
        PRIMARY KEY (pub_id, kind, key)
    ) PARTITION BY LIST (pub_id)
    """,
    "COMMENT ON TABLE recsys.item_list IS 'Lists without a user, the best item first'",
    "COMMENT ON COLUMN recsys.item_list.key IS 'of similar and next an item, else a category, or empty for all items'",
    # A type: a function may not give a parameter and a column of its table the same name.
    """
    CREATE TYPE recsys.listed_item AS (rank int, item_id text, score real, as_of date, model_version text,
                                       publication bigint)
    """,
)


def upgrade() -> None:
    """Makes the table, and the type of what is read of it."""
    for statement in TABLES:
        op.execute(statement)
