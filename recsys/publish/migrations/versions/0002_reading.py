"""What applications read: the view `recommendations` and the function `recommend(user_id, n)`."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
    CREATE VIEW public.recommendations AS
    SELECT list.user_id, entry.rank::int AS rank, entry.item_id, entry.score, entry.reason,
           publication.as_of, publication.model_version
    FROM recsys.recommendation_list AS list
    JOIN recsys.publication USING (pub_id)
    CROSS JOIN LATERAL unnest(list.item_ids, list.scores, list.reasons) WITH ORDINALITY
        AS entry (item_id, score, reason, rank)
    WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
    """,
    "COMMENT ON VIEW public.recommendations IS 'The live publication, one row a recommendation; rank 1 is the best'",
    # It runs with its owner's rights, and its body is bound to these very tables when it is made.
    """
    CREATE FUNCTION public.recommend(user_id text, n int DEFAULT 10)
    RETURNS TABLE (rank int, item_id text, score real, reason text, audience text)
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
        WITH answer AS (
            SELECT 1 AS precedence, 'user' AS audience, list.item_ids, list.scores, list.reasons
            FROM recsys.recommendation_list AS list
            WHERE list.pub_id = (SELECT pub_id FROM recsys.live) AND list.user_id = recommend.user_id
            UNION ALL
            SELECT 2, list.audience, list.item_ids, list.scores, list.reasons
            FROM recsys.fallback_list AS list
            WHERE list.pub_id = (SELECT pub_id FROM recsys.live) AND list.audience = 'population'
            ORDER BY precedence
            LIMIT 1
        )
        SELECT entry.rank::int, entry.item_id, entry.score, entry.reason, answer.audience
        FROM answer
        CROSS JOIN LATERAL unnest(answer.item_ids, answer.scores, answer.reasons) WITH ORDINALITY
            AS entry (item_id, score, reason, rank)
        ORDER BY entry.rank
        LIMIT greatest(recommend.n, 0);
    END
    """,
    "COMMENT ON FUNCTION public.recommend IS 'The best n of a user; of the population for a user who has no list'",
)


def upgrade() -> None:
    """Makes the view and the function."""
    for statement in STATEMENTS:
        op.execute(statement)
