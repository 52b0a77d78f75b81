"""Reasons are words; the terms of the score behind each lie beside them, for those who may ask why.

A set that is loading has a table of its own, at which no reader looks: it gets the column too.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

COLUMN = "ADD COLUMN terms text[] NOT NULL DEFAULT '{}'"
STATEMENTS = (
    *(f"ALTER TABLE recsys.{table} {COLUMN}" for table in ("recommendation_list", "fallback_list", "overlay_list")),
    """
    DO $$
    DECLARE part text;
    BEGIN
        FOR part IN SELECT format('recsys.recommendation_list_%s', pub_id) FROM recsys.publication
                    WHERE status = 'loading' LOOP
            EXECUTE format('ALTER TABLE IF EXISTS %s ADD COLUMN terms text[] NOT NULL DEFAULT %L', part, '{}');
        END LOOP;
    END
    $$
    """,
)


def upgrade() -> None:
    """Adds the column."""
    for statement in STATEMENTS:
        op.execute(statement)
