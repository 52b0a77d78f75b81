"""What is watched of each day."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """
    CREATE TABLE recsys.monitor (
        as_of date NOT NULL,
        metric text NOT NULL,
        part text NOT NULL DEFAULT '',
        value double precision NOT NULL,
        low double precision,
        high double precision,
        bound double precision,
        over boolean NOT NULL DEFAULT false,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (as_of, metric, part)
    )
    """,
    "COMMENT ON TABLE recsys.monitor IS 'What was measured of each day; over: on the wrong side of its bound'",
)


def upgrade() -> None:
    """Makes the table."""
    for statement in STATEMENTS:
        op.execute(statement)
