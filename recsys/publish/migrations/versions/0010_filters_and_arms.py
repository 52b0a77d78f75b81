"""Contract 3 of what applications read: filters, items that are sold out, arms of an experiment, ids of answers.

A user with a list, while nothing is sold out and no experiment runs, is answered by one statement, with filters or
without; all else goes by way of `recsys.list_of`. The functions of contract 2 are moved, not dropped: a call that found
one before this migration still ends well.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

MOVED = ("recommend", "recommend_list", "explain_list")

TABLES = (
    """
    CREATE TABLE recsys.arm (
        experiment text NOT NULL,
        arm text NOT NULL,
        key text NOT NULL,
        bucket_from int NOT NULL CHECK (bucket_from >= 0),
        bucket_to int NOT NULL CHECK (bucket_to <= 10000),
        pub_id bigint NOT NULL REFERENCES recsys.publication,
        as_of date NOT NULL,
        model_version text NOT NULL,
        PRIMARY KEY (experiment, arm),
        CHECK (bucket_from <= bucket_to)
    )
    """,
    "COMMENT ON TABLE recsys.arm IS 'Challengers of the experiment that runs: users of these buckets read another"
    " publication than the live one'",
    "CREATE TABLE recsys.unavailable (item_id text PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())",
    "COMMENT ON TABLE recsys.unavailable IS 'Items that no answer names until they are available again'",
    "CREATE TABLE recsys.item (item_id text PRIMARY KEY, categories text[] NOT NULL)",
    "COMMENT ON TABLE recsys.item IS 'Categories of each item, as the newest publication has them'",
    # Not for parallel workers: for lack of statistics they would be started for a view of a few rows.
    """
    CREATE FUNCTION recsys.bucket(key text, user_id text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL UNSAFE
    RETURN (('x' || left(encode(sha256(convert_to(key || ':' || user_id, 'UTF8')), 'hex'), 8))::bit(32)::bigint
            % 10000)::int
    """,
    "COMMENT ON FUNCTION recsys.bucket IS 'Bucket of a user in an experiment, 0 to 9999: the first four bytes of"
    " sha256(key:user_id), modulo 10000'",
)

VIEWS = (
    """
    CREATE OR REPLACE VIEW recsys.shown_list AS
    SELECT list.user_id, list.item_ids, list.scores, list.reasons, shown.as_of, shown.model_version, list.terms,
           list.pub_id
    FROM (SELECT * FROM recsys.live LIMIT 1) AS shown, recsys.recommendation_list AS list
    WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
    """,
    # Users of an arm: lists by its models alone. All others: by the live models, or by earlier ones on a later day.
    """
    CREATE OR REPLACE VIEW recsys.laid_over AS
    SELECT overlay.user_id, overlay.item_ids, overlay.scores, overlay.reasons, overlay.as_of, base.model_version,
           overlay.terms, coalesce(arm.pub_id, live.pub_id) AS pub_id
    FROM recsys.overlay_list AS overlay
    JOIN recsys.publication AS base USING (pub_id)
    CROSS JOIN recsys.live
    LEFT JOIN recsys.arm ON recsys.bucket(arm.key, overlay.user_id) >= arm.bucket_from
                        AND recsys.bucket(arm.key, overlay.user_id) < arm.bucket_to
    WHERE base.pub_id = coalesce(arm.pub_id, live.pub_id)
       OR (arm.pub_id IS NULL AND (base.as_of, base.pub_id) < (live.as_of, live.pub_id) AND overlay.as_of > live.as_of)
    """,
    """
    CREATE OR REPLACE VIEW public.recommendations AS
    SELECT shown.user_id, entry.rank::int AS rank, entry.item_id, entry.score, entry.reason,
           shown.as_of, shown.model_version, shown.pub_id AS publication,
           shown.pub_id || ':' || shown.user_id AS recommendation_id
    FROM (
        SELECT base.*
        FROM (
            SELECT list.user_id, list.item_ids, list.scores, list.reasons, live.as_of, live.model_version, list.pub_id
            FROM recsys.recommendation_list AS list CROSS JOIN recsys.live
            WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
              AND (NOT EXISTS (SELECT FROM recsys.arm)
                   OR NOT EXISTS (SELECT FROM recsys.arm
                                  WHERE recsys.bucket(arm.key, list.user_id) >= arm.bucket_from
                                    AND recsys.bucket(arm.key, list.user_id) < arm.bucket_to))
            UNION ALL
            SELECT list.user_id, list.item_ids, list.scores, list.reasons, arm.as_of, arm.model_version, list.pub_id
            FROM recsys.arm
            JOIN recsys.recommendation_list AS list ON list.pub_id = arm.pub_id
             AND recsys.bucket(arm.key, list.user_id) >= arm.bucket_from
             AND recsys.bucket(arm.key, list.user_id) < arm.bucket_to
        ) AS base
        WHERE NOT EXISTS (SELECT FROM recsys.laid_over WHERE laid_over.user_id = base.user_id)
        UNION ALL
        SELECT user_id, item_ids, scores, reasons, as_of, model_version, pub_id FROM recsys.laid_over
    ) AS shown
    CROSS JOIN LATERAL unnest(shown.item_ids, shown.scores, shown.reasons) WITH ORDINALITY
        AS entry (item_id, score, reason, rank)
    WHERE NOT EXISTS (SELECT FROM recsys.unavailable)
       OR NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = entry.item_id)
    """,
    "COMMENT ON VIEW public.recommendations IS 'What is shown, one row a recommendation; rank 1 is the best, and ranks"
    " of items that are sold out are missing (contract 3)'",
)

ORDINARY = """NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = @function.user_id)
          AND NOT EXISTS (SELECT FROM recsys.arm) AND NOT EXISTS (SELECT FROM recsys.unavailable)"""
PASSES = """(exclude IS NULL OR NOT coalesce(entry.item_id = ANY (exclude), false))
          AND (among IS NULL OR entry.item_id = ANY (among))
          AND (@function.categories IS NULL
               OR EXISTS (SELECT FROM recsys.item
                          WHERE item.item_id = entry.item_id AND item.categories && @function.categories))"""


def _of(function: str, statement: str) -> str:
    """A statement with @ordinary (the live list is what the user is shown) and @passes (an entry passes the filters).

    They are texts, since a function with a query in it is not inlined, and a call for each entry is dear.
    """
    return statement.replace("@ordinary", ORDINARY).replace("@passes", PASSES).replace("@function", function)


LISTS = (
    # A function of its own, since Postgres counts calls of functions even of transactions that only read.
    """
    CREATE FUNCTION recsys.fall_back(cohort text, pub_id bigint)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[], audience text)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY
        SELECT list.item_ids, list.scores, list.reasons, list.terms, list.audience
        FROM recsys.fallback_list AS list
        WHERE list.pub_id = fall_back.pub_id AND list.audience IN (fall_back.cohort, 'population')
        ORDER BY list.audience = 'population'
        LIMIT 1;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION recsys.fall_back(text, bigint) FROM PUBLIC",
    """
    CREATE FUNCTION recsys.in_stock(item_ids text[], scores real[], reasons text[], terms text[])
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[])
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT array_agg(entry.item_id ORDER BY entry.place), array_agg(entry.score ORDER BY entry.place),
               array_agg(entry.reason ORDER BY entry.place),
               coalesce(array_agg(entry.terms ORDER BY entry.place) FILTER (WHERE entry.terms IS NOT NULL), '{}')
        FROM unnest(in_stock.item_ids, in_stock.scores, in_stock.reasons, in_stock.terms) WITH ORDINALITY
            AS entry (item_id, score, reason, terms, place)
        WHERE NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = entry.item_id);
    END
    """,
    "REVOKE ALL ON FUNCTION recsys.in_stock FROM PUBLIC",
    "COMMENT ON FUNCTION recsys.in_stock IS 'A list without what is sold out; nulls where nothing is left'",
    """
    CREATE FUNCTION recsys.list_of(user_id text, cohort text)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date,
                   model_version text, publication bigint, recommendation_id text)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
    #variable_conflict use_column
    DECLARE
        shown record;
        sold_out boolean := EXISTS (SELECT FROM recsys.unavailable);
    BEGIN
        SELECT source.pub_id, source.as_of, source.model_version INTO shown
        FROM (
            SELECT 1 AS precedence, arm.pub_id, arm.as_of, arm.model_version FROM recsys.arm
            WHERE recsys.bucket(arm.key, list_of.user_id) >= arm.bucket_from
              AND recsys.bucket(arm.key, list_of.user_id) < arm.bucket_to
            UNION ALL
            SELECT 2, live.pub_id, live.as_of, live.model_version FROM recsys.live
        ) AS source
        ORDER BY source.precedence
        LIMIT 1;
        publication := shown.pub_id;
        recommendation_id := shown.pub_id || ':' || list_of.user_id;
        audience := 'user';
        IF EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = list_of.user_id) THEN
            SELECT list.item_ids, list.scores, list.reasons, list.terms, list.as_of, list.model_version
            INTO item_ids, scores, reasons, terms, as_of, model_version
            FROM recsys.laid_over AS list
            WHERE list.user_id = list_of.user_id;
        END IF;
        IF item_ids IS NULL THEN
            as_of := shown.as_of;
            model_version := shown.model_version;
            SELECT list.item_ids, list.scores, list.reasons, list.terms INTO item_ids, scores, reasons, terms
            FROM recsys.recommendation_list AS list
            WHERE list.pub_id = shown.pub_id AND list.user_id = list_of.user_id;
        END IF;
        IF item_ids IS NOT NULL AND sold_out THEN
            SELECT * INTO item_ids, scores, reasons, terms FROM recsys.in_stock(item_ids, scores, reasons, terms);
        END IF;
        IF item_ids IS NULL THEN
            SELECT list.item_ids, list.scores, list.reasons, list.terms, list.audience
            INTO item_ids, scores, reasons, terms, audience
            FROM recsys.fall_back(list_of.cohort, shown.pub_id) AS list;
            IF sold_out THEN
                SELECT * INTO item_ids, scores, reasons, terms FROM recsys.in_stock(item_ids, scores, reasons, terms);
            END IF;
        END IF;
        IF item_ids IS NULL AND audience <> 'population' THEN
            SELECT kept.item_ids, kept.scores, kept.reasons, kept.terms, list.audience
            INTO item_ids, scores, reasons, terms, audience
            FROM recsys.fall_back(NULL, shown.pub_id) AS list,
                 recsys.in_stock(list.item_ids, list.scores, list.reasons, list.terms) AS kept;
        END IF;
        IF item_ids IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION recsys.list_of FROM PUBLIC",
    "COMMENT ON FUNCTION recsys.list_of IS 'The list that a user is shown, without what is sold out: of the arm or the"
    " live set, what lies over it, or else that of the cohort or the population'",
    # Entries stream from the user's list into the population's, so that no more are looked at than are asked for.
    _of(
        "filtered",
        """
    CREATE FUNCTION recsys.filtered(user_id text, n int, cohort text, categories text[], exclude text[], among text[])
    RETURNS TABLE (rank int, item_id text, score real, reason text, audience text, as_of date, model_version text,
                   publication bigint, recommendation_id text)
    LANGUAGE plpgsql STABLE ROWS 10
    AS $$
    #variable_conflict use_column
    DECLARE
        list record;
        fill boolean := categories IS NOT NULL OR exclude IS NOT NULL OR among IS NOT NULL;
    BEGIN
        SELECT * INTO list FROM recsys.list_of(filtered.user_id, filtered.cohort);
        RETURN QUERY
        SELECT (row_number() OVER ())::int, entry.item_id, entry.score, entry.reason, entry.audience, list.as_of,
               list.model_version, list.publication, list.recommendation_id
        FROM (
            SELECT own.item_id, own.score, own.reason, list.audience
            FROM unnest(list.item_ids, list.scores, list.reasons) AS own (item_id, score, reason)
            UNION ALL
            SELECT other.item_id, other.score, other.reason, common.audience
            FROM recsys.fallback_list AS common
            CROSS JOIN LATERAL unnest(common.item_ids, common.scores, common.reasons) AS other (item_id, score, reason)
            WHERE fill AND list.audience <> 'population'
              AND common.pub_id = list.publication AND common.audience = 'population'
              AND other.item_id <> ALL (list.item_ids)
              AND NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = other.item_id)
        ) AS entry
        WHERE @passes
        LIMIT least(greatest(n, 0), 1000);
    END
    $$
    """,
    ),
    "REVOKE ALL ON FUNCTION recsys.filtered FROM PUBLIC",
)

READING = (
    *(f"ALTER FUNCTION public.{name} SET SCHEMA recsys" for name in MOVED),
    *(f"ALTER FUNCTION recsys.{name} RENAME TO {name}_2" for name in MOVED),
    *(f"REVOKE ALL ON FUNCTION recsys.{name}_2 FROM PUBLIC" for name in MOVED),
    "REVOKE ALL ON FUNCTION recsys.recommend_1 FROM PUBLIC",
    _of(
        "recommend_list",
        """
    CREATE FUNCTION public.recommend_list(user_id text, cohort text DEFAULT NULL)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], audience text, as_of date,
                   model_version text, publication bigint, recommendation_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    BEGIN
        SELECT list.item_ids, list.scores, list.reasons, 'user', list.as_of, list.model_version, list.pub_id,
               list.pub_id || ':' || list.user_id
        INTO item_ids, scores, reasons, audience, as_of, model_version, publication, recommendation_id
        FROM recsys.shown_list AS list
        WHERE list.user_id = recommend_list.user_id
          AND @ordinary;
        IF FOUND THEN
            RETURN NEXT;
        ELSE
            RETURN QUERY
            SELECT list.item_ids, list.scores, list.reasons, list.audience, list.as_of, list.model_version,
                   list.publication, list.recommendation_id
            FROM recsys.list_of(recommend_list.user_id, recommend_list.cohort) AS list;
        END IF;
    END
    $$
    """,
    ),
    "COMMENT ON FUNCTION public.recommend_list IS 'The whole list of a user as one row; for a user who has none that of"
    ' the cohort ("attribute=value"), or else of the population (contract 3)\'',
    _of(
        "recommend",
        """
    CREATE FUNCTION public.recommend(user_id text, n int DEFAULT 10, cohort text DEFAULT NULL,
                                     categories text[] DEFAULT NULL, exclude text[] DEFAULT NULL,
                                     among text[] DEFAULT NULL)
    RETURNS TABLE (rank int, item_id text, score real, reason text, audience text, as_of date, model_version text,
                   publication bigint, recommendation_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    BEGIN
        IF categories IS NULL AND exclude IS NULL AND among IS NULL THEN
            RETURN QUERY
            SELECT generate_subscripts(list.item_ids, 1), unnest(list.item_ids), unnest(list.scores),
                   unnest(list.reasons), 'user', list.as_of, list.model_version, list.pub_id,
                   list.pub_id || ':' || list.user_id
            FROM recsys.shown_list AS list
            WHERE list.user_id = recommend.user_id AND @ordinary
            LIMIT least(greatest(n, 0), 1000);
        ELSE
            RETURN QUERY
            SELECT (row_number() OVER ())::int, entry.item_id, entry.score, entry.reason, entry.audience, list.as_of,
                   list.model_version, list.pub_id, list.pub_id || ':' || list.user_id
            FROM recsys.shown_list AS list
            CROSS JOIN LATERAL (
                SELECT own.item_id, own.score, own.reason, 'user' AS audience
                FROM unnest(list.item_ids, list.scores, list.reasons) AS own (item_id, score, reason)
                UNION ALL
                SELECT other.item_id, other.score, other.reason, common.audience
                FROM recsys.fallback_list AS common
                CROSS JOIN LATERAL unnest(common.item_ids, common.scores, common.reasons)
                    AS other (item_id, score, reason)
                WHERE common.pub_id = list.pub_id AND common.audience = 'population'
                  AND other.item_id <> ALL (list.item_ids)
            ) AS entry
            WHERE list.user_id = recommend.user_id AND @ordinary AND @passes
            LIMIT least(greatest(n, 0), 1000);
        END IF;
        IF FOUND THEN
            RETURN;
        END IF;
        RETURN QUERY SELECT * FROM recsys.filtered(user_id, n, cohort, categories, exclude, among);
    END
    $$
    """,
    ),
    "COMMENT ON FUNCTION public.recommend IS 'The best n of a user, at most 1000, one row each: of any of these"
    " categories, without the items excluded, only among others; where a filter leaves fewer, the population''s list"
    " fills up (contract 3)'",
    """
    CREATE FUNCTION public.explain_list(user_id text)
    RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date,
                   model_version text, publication bigint, recommendation_id text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
        SELECT * FROM recsys.list_of(explain_list.user_id, NULL);
    END
    """,
    "REVOKE ALL ON FUNCTION public.explain_list FROM PUBLIC",
    "COMMENT ON FUNCTION public.explain_list IS 'What recommend_list returns, and beside each reason the terms of the"
    " score that it names, in their order, and the sum of the rest; empty for an earlier set (contract 3)'",
    """
    CREATE OR REPLACE FUNCTION public.explain(user_id text)
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
        WHERE trace.pub_id = coalesce(
                (SELECT arm.pub_id FROM recsys.arm WHERE recsys.bucket(arm.key, explain.user_id) >= arm.bucket_from
                                                     AND recsys.bucket(arm.key, explain.user_id) < arm.bucket_to),
                (SELECT pub_id FROM recsys.live))
          AND trace.user_id = explain.user_id
        ORDER BY 4 DESC, 1;
    END
    """,
    """
    CREATE FUNCTION public.set_available(item_id text, available boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    BEGIN
        IF available THEN
            DELETE FROM recsys.unavailable WHERE unavailable.item_id = set_available.item_id;
        ELSE
            INSERT INTO recsys.unavailable (item_id) VALUES (set_available.item_id) ON CONFLICT DO NOTHING;
        END IF;
    END
    $$
    """,
    "REVOKE ALL ON FUNCTION public.set_available FROM PUBLIC",
    "COMMENT ON FUNCTION public.set_available IS 'Takes an item out of every answer from now on, or lets it back in,"
    " without a publication (contract 3)'",
    "CREATE OR REPLACE FUNCTION public.recommendations_contract() RETURNS int LANGUAGE sql IMMUTABLE"
    " BEGIN ATOMIC SELECT 3; END",
)


def upgrade() -> None:
    """Makes tables, views and functions."""
    for statement in (*TABLES, *VIEWS, *LISTS, *READING):
        op.execute(statement)
