-- What is shown. Readers lock the view of applications before those that it reads, so it is locked first here too.
ALTER VIEW IF EXISTS public.recommendations OWNER TO CURRENT_USER;

-- LIMIT 1 shows Postgres, which has no statistics of a table before an ANALYZE, that what is live is one row.
CREATE OR REPLACE VIEW recsys.shown_list AS
SELECT list.user_id, list.item_ids, list.scores, list.reasons, shown.as_of, shown.model_version, list.terms,
       list.pub_id
FROM (SELECT * FROM recsys.live LIMIT 1) AS shown, recsys.recommendation_list AS list
WHERE list.pub_id = (SELECT pub_id FROM recsys.live);
COMMENT ON VIEW recsys.shown_list IS 'The lists of the live set, without what lies over them';

-- Users of an arm: lists by its models alone. All others: by the live models, or by earlier ones on a later day.
CREATE OR REPLACE VIEW recsys.laid_over AS
SELECT overlay.user_id, overlay.item_ids, overlay.scores, overlay.reasons, overlay.as_of, base.model_version,
       overlay.terms, coalesce(arm.pub_id, live.pub_id) AS pub_id
FROM recsys.overlay_list AS overlay
JOIN recsys.publication AS base USING (pub_id)
CROSS JOIN recsys.live
LEFT JOIN recsys.arm ON recsys.bucket(arm.key, overlay.user_id) >= arm.bucket_from
                    AND recsys.bucket(arm.key, overlay.user_id) < arm.bucket_to
WHERE base.pub_id = coalesce(arm.pub_id, live.pub_id)
   OR (arm.pub_id IS NULL AND (base.as_of, base.pub_id) < (live.as_of, live.pub_id) AND overlay.as_of > live.as_of);

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
   OR NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = entry.item_id);
COMMENT ON VIEW public.recommendations IS
    'What is shown, one row a recommendation; rank 1 is the best, and ranks of items that are sold out are missing'
    ' (contract 3)';
