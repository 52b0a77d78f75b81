"""Feedback: what was shown, and what users did with it, by the id of the answer."""

from alembic import op

revision = "0011"
down_revision = "0010"

ACTIONS = (
    "impression",
    "tag",
    "view",
    "page_view",
    "pageview",
    "view_item",
    "pv",
    "click",
    "open",
    "history",
    "read",
    "comment",
    "dwell",
    "cart",
    "addtocart",
    "add_to_cart",
    "wishlist",
    "add_to_wishlist",
    "follow",
    "save",
    "bookmark",
    "share",
    "repost",
    "favorite",
    "fav",
    "like",
    "rate",
    "review",
    "play",
    "replay",
    "listen",
    "watch",
    "download",
    "subscribe",
    "ask",
    "answer",
    "upvote",
    "buy",
    "purchase",
    "order",
    "transaction",
    "remove_from_cart",
    "skip",
    "mute",
    "hide",
    "dislike",
    "downvote",
    "return",
    "refund",
)
"""Those that the settings know as they come; a publication adds those of its own settings."""

TABLES = (
    """
    CREATE TABLE recsys.feedback (
        pub_id bigint NOT NULL,
        user_id text NOT NULL,
        item_id text NOT NULL,
        action text NOT NULL,
        occurred_at timestamptz NOT NULL,
        position int,
        signal text,
        audience text NOT NULL,
        experiment text,
        arm text,
        value double precision,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (pub_id, user_id, item_id, action, occurred_at)
    )
    """,
    "COMMENT ON TABLE recsys.feedback IS 'What was shown (impression) and what users did; outlives publications'",
    "COMMENT ON COLUMN recsys.feedback.pub_id IS 'Publication that the user was shown; it may be gone by now'",
    "COMMENT ON COLUMN recsys.feedback.position IS 'Place of the item in the list, 1 is the best; null where the list"
    " was replaced since'",
    "COMMENT ON COLUMN recsys.feedback.signal IS 'Signal with the largest term of the score; null without terms'",
    "COMMENT ON COLUMN recsys.feedback.audience IS 'Whose list it was: user, a cohort, or population'",
    "COMMENT ON COLUMN recsys.feedback.action IS 'impression: it was shown; all others are what the user did'",
    "COMMENT ON COLUMN recsys.feedback.experiment IS 'Experiment that ran when this was received; null while none did'",
    "COMMENT ON COLUMN recsys.feedback.arm IS 'Arm that the user was in when this was received; champion for the rest"
    " while an experiment runs, else null'",
    "COMMENT ON COLUMN recsys.feedback.value IS 'Of a purchase, in the currency of the caller'",
    # Rows arrive nearly in the order of their time, so that a few blocks show where a window of days lies.
    "CREATE INDEX feedback_time ON recsys.feedback USING brin (occurred_at)",
    "CREATE INDEX feedback_action_time ON recsys.feedback (occurred_at) WHERE action <> 'impression'",
    "CREATE INDEX feedback_user ON recsys.feedback USING hash (user_id)",
    """
    CREATE TABLE recsys.feedback_quarantine (
        quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        recommendation_id text,
        item_id text,
        action text,
        occurred_at timestamptz,
        value double precision,
        reason text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON TABLE recsys.feedback_quarantine IS 'Feedback that was not accepted, as it was received (texts up to"
    " 10,000 characters), and why'",
    "COMMENT ON COLUMN recsys.feedback_quarantine.reason IS 'First reason that holds against the row'",
    "CREATE TABLE recsys.feedback_action (action text PRIMARY KEY)",
    "COMMENT ON TABLE recsys.feedback_action IS 'Actions that feedback may name: impression, and those of behaviour'",
    f"INSERT INTO recsys.feedback_action SELECT unnest(ARRAY{list(ACTIONS)})",
    "ALTER TABLE recsys.overlay_list ADD COLUMN laid_at timestamptz NOT NULL DEFAULT now()",
    "COMMENT ON COLUMN recsys.overlay_list.laid_at IS 'From when on the user is shown this list'",
)


def upgrade() -> None:
    """Makes the tables."""
    for statement in TABLES:
        op.execute(statement)
