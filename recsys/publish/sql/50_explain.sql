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
END;
REVOKE ALL ON FUNCTION public.explain FROM PUBLIC;
COMMENT ON FUNCTION public.explain IS
    'Interests of a user before and after transfer, strongest first; alpha, and the share of each donor in what was'
    ' transferred. Empty for a user of whom the live set holds no trace';

CREATE OR REPLACE FUNCTION public.explain_list(user_id text)
RETURNS TABLE (item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date,
               model_version text, publication bigint, recommendation_id text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT * FROM recsys.list_of(explain_list.user_id, NULL);
END;
REVOKE ALL ON FUNCTION public.explain_list FROM PUBLIC;
COMMENT ON FUNCTION public.explain_list IS
    'What recommend_list returns, and beside each reason the terms of the score that it names, in their order, and'
    ' the sum of the rest; empty for an earlier set (contract 3)';
