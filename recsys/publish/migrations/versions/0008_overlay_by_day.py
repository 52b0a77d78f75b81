"""Which of two sets is later is decided by day and number: a set of an older day may be made again."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Changes the view."""
    op.execute("""
        CREATE OR REPLACE VIEW recsys.laid_over AS
        SELECT overlay.user_id, overlay.item_ids, overlay.scores, overlay.reasons, overlay.as_of, base.model_version
        FROM recsys.overlay_list AS overlay
        JOIN recsys.publication AS base USING (pub_id)
        WHERE EXISTS (
            SELECT FROM recsys.live JOIN recsys.publication AS shown USING (pub_id)
            WHERE base.pub_id = shown.pub_id
               OR ((base.as_of, base.pub_id) < (shown.as_of, shown.pub_id) AND overlay.as_of > shown.as_of)
        )
    """)
