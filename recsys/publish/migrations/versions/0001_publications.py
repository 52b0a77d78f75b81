"""Publications, the lists they hold, and the pointer to the live publication."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE recsys.publication (
        pub_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        as_of date NOT NULL,
        model_version text NOT NULL,
        fingerprint text NOT NULL UNIQUE,
        status text NOT NULL CHECK (status IN ('published', 'withdrawn')),
        manifest jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz
    )
    """,
    "COMMENT ON COLUMN recsys.publication.status IS 'withdrawn: rolled back from; goes live again only by hand'",
    "COMMENT ON COLUMN recsys.publication.published_at IS 'when it last became live; null: never'",
    """
    CREATE TABLE recsys.live (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        pub_id bigint NOT NULL REFERENCES recsys.publication
    )
    """,
    # No DEFAULT partition: attaching another would have to scan and lock it.
    """
    CREATE TABLE recsys.recommendation_list (
        pub_id bigint NOT NULL,
        user_id text NOT NULL,
        item_ids text[] NOT NULL,
        scores real[] NOT NULL,
        reasons text[] NOT NULL,
        PRIMARY KEY (pub_id, user_id)
    ) PARTITION BY LIST (pub_id)
    """,
    """
    CREATE TABLE recsys.fallback_list (
        pub_id bigint NOT NULL REFERENCES recsys.publication ON DELETE CASCADE,
        audience text NOT NULL,
        item_ids text[] NOT NULL,
        scores real[] NOT NULL,
        reasons text[] NOT NULL,
        PRIMARY KEY (pub_id, audience)
    )
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
