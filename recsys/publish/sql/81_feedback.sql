CREATE OR REPLACE FUNCTION public.record_feedback(
    recommendation_id text, item_id text, action text, occurred_at timestamptz, value double precision DEFAULT NULL
)
RETURNS TABLE (accepted int, repeated int, quarantined int)
LANGUAGE sql VOLATILE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT made.accepted, made.repeated, made.quarantined
    FROM public.record_feedback_batch(
        ARRAY[record_feedback.recommendation_id], ARRAY[record_feedback.item_id], ARRAY[record_feedback.action],
        ARRAY[record_feedback.occurred_at], ARRAY[record_feedback.value]) AS made;
END;
REVOKE ALL ON FUNCTION public.record_feedback FROM PUBLIC;
COMMENT ON FUNCTION public.record_feedback IS
    'Records one impression or action by the recommendation_id of the answer; see record_feedback_batch';
