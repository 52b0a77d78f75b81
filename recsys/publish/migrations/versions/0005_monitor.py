"""What is watched of each day, and a flag on answers that are not the user's own, so that Postgres can count them."""

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
    # A function of its own, since Postgres counts calls of functions even of transactions that only read.
    """
    CREATE FUNCTION recsys.fall_back(cohort text)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY
        SELECT list.item_ids, list.scores, list.reasons, list.audience, publication.as_of, publication.model_version
        FROM recsys.fallback_list AS list
        JOIN recsys.live USING (pub_id)
        JOIN recsys.publication USING (pub_id)
        WHERE list.audience IN (fall_back.cohort, 'population')
        ORDER BY list.audience = 'population'
        LIMIT 1;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION recsys.fall_back FROM PUBLIC",
    """
    CREATE OR REPLACE FUNCTION public.recommend_list(user_id text, cohort text DEFAULT NULL)
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
            SELECT list.item_ids, list.scores, list.reasons, list.audience, list.as_of, list.model_version
            INTO item_ids, scores, reasons, audience, as_of, model_version
            FROM recsys.fall_back(recommend_list.cohort) AS list;
        END IF;
        IF FOUND THEN
            RETURN NEXT;
        END IF;
    END
    $$
    """,
)


def upgrade() -> None:
    """Makes the table and the function."""
    for statement in STATEMENTS:
        op.execute(statement)
