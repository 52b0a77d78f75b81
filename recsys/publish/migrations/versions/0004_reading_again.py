"""Contract 2 of what applications read: the overlay, cohorts, `explain`, and more columns of `recommend`.

The function of contract 1 is moved, not dropped: a call that found it before this migration still ends well.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # What was made later than the live set, by its models or by earlier ones, and so knows more of its user.
    """
    CREATE VIEW recsys.laid_over AS
    SELECT overlay.user_id, overlay.item_ids, overlay.scores, overlay.reasons, overlay.as_of, base.model_version
    FROM recsys.overlay_list AS overlay
    JOIN recsys.publication AS base USING (pub_id)
    WHERE EXISTS (
        SELECT FROM recsys.live JOIN recsys.publication AS shown USING (pub_id)
        WHERE overlay.pub_id = shown.pub_id OR (overlay.pub_id < shown.pub_id AND overlay.as_of > shown.as_of)
    )
    """,
    """
    CREATE OR REPLACE VIEW public.recommendations AS
    SELECT shown.user_id, entry.rank::int AS rank, entry.item_id, entry.score, entry.reason,
           shown.as_of, shown.model_version
    FROM (
        SELECT list.user_id, list.item_ids, list.scores, list.reasons, publication.as_of, publication.model_version
        FROM recsys.recommendation_list AS list
        JOIN recsys.publication USING (pub_id)
        WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
          AND NOT EXISTS (SELECT FROM recsys.laid_over WHERE laid_over.user_id = list.user_id)
        UNION ALL
        SELECT user_id, item_ids, scores, reasons, as_of, model_version FROM recsys.laid_over
    ) AS shown
    CROSS JOIN LATERAL unnest(shown.item_ids, shown.scores, shown.reasons) WITH ORDINALITY
        AS entry (item_id, score, reason, rank)
    """,
    "COMMENT ON VIEW public.recommendations IS"
    " 'What is live, one row a recommendation; rank 1 is the best (contract 2)'",
    "ALTER FUNCTION public.recommend SET SCHEMA recsys",
    "ALTER FUNCTION recsys.recommend RENAME TO recommend_1",
    # Its plans are kept by the session, each statement for itself, and a user who has a list costs no more than that.
    """
    CREATE FUNCTION public.recommend_list(user_id text, cohort text DEFAULT NULL)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $$
    #variable_conflict use_column
    BEGIN
        PERFORM FROM recsys.overlay_list AS list WHERE list.user_id = recommend_list.user_id;
        IF FOUND THEN
            SELECT list.item_ids, list.scores, list.reasons, 'user', list.as_of, list.model_version
            INTO item_ids, scores, reasons, audience, as_of, model_version
            FROM recsys.laid_over AS list
            WHERE list.user_id = recommend_list.user_id;
        END IF;
        IF NOT FOUND THEN
            SELECT list.item_ids, list.scores, list.reasons, 'user', publication.as_of, publication.model_version
            INTO item_ids, scores, reasons, audience, as_of, model_version
            FROM recsys.recommendation_list AS list
            JOIN recsys.publication ON publication.pub_id = (SELECT pub_id FROM recsys.live)
            WHERE list.pub_id = (SELECT pub_id FROM recsys.live) AND list.user_id = recommend_list.user_id;
        END IF;
        IF NOT FOUND THEN
            SELECT list.item_ids, list.scores, list.reasons, list.audience, publication.as_of, publication.model_version
            INTO item_ids, scores, reasons, audience, as_of, model_version
            FROM recsys.fallback_list AS list
            JOIN recsys.live USING (pub_id)
            JOIN recsys.publication USING (pub_id)
            WHERE list.audience IN (recommend_list.cohort, 'population')
            ORDER BY list.audience = 'population'
            LIMIT 1;
        END IF;
        IF FOUND THEN
            RETURN NEXT;
        END IF;
    END
    $$
    """,
    "COMMENT ON FUNCTION public.recommend_list IS 'The whole list of a user as one row; for a user who has none that of"
    ' the cohort ("attribute=value"), or else of the population (contract 2)\'',
    """
    CREATE FUNCTION public.recommend(user_id text, n int DEFAULT 10, cohort text DEFAULT NULL)
    RETURNS TABLE (rank int, item_id text, score real, reason text, audience text, as_of date, model_version text)
    LANGUAGE sql STABLE ROWS 10
    BEGIN ATOMIC
        SELECT entry.rank::int, entry.item_id, entry.score, entry.reason, list.audience, list.as_of, list.model_version
        FROM public.recommend_list(recommend.user_id, recommend.cohort) AS list
        CROSS JOIN LATERAL unnest(list.item_ids, list.scores, list.reasons) WITH ORDINALITY
            AS entry (item_id, score, reason, rank)
        ORDER BY entry.rank
        LIMIT least(greatest(recommend.n, 0), 1000);
    END
    """,
    "COMMENT ON FUNCTION public.recommend IS 'The best n of what recommend_list returns, at most 1000, one row each"
    " (contract 2)'",
    """
    CREATE FUNCTION public.explain(user_id text)
    RETURNS TABLE (interest int, name text, before real, after real, evidence real, alpha real, donors jsonb,
                   as_of date, model_version text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 32
    BEGIN ATOMIC
        SELECT interest.interest, interest.name, coalesce(trace.observed[interest.interest + 1], 0),
               trace.transferred[interest.interest + 1], trace.evidence, trace.alpha,
               (SELECT jsonb_object_agg(donor.name, donor.share)
                FROM unnest(trace.donors, trace.shares) AS donor (name, share)),
               publication.as_of, publication.model_version
        FROM recsys.trace_list AS trace
        JOIN recsys.publication USING (pub_id)
        JOIN recsys.interest USING (pub_id)
        WHERE trace.pub_id = (SELECT pub_id FROM recsys.live) AND trace.user_id = explain.user_id
        ORDER BY 4 DESC, 1;
    END
    """,
    "REVOKE ALL ON FUNCTION public.explain FROM PUBLIC",
    "COMMENT ON FUNCTION public.explain IS 'Interests of a user before and after transfer, strongest first; alpha, and"
    " the share of each donor in what was transferred. Empty for a user of whom the live set holds no trace'",
    "CREATE FUNCTION public.recommendations_contract() RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT 2; END",
    "COMMENT ON FUNCTION public.recommendations_contract IS"
    " 'Version of what applications read; within one, columns are added at the end and none is changed'",
)


def upgrade() -> None:
    """Makes the views and the functions."""
    for statement in STATEMENTS:
        op.execute(statement)
