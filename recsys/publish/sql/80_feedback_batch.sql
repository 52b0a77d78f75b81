-- Rows go in by their key: of two batches at once with the same rows, none deadlocks with the other.
CREATE OR REPLACE FUNCTION public.record_feedback_batch(
    recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamptz[],
    "values" double precision[] DEFAULT NULL
)
RETURNS TABLE (accepted int, repeated int, quarantined int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT entry.*,
               CASE WHEN entry.recommendation_id ~ '^[1-9][0-9]{0,17}:.'
                    THEN split_part(entry.recommendation_id, ':', 1)::bigint END AS pub_id,
               substr(entry.recommendation_id, strpos(entry.recommendation_id, ':') + 1) AS user_id
        FROM unnest(recommendation_ids, item_ids, actions, occurred_ats, "values")
            AS entry (recommendation_id, item_id, action, occurred_at, value)
    ),
    list AS MATERIALIZED (
        SELECT shown.pub_id, shown.user_id, least(publication.created_at, statement_timestamp()) AS made_at,
               own.item_ids AS own_items, own.terms AS own_terms,
               over.item_ids AS over_items, over.terms AS over_terms, over.laid_at,
               replaced.user_id IS NOT NULL AS is_replaced
        FROM (SELECT DISTINCT given.pub_id, given.user_id FROM given WHERE given.pub_id IS NOT NULL) AS shown
        JOIN recsys.publication ON publication.pub_id = shown.pub_id
                               AND publication.status IN ('published', 'withdrawn')
        LEFT JOIN recsys.recommendation_list AS own ON own.pub_id = shown.pub_id AND own.user_id = shown.user_id
        LEFT JOIN recsys.overlay_list AS replaced ON replaced.user_id = shown.user_id
        LEFT JOIN recsys.publication AS base ON base.pub_id = replaced.pub_id
        LEFT JOIN LATERAL (SELECT replaced.item_ids, replaced.terms, replaced.laid_at) AS over
            ON base.pub_id = publication.pub_id
            OR (base.as_of, base.pub_id) < (publication.as_of, publication.pub_id)
               AND replaced.as_of > publication.as_of
    ),
    placed AS MATERIALIZED (
        SELECT given.*, list.made_at, list.is_replaced,
               entry.position, entry.terms, coalesce(entry.audience, 'user') AS audience
        FROM given
        LEFT JOIN list ON list.pub_id = given.pub_id AND list.user_id = given.user_id
        LEFT JOIN LATERAL (
            SELECT found.position, found.terms[found.position] AS terms, found.audience
            FROM (
                SELECT 1 AS precedence, array_position(list.over_items, given.item_id) AS position,
                       list.over_terms AS terms, 'user' AS audience
                WHERE list.laid_at <= given.occurred_at
                UNION ALL
                SELECT 2, array_position(list.own_items, given.item_id), list.own_terms, 'user'
                UNION ALL
                SELECT CASE common.audience WHEN 'population' THEN 3 ELSE 4 END,
                       array_position(common.item_ids, given.item_id), common.terms, common.audience
                FROM recsys.fallback_list AS common
                WHERE common.pub_id = list.pub_id
                  AND (common.audience = 'population' OR list.own_items IS NULL)
                  AND array_position(list.own_items, given.item_id) IS NULL AND NOT list.is_replaced
            ) AS found
            WHERE found.position IS NOT NULL
            ORDER BY found.precedence, found.audience
            LIMIT 1
        ) AS entry ON list.pub_id IS NOT NULL
    ),
    judged AS MATERIALIZED (
        SELECT placed.*, CASE
            WHEN placed.recommendation_id IS NULL THEN 'no recommendation_id'
            WHEN placed.pub_id IS NULL THEN 'recommendation_id is not publication:user'
            WHEN coalesce(placed.item_id, '') = '' THEN 'no item_id'
            WHEN placed.action IS NULL THEN 'no action'
            WHEN placed.occurred_at IS NULL THEN 'no occurred_at'
            WHEN octet_length(placed.user_id) > 1000 OR octet_length(placed.item_id) > 1000
                THEN 'an id of more than 1,000 bytes'
            WHEN NOT EXISTS (SELECT FROM recsys.feedback_action AS known WHERE known.action = placed.action)
                THEN 'unknown action'
            WHEN placed.value IN ('NaN', 'Infinity', '-Infinity') THEN 'value is not finite'
            WHEN placed.occurred_at > statement_timestamp() + interval '5 minutes' THEN 'occurred_at in the future'
            WHEN placed.occurred_at < statement_timestamp() - interval '60 days'
                THEN 'occurred_at more than 60 days ago'
            WHEN placed.made_at IS NULL THEN 'unknown publication'
            WHEN placed.occurred_at < placed.made_at - interval '5 minutes'
                THEN 'occurred_at before the publication'
            WHEN placed.position IS NULL AND NOT placed.is_replaced THEN 'item was not in the list'
            END AS reason
        FROM placed
    ),
    stored AS (
        INSERT INTO recsys.feedback
            (pub_id, user_id, item_id, action, occurred_at, position, signal, audience, experiment, arm, value)
        SELECT good.pub_id, good.user_id, good.item_id, good.action, good.occurred_at, good.position,
               strongest.signal, good.audience, trial.experiment, trial.arm, good.value
        FROM judged AS good
        LEFT JOIN LATERAL (
            SELECT left(term.text, -length(term.weight) - 1) AS signal
            FROM (SELECT given.text, given.place, split_part(given.text, ' ', -1) AS weight
                  FROM string_to_table(good.terms, '; ') WITH ORDINALITY AS given (text, place)) AS term
            WHERE term.weight ~ '^[+-][0-9]+(\.[0-9]+)?$' AND term.weight <> term.text
              AND term.text NOT LIKE 'rest %'
            ORDER BY term.weight::double precision DESC, term.place
            LIMIT 1
        ) AS strongest ON true
        LEFT JOIN LATERAL (
            SELECT arm.experiment, CASE WHEN inside.holds THEN arm.arm ELSE 'champion' END AS arm
            FROM recsys.arm
            CROSS JOIN LATERAL (SELECT recsys.bucket(arm.key, good.user_id) >= arm.bucket_from
                                   AND recsys.bucket(arm.key, good.user_id) < arm.bucket_to AS holds) AS inside
            ORDER BY inside.holds DESC, arm.experiment, arm.arm
            LIMIT 1
        ) AS trial ON true
        WHERE good.reason IS NULL
        ORDER BY good.pub_id, good.user_id, good.item_id, good.action, good.occurred_at
        ON CONFLICT DO NOTHING
        RETURNING 1
    ),
    refused AS (
        INSERT INTO recsys.feedback_quarantine (recommendation_id, item_id, action, occurred_at, value, reason)
        SELECT left(bad.recommendation_id, 10000), left(bad.item_id, 10000), left(bad.action, 10000),
               bad.occurred_at, bad.value, bad.reason
        FROM judged AS bad
        WHERE bad.reason IS NOT NULL
        RETURNING 1
    ),
    counted AS (
        SELECT (SELECT count(*) FROM given)::int AS given, (SELECT count(*) FROM stored)::int AS stored,
               (SELECT count(*) FROM refused)::int AS refused
    )
    SELECT counted.stored, counted.given - counted.stored - counted.refused, counted.refused FROM counted;
END
$$;
REVOKE ALL ON FUNCTION public.record_feedback_batch FROM PUBLIC;
COMMENT ON FUNCTION public.record_feedback_batch IS
    'Records what was done with answers, one entry of each array a row: how many rows were accepted, repeated and'
    ' quarantined; the same batch again counts nothing twice';
