-- A user with a list, while nothing is sold out and no experiment runs, is answered by one statement, with filters or
-- without; all else goes by way of recsys.list_of. Plans are kept by the session and are the same for every user, so
-- that no reader plans twice. Conditions stand here more than once, since a function with a query in it is not inlined,
-- and a call for each entry is dear.

CREATE OR REPLACE FUNCTION public.recommend_list(user_id text, cohort text DEFAULT NULL)
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
      AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend_list.user_id)
      AND NOT EXISTS (SELECT FROM recsys.arm) AND NOT EXISTS (SELECT FROM recsys.unavailable);
    IF FOUND THEN
        RETURN NEXT;
    ELSE
        RETURN QUERY
        SELECT list.item_ids, list.scores, list.reasons, list.audience, list.as_of, list.model_version,
               list.publication, list.recommendation_id
        FROM recsys.list_of(recommend_list.user_id, recommend_list.cohort) AS list;
    END IF;
END
$$;
COMMENT ON FUNCTION public.recommend_list IS
    'The whole list of a user as one row; for a user who has none that of the cohort ("attribute=value"), or else of'
    ' the population (contract 3)';

-- Entries stream from the user's list into the population's, so that no more are looked at than are asked for; the rows
-- of a list come out in its order, for they are unnested from one row.
CREATE OR REPLACE FUNCTION recsys.filtered(user_id text, n int, cohort text, categories text[], exclude text[],
                                           among text[])
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
    WHERE (exclude IS NULL OR NOT coalesce(entry.item_id = ANY (exclude), false))
      AND (among IS NULL OR entry.item_id = ANY (among))
      AND (filtered.categories IS NULL
           OR EXISTS (SELECT FROM recsys.item
                      WHERE item.item_id = entry.item_id AND item.categories && filtered.categories))
    LIMIT least(greatest(n, 0), 1000);
END
$$;
REVOKE ALL ON FUNCTION recsys.filtered FROM PUBLIC;

CREATE OR REPLACE FUNCTION public.recommend(
    user_id text, n int DEFAULT 10, cohort text DEFAULT NULL,
    categories text[] DEFAULT NULL, exclude text[] DEFAULT NULL, among text[] DEFAULT NULL
)
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
        WHERE list.user_id = recommend.user_id
          AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend.user_id)
          AND NOT EXISTS (SELECT FROM recsys.arm) AND NOT EXISTS (SELECT FROM recsys.unavailable)
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
        WHERE list.user_id = recommend.user_id
          AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend.user_id)
          AND NOT EXISTS (SELECT FROM recsys.arm) AND NOT EXISTS (SELECT FROM recsys.unavailable)
          AND (exclude IS NULL OR NOT coalesce(entry.item_id = ANY (exclude), false))
          AND (among IS NULL OR entry.item_id = ANY (among))
          AND (recommend.categories IS NULL
               OR EXISTS (SELECT FROM recsys.item
                          WHERE item.item_id = entry.item_id AND item.categories && recommend.categories))
        LIMIT least(greatest(n, 0), 1000);
    END IF;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM recsys.filtered(user_id, n, cohort, categories, exclude, among);
END
$$;
COMMENT ON FUNCTION public.recommend IS
    'The best n of a user, at most 1000, one row each: of any of these categories, without the items excluded, only'
    ' among others; where a filter leaves fewer, the population''s list fills up (contract 3)';
