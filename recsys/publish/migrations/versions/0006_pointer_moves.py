"""A record of what was published, when, why and by whom."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """
    CREATE TABLE recsys.pointer_move (
        moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        pub_id bigint NOT NULL,
        before bigint,
        why text NOT NULL CHECK (why IN ('published', 'live again', 'rolled back')),
        actor text NOT NULL
    )
    """,
    "CREATE INDEX ON recsys.pointer_move (moved_at)",
    "COMMENT ON TABLE recsys.pointer_move IS 'What became live; it outlives the publications'",
    "COMMENT ON COLUMN recsys.pointer_move.before IS 'what was live until then; null: nothing'",
)


def upgrade() -> None:
    """Makes the table."""
    for statement in STATEMENTS:
        op.execute(statement)
