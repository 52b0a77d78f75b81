"""Items that are sold out, categories of items, arms of an experiment."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = (
    """
    CREATE TABLE recsys.arm (
        experiment text NOT NULL,
        arm text NOT NULL,
        key text NOT NULL,
        bucket_from int NOT NULL CHECK (bucket_from >= 0),
        bucket_to int NOT NULL CHECK (bucket_to <= 10000),
        pub_id bigint NOT NULL REFERENCES recsys.publication,
        as_of date NOT NULL,
        model_version text NOT NULL,
        PRIMARY KEY (experiment, arm),
        CHECK (bucket_from <= bucket_to)
    )
    """,
    "COMMENT ON TABLE recsys.arm IS 'Challengers of the experiment that runs: users of these buckets read another"
    " publication than the live one'",
    "CREATE TABLE recsys.unavailable (item_id text PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())",
    "COMMENT ON TABLE recsys.unavailable IS 'Items that no answer names until they are available again'",
    "CREATE TABLE recsys.item (item_id text PRIMARY KEY, categories text[] NOT NULL)",
    "COMMENT ON TABLE recsys.item IS 'Categories of each item, as the newest publication has them'",
)
# Functions of contract 2, in a store that still has them: a call that found one before this ends well.
MOVE = """
    DO $$
    DECLARE name text;
    BEGIN
        FOREACH name IN ARRAY ARRAY['recommend', 'recommend_list', 'explain_list'] LOOP
            CONTINUE WHEN to_regproc('public.' || name) IS NULL;
            EXECUTE format('ALTER FUNCTION public.%I SET SCHEMA recsys', name);
            EXECUTE format('ALTER FUNCTION recsys.%I RENAME TO %I', name, name || '_2');
            EXECUTE format('REVOKE ALL ON FUNCTION recsys.%I FROM PUBLIC', name || '_2');
        END LOOP;
    END
    $$
"""


def upgrade() -> None:
    """Makes the tables, and moves the functions."""
    for statement in (*TABLES, MOVE):
        op.execute(statement)
