"""Publications that are loaded in parts, or refused and kept for inspection; interests and traces; the overlay."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE recsys.publication DROP CONSTRAINT publication_status_check",
    """
    ALTER TABLE recsys.publication
        ADD CONSTRAINT publication_status_check CHECK (status IN ('loading', 'refused', 'published', 'withdrawn')),
        ADD COLUMN refusal text
    """,
    "COMMENT ON COLUMN recsys.publication.status IS 'loading: parts are missing, no reader sees it;"
    " refused: kept for inspection; withdrawn: rolled back from, goes live again only by hand'",
    "COMMENT ON COLUMN recsys.publication.refusal IS 'why a refused publication was refused'",
    """
    CREATE TABLE recsys.part (
        pub_id bigint NOT NULL REFERENCES recsys.publication ON DELETE CASCADE,
        name text NOT NULL,
        users bigint NOT NULL,
        recommendations bigint NOT NULL,
        PRIMARY KEY (pub_id, name)
    )
    """,
    "COMMENT ON TABLE recsys.part IS 'Which parts of a publication are loaded: one row and its rows, or neither'",
    """
    CREATE TABLE recsys.interest (
        pub_id bigint NOT NULL REFERENCES recsys.publication ON DELETE CASCADE,
        interest int NOT NULL,
        name text NOT NULL,
        PRIMARY KEY (pub_id, interest)
    )
    """,
    """
    CREATE TABLE recsys.trace_list (
        pub_id bigint NOT NULL,
        user_id text NOT NULL,
        evidence real NOT NULL,
        alpha real NOT NULL,
        observed real[] NOT NULL,
        transferred real[] NOT NULL,
        donors text[] NOT NULL,
        shares real[] NOT NULL,
        PRIMARY KEY (pub_id, user_id)
    ) PARTITION BY LIST (pub_id)
    """,
    "COMMENT ON COLUMN recsys.trace_list.observed IS 'empty: nothing was known'",
    """
    CREATE TABLE recsys.overlay_list (
        user_id text PRIMARY KEY,
        pub_id bigint NOT NULL REFERENCES recsys.publication ON DELETE CASCADE,
        as_of date NOT NULL,
        history text NOT NULL,
        item_ids text[] NOT NULL,
        scores real[] NOT NULL,
        reasons text[] NOT NULL
    )
    """,
    "CREATE INDEX ON recsys.overlay_list (pub_id)",
    "COMMENT ON COLUMN recsys.overlay_list.pub_id IS 'publication whose models made the list'",
    "COMMENT ON COLUMN recsys.overlay_list.history IS 'digest of the events that the list knows'",
)


def upgrade() -> None:
    """Makes the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
