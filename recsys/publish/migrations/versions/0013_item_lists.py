"""Lists without a user: items similar to an item, items that often follow it, popular and rising ones.

They are a part of a publication as lists of users are: the pointer, a rollback and the retention move all of them. A
publication made before has none, so the functions return no rows of it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

FUNCTIONS = (
    (
        "similar_items(item_id text, n int DEFAULT 10)",
        "SELECT * FROM recsys.item_list_of('similar', similar_items.item_id, n)",
        "The available items most similar to an item, by who interacts with both and by their texts",
    ),
    (
        "often_next(item_id text, n int DEFAULT 10)",
        "SELECT * FROM recsys.item_list_of('next', often_next.item_id, n)",
        "The available items that often follow an item; none without times",
    ),
    (
        "popular(category text DEFAULT NULL, n int DEFAULT 10)",
        "SELECT * FROM recsys.item_list_of('popular', coalesce(category, ''), n)",
        "The available items of most positives, recent ones counting more, of a category or of all",
    ),
    (
        "trending(category text DEFAULT NULL, n int DEFAULT 10)",
        "SELECT * FROM recsys.item_list_of('trending', coalesce(category, ''), n)",
        "The available items whose positives of the last week most exceed those before, of a category or of all; none"
        " without times",
    ),
)
"""By declaration: the query, and a comment."""

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
    """
    CREATE FUNCTION recsys.item_list_of(kind text, key text, n int) RETURNS SETOF recsys.listed_item
    LANGUAGE plpgsql STABLE ROWS 10
    AS $$
    BEGIN
        RETURN QUERY
        SELECT (row_number() OVER (ORDER BY entry.place))::int, entry.item_id, entry.score, shown.as_of,
               shown.model_version, shown.pub_id
        FROM (SELECT * FROM recsys.live LIMIT 1) AS shown, recsys.item_list AS list,
             unnest(list.item_ids, list.scores) WITH ORDINALITY AS entry (item_id, score, place)
        WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
          AND list.kind = item_list_of.kind AND list.key = item_list_of.key
          AND NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = entry.item_id)
        ORDER BY entry.place
        LIMIT least(greatest(n, 0), 1000);
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION recsys.item_list_of FROM PUBLIC",
    "COMMENT ON FUNCTION recsys.item_list_of IS 'The best n of a list of the live set, without what is sold out'",
)


def upgrade() -> None:
    """Makes the table, and the functions that read it."""
    for statement in TABLES:
        op.execute(statement)
    for declaration, query, comment in FUNCTIONS:
        name = declaration.partition("(")[0]
        op.execute(f"""
            CREATE FUNCTION public.{declaration} RETURNS SETOF recsys.listed_item
            LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
            SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
            AS $$ BEGIN RETURN QUERY {query}; END $$
        """)
        op.execute(f"REVOKE ALL ON FUNCTION public.{name} FROM PUBLIC")
        op.execute(f"COMMENT ON FUNCTION public.{name} IS '{comment}: at most 1000, one row each (contract 3)'")
