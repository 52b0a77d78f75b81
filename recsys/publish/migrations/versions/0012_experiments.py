"""Experiments: what runs and ran, which share of the users each arm had and when, and what was decided and why.

No table names a user. One experiment runs at a time; `recsys.arm` holds its allocation, for whoever reads.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
    CREATE TABLE recsys.experiment (
        name text PRIMARY KEY CHECK (name <> ''),
        key text NOT NULL,
        metric text NOT NULL CHECK (metric IN ('ctr', 'conversion', 'value')),
        status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'ended')),
        arms text[] NOT NULL,
        steps float8[] NOT NULL DEFAULT '{}',
        smallest_effect float8 NOT NULL CHECK (smallest_effect > 0),
        min_users int NOT NULL CHECK (min_users > 0),
        baseline float8,
        detectable jsonb NOT NULL DEFAULT '[]',
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        outcome text,
        actor text NOT NULL,
        CHECK ((status = 'ended') = (ended_at IS NOT NULL))
    )
    """,
    "CREATE UNIQUE INDEX experiment_that_runs ON recsys.experiment (status) WHERE status = 'running'",
    "COMMENT ON TABLE recsys.experiment IS 'Experiments between publications; at most one runs'",
    "COMMENT ON COLUMN recsys.experiment.key IS 'random; with a user_id it gives the bucket of the user'",
    "COMMENT ON COLUMN recsys.experiment.arms IS 'challengers, in the order of the places from which they grow'",
    "COMMENT ON COLUMN recsys.experiment.steps IS 'percent of the users that the challenger gets, one after another'",
    "COMMENT ON COLUMN recsys.experiment.smallest_effect IS 'share of the metric that is worth knowing'",
    "COMMENT ON COLUMN recsys.experiment.baseline IS 'the metric before the start; null: nothing was known'",
    """
    CREATE TABLE recsys.experiment_step (
        experiment text NOT NULL REFERENCES recsys.experiment,
        number int NOT NULL,
        began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        shares jsonb NOT NULL,
        PRIMARY KEY (experiment, number)
    )
    """,
    "COMMENT ON TABLE recsys.experiment_step IS 'From when on the arms had which percent of the users'",
    """
    CREATE TABLE recsys.experiment_decision (
        experiment text NOT NULL REFERENCES recsys.experiment,
        decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        arm text NOT NULL,
        action text NOT NULL
            CHECK (action IN ('start', 'switch', 'wait', 'grow', 'withdraw', 'promote', 'end')),
        why text NOT NULL,
        actor text NOT NULL,
        pub_id bigint,
        users bigint,
        value float8,
        low float8,
        high float8,
        champion float8,
        mismatch float8
    )
    """,
    "CREATE INDEX ON recsys.experiment_decision (experiment, decided_at)",
    "COMMENT ON TABLE recsys.experiment_decision IS 'What was decided of each arm, and at a look what was seen: the"
    " metric less that of the champion with its interval, and the p-value of the sample ratio'",
    "ALTER TABLE recsys.pointer_move DROP CONSTRAINT pointer_move_why_check",
    "ALTER TABLE recsys.pointer_move ADD CONSTRAINT pointer_move_why_check"
    " CHECK (why IN ('published', 'live again', 'rolled back', 'promoted'))",
)


def upgrade() -> None:
    """Makes the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
