-- A function of its own, since Postgres counts calls of functions even of transactions that only read.
CREATE OR REPLACE FUNCTION recsys.fall_back(cohort text, pub_id bigint)
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
$$;
REVOKE ALL ON FUNCTION recsys.fall_back(text, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION recsys.in_stock(item_ids text[], scores real[], reasons text[], terms text[])
RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[])
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT array_agg(entry.item_id ORDER BY entry.place), array_agg(entry.score ORDER BY entry.place),
           array_agg(entry.reason ORDER BY entry.place),
           coalesce(array_agg(entry.terms ORDER BY entry.place) FILTER (WHERE entry.terms IS NOT NULL), '{}')
    FROM unnest(in_stock.item_ids, in_stock.scores, in_stock.reasons, in_stock.terms) WITH ORDINALITY
        AS entry (item_id, score, reason, terms, place)
    WHERE NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = entry.item_id);
END;
REVOKE ALL ON FUNCTION recsys.in_stock FROM PUBLIC;
COMMENT ON FUNCTION recsys.in_stock IS 'A list without what is sold out; nulls where nothing is left';

CREATE OR REPLACE FUNCTION recsys.list_of(user_id text, cohort text)
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
$$;
REVOKE ALL ON FUNCTION recsys.list_of FROM PUBLIC;
COMMENT ON FUNCTION recsys.list_of IS
    'The list that a user is shown, without what is sold out: of the arm or the live set, what lies over it, or else'
    ' that of the cohort or the population';
