"""Reasons are words; the terms of the score behind each lie beside them, for those who may ask why.

A set that is loading has a table of its own, at which no reader looks: it gets the column too.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

COLUMN = "ADD COLUMN terms text[] NOT NULL DEFAULT '{}'"
STATEMENTS = (
    *(f"ALTER TABLE recsys.{table} {COLUMN}" for table in ("recommendation_list", "fallback_list", "overlay_list")),
    """
    DO $$
    DECLARE part text;
    BEGIN
        FOR part IN SELECT format('recsys.recommendation_list_%s', pub_id) FROM recsys.publication
                    WHERE status = 'loading' LOOP
            EXECUTE format('ALTER TABLE IF EXISTS %s ADD COLUMN terms text[] NOT NULL DEFAULT %L', part, '{}');
        END LOOP;
    END
    $$
    """,
    """
    CREATE OR REPLACE VIEW recsys.laid_over AS
    SELECT overlay.user_id, overlay.item_ids, overlay.scores, overlay.reasons, overlay.as_of, base.model_version,
           overlay.terms
    FROM recsys.overlay_list AS overlay
    JOIN recsys.publication AS base USING (pub_id)
    WHERE EXISTS (
        SELECT FROM recsys.live JOIN recsys.publication AS shown USING (pub_id)
        WHERE base.pub_id = shown.pub_id
           OR ((base.as_of, base.pub_id) < (shown.as_of, shown.pub_id) AND overlay.as_of > shown.as_of)
    )
    """,
    """
    CREATE OR REPLACE VIEW recsys.shown_list AS
    SELECT list.user_id, list.item_ids, list.scores, list.reasons, shown.as_of, shown.model_version, list.terms
    FROM (SELECT * FROM recsys.live LIMIT 1) AS shown, recsys.recommendation_list AS list
    WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
    """,
    # Of a user who has none it is that of the population: what `recommend_list` returns without a cohort.
    """
    CREATE FUNCTION public.explain_list(user_id text)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date,
                   model_version text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
    BEGIN ATOMIC
        SELECT list.item_ids, list.scores, list.reasons, list.terms, list.audience, list.as_of, list.model_version
        FROM (
            SELECT 1 AS precedence, item_ids, scores, reasons, terms, 'user' AS audience, as_of, model_version
            FROM recsys.laid_over WHERE laid_over.user_id = explain_list.user_id
            UNION ALL
            SELECT 2, item_ids, scores, reasons, terms, 'user', as_of, model_version
            FROM recsys.shown_list WHERE shown_list.user_id = explain_list.user_id
            UNION ALL
            SELECT 3, item_ids, scores, reasons, terms, audience, live.as_of, live.model_version
            FROM recsys.fallback_list JOIN recsys.live USING (pub_id) WHERE audience = 'population'
        ) AS list
        ORDER BY list.precedence
        LIMIT 1;
    END
    """,
    "REVOKE ALL ON FUNCTION public.explain_list FROM PUBLIC",
    "COMMENT ON FUNCTION public.explain_list IS 'What recommend_list returns, and beside each reason the terms of the"
    " score that it names, in their order, and the sum of the rest; empty for an earlier set (contract 2)'",
)


def upgrade() -> None:
    """Adds the column, and the function that reads it."""
    for statement in STATEMENTS:
        op.execute(statement)
