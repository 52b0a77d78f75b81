"""Reading in one statement: what is live holds its day and model itself, and `recommend` goes by way of no other.

Plans are kept by the session and are the same for every user, so that no reader plans twice. `LIMIT 1` shows Postgres,
which has no statistics of a table before an ANALYZE, that what is live is one row. The rows of a list come out in its
order: they are unnested from one row.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    "ALTER TABLE recsys.live ADD COLUMN as_of date, ADD COLUMN model_version text",
    "UPDATE recsys.live SET as_of = publication.as_of, model_version = publication.model_version"
    " FROM recsys.publication WHERE publication.pub_id = live.pub_id",
    "ALTER TABLE recsys.live ALTER COLUMN as_of SET NOT NULL, ALTER COLUMN model_version SET NOT NULL",
    """
    CREATE VIEW recsys.shown_list AS
    SELECT list.user_id, list.item_ids, list.scores, list.reasons, shown.as_of, shown.model_version
    FROM (SELECT * FROM recsys.live LIMIT 1) AS shown, recsys.recommendation_list AS list
    WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
    """,
    "COMMENT ON VIEW recsys.shown_list IS 'The lists of the live set, without what lies over them'",
    """
    CREATE FUNCTION recsys.other_list(user_id text, cohort text)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY
        SELECT list.item_ids, list.scores, list.reasons, 'user', list.as_of, list.model_version
        FROM recsys.laid_over AS list
        WHERE list.user_id = other_list.user_id;
        IF NOT FOUND THEN
            RETURN QUERY
            SELECT list.item_ids, list.scores, list.reasons, 'user', list.as_of, list.model_version
            FROM recsys.shown_list AS list
            WHERE list.user_id = other_list.user_id;
        END IF;
        IF NOT FOUND THEN
            RETURN QUERY SELECT * FROM recsys.fall_back(other_list.cohort);
        END IF;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION recsys.other_list FROM PUBLIC",
    "COMMENT ON FUNCTION recsys.other_list IS"
    " 'The list of a user over whose list of the live set another may lie, or who has none in it'",
    """
    CREATE OR REPLACE FUNCTION public.recommend_list(user_id text, cohort text DEFAULT NULL)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    BEGIN
        SELECT list.item_ids, list.scores, list.reasons, 'user', list.as_of, list.model_version
        INTO item_ids, scores, reasons, audience, as_of, model_version
        FROM recsys.shown_list AS list
        WHERE list.user_id = recommend_list.user_id
          AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend_list.user_id);
        IF FOUND THEN
            RETURN NEXT;
        ELSE
            RETURN QUERY SELECT * FROM recsys.other_list(recommend_list.user_id, recommend_list.cohort);
        END IF;
    END
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION public.recommend(user_id text, n int DEFAULT 10, cohort text DEFAULT NULL)
    RETURNS TABLE (rank int, item_id text, score real, reason text, audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY
        SELECT generate_subscripts(list.item_ids, 1), unnest(list.item_ids), unnest(list.scores), unnest(list.reasons),
               'user', list.as_of, list.model_version
        FROM recsys.shown_list AS list
        WHERE list.user_id = recommend.user_id
          AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend.user_id)
        LIMIT least(greatest(n, 0), 1000);
        IF NOT FOUND THEN
            RETURN QUERY
            SELECT generate_subscripts(list.item_ids, 1), unnest(list.item_ids), unnest(list.scores),
                   unnest(list.reasons), list.audience, list.as_of, list.model_version
            FROM recsys.other_list(recommend.user_id, recommend.cohort) AS list
            LIMIT least(greatest(n, 0), 1000);
        END IF;
    END
    $$
    """,
)


def upgrade() -> None:
    """Changes the table and makes the functions."""
    for statement in STATEMENTS:
        op.execute(statement)
