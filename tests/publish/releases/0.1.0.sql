--
-- PostgreSQL database dump
--


-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: recsys; Type: SCHEMA; Schema: -; Owner: released_store
--

CREATE SCHEMA recsys;


ALTER SCHEMA recsys OWNER TO released_store;

--
-- Name: listed_item; Type: TYPE; Schema: recsys; Owner: released_store
--

CREATE TYPE recsys.listed_item AS (
	rank integer,
	item_id text,
	score real,
	as_of date,
	model_version text,
	publication bigint
);


ALTER TYPE recsys.listed_item OWNER TO released_store;

--
-- Name: bucket(text, text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.bucket(key text, user_id text) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN ((((('x'::text || "left"(encode(sha256(convert_to(((key || ':'::text) || user_id), 'UTF8'::name)), 'hex'::text), 8)))::bit(32))::bigint % (10000)::bigint))::integer;


ALTER FUNCTION recsys.bucket(key text, user_id text) OWNER TO released_store;

--
-- Name: FUNCTION bucket(key text, user_id text); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.bucket(key text, user_id text) IS 'Bucket of a user in an experiment, 0 to 9999: the first four bytes of sha256(key:user_id), modulo 10000';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: arm; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.arm (
    experiment text NOT NULL,
    arm text NOT NULL,
    key text NOT NULL,
    bucket_from integer NOT NULL,
    bucket_to integer NOT NULL,
    pub_id bigint NOT NULL,
    as_of date NOT NULL,
    model_version text NOT NULL,
    CONSTRAINT arm_bucket_from_check CHECK ((bucket_from >= 0)),
    CONSTRAINT arm_bucket_to_check CHECK ((bucket_to <= 10000)),
    CONSTRAINT arm_check CHECK ((bucket_from <= bucket_to))
);


ALTER TABLE recsys.arm OWNER TO released_store;

--
-- Name: TABLE arm; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.arm IS 'Challengers of the experiment that runs: users of these buckets read another publication than the live one';


--
-- Name: interest; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.interest (
    pub_id bigint NOT NULL,
    interest integer NOT NULL,
    name text NOT NULL
);


ALTER TABLE recsys.interest OWNER TO released_store;

--
-- Name: live; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.live (
    one boolean DEFAULT true NOT NULL,
    pub_id bigint NOT NULL,
    as_of date NOT NULL,
    model_version text NOT NULL,
    CONSTRAINT live_one_check CHECK (one)
);


ALTER TABLE recsys.live OWNER TO released_store;

--
-- Name: publication; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.publication (
    pub_id bigint NOT NULL,
    as_of date NOT NULL,
    model_version text NOT NULL,
    fingerprint text NOT NULL,
    status text NOT NULL,
    manifest jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    refusal text,
    CONSTRAINT publication_status_check CHECK ((status = ANY (ARRAY['loading'::text, 'refused'::text, 'published'::text, 'withdrawn'::text])))
);


ALTER TABLE recsys.publication OWNER TO released_store;

--
-- Name: COLUMN publication.status; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.publication.status IS 'loading: parts are missing, no reader sees it; refused: kept for inspection; withdrawn: rolled back from, goes live again only by hand';


--
-- Name: COLUMN publication.published_at; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.publication.published_at IS 'when it last became live; null: never';


--
-- Name: COLUMN publication.refusal; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.publication.refusal IS 'why a refused publication was refused';


--
-- Name: trace_list; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.trace_list (
    pub_id bigint NOT NULL,
    user_id text NOT NULL,
    evidence real NOT NULL,
    alpha real NOT NULL,
    observed real[] NOT NULL,
    transferred real[] NOT NULL,
    donors text[] NOT NULL,
    shares real[] NOT NULL
)
PARTITION BY LIST (pub_id);


ALTER TABLE recsys.trace_list OWNER TO released_store_publisher;

--
-- Name: COLUMN trace_list.observed; Type: COMMENT; Schema: recsys; Owner: released_store_publisher
--

COMMENT ON COLUMN recsys.trace_list.observed IS 'empty: nothing was known';


--
-- Name: explain(text); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.explain(user_id text) RETURNS TABLE(interest integer, name text, before real, after real, evidence real, alpha real, donors jsonb, as_of date, model_version text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 32
    BEGIN ATOMIC
 SELECT interest.interest,
     interest.name,
     COALESCE(trace.observed[(interest.interest + 1)], (0)::real) AS "coalesce",
     trace.transferred[(interest.interest + 1)] AS transferred,
     trace.evidence,
     trace.alpha,
     ( SELECT jsonb_object_agg(donor.name, donor.share) AS jsonb_object_agg
            FROM UNNEST(trace.donors, trace.shares) donor(name, share)) AS jsonb_object_agg,
     publication.as_of,
     publication.model_version
    FROM ((recsys.trace_list trace
      JOIN recsys.publication USING (pub_id))
      JOIN recsys.interest USING (pub_id))
   WHERE ((trace.pub_id = COALESCE(( SELECT arm.pub_id
            FROM recsys.arm
           WHERE ((recsys.bucket(arm.key, explain.user_id) >= arm.bucket_from) AND (recsys.bucket(arm.key, explain.user_id) < arm.bucket_to))), ( SELECT live.pub_id
            FROM recsys.live))) AND (trace.user_id = explain.user_id))
   ORDER BY trace.transferred[(interest.interest + 1)] DESC, interest.interest;
END;


ALTER FUNCTION public.explain(user_id text) OWNER TO released_store;

--
-- Name: FUNCTION explain(user_id text); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.explain(user_id text) IS 'Interests of a user before and after transfer, strongest first; alpha, and the share of each donor in what was transferred. Empty for a user of whom the live set holds no trace';


--
-- Name: list_of(text, text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.list_of(user_id text, cohort text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date, model_version text, publication bigint, recommendation_id text)
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


ALTER FUNCTION recsys.list_of(user_id text, cohort text) OWNER TO released_store;

--
-- Name: FUNCTION list_of(user_id text, cohort text); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.list_of(user_id text, cohort text) IS 'The list that a user is shown, without what is sold out: of the arm or the live set, what lies over it, or else that of the cohort or the population';


--
-- Name: explain_list(text); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.explain_list(user_id text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date, model_version text, publication bigint, recommendation_id text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    BEGIN ATOMIC
 SELECT list_of.item_ids,
     list_of.scores,
     list_of.reasons,
     list_of.terms,
     list_of.audience,
     list_of.as_of,
     list_of.model_version,
     list_of.publication,
     list_of.recommendation_id
    FROM recsys.list_of(explain_list.user_id, NULL::text) list_of(item_ids, scores, reasons, terms, audience, as_of, model_version, publication, recommendation_id);
END;


ALTER FUNCTION public.explain_list(user_id text) OWNER TO released_store;

--
-- Name: FUNCTION explain_list(user_id text); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.explain_list(user_id text) IS 'What recommend_list returns, and beside each reason the terms of the score that it names, in their order, and the sum of the rest; empty for an earlier set (contract 3)';


--
-- Name: often_next(text, integer); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.often_next(item_id text, n integer DEFAULT 10) RETURNS SETOF recsys.listed_item
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$ BEGIN RETURN QUERY SELECT * FROM recsys.item_list_of('next', often_next.item_id, n); END $$;


ALTER FUNCTION public.often_next(item_id text, n integer) OWNER TO released_store;

--
-- Name: FUNCTION often_next(item_id text, n integer); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.often_next(item_id text, n integer) IS 'The available items that often follow an item; none without times: at most 1000, one row each (contract 3)';


--
-- Name: popular(text, integer); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.popular(category text DEFAULT NULL::text, n integer DEFAULT 10) RETURNS SETOF recsys.listed_item
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$ BEGIN RETURN QUERY SELECT * FROM recsys.item_list_of('popular', coalesce(category, ''), n); END $$;


ALTER FUNCTION public.popular(category text, n integer) OWNER TO released_store;

--
-- Name: FUNCTION popular(category text, n integer); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.popular(category text, n integer) IS 'The available items of most positives, recent ones counting more, of a category or of all: at most 1000, one row each (contract 3)';


--
-- Name: recommend(text, integer, text, text[], text[], text[]); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.recommend(user_id text, n integer DEFAULT 10, cohort text DEFAULT NULL::text, categories text[] DEFAULT NULL::text[], exclude text[] DEFAULT NULL::text[], among text[] DEFAULT NULL::text[]) RETURNS TABLE(rank integer, item_id text, score real, reason text, audience text, as_of date, model_version text, publication bigint, recommendation_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
    #variable_conflict use_column
    BEGIN
        IF categories IS NULL AND exclude IS NULL AND among IS NULL THEN
            RETURN QUERY
            SELECT generate_subscripts(list.item_ids, 1), unnest(list.item_ids), unnest(list.scores),
                   unnest(list.reasons), 'user', list.as_of, list.model_version, list.pub_id,
                   list.pub_id || ':' || list.user_id
            FROM recsys.shown_list AS list
            WHERE list.user_id = recommend.user_id AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend.user_id)
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
            WHERE list.user_id = recommend.user_id AND NOT EXISTS (SELECT FROM recsys.overlay_list AS over WHERE over.user_id = recommend.user_id)
          AND NOT EXISTS (SELECT FROM recsys.arm) AND NOT EXISTS (SELECT FROM recsys.unavailable) AND (exclude IS NULL OR NOT coalesce(entry.item_id = ANY (exclude), false))
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


ALTER FUNCTION public.recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) OWNER TO released_store;

--
-- Name: FUNCTION recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) IS 'The best n of a user, at most 1000, one row each: of any of these categories, without the items excluded, only among others; where a filter leaves fewer, the population''s list fills up (contract 3)';


--
-- Name: recommend_list(text, text); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.recommend_list(user_id text, cohort text DEFAULT NULL::text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text, publication bigint, recommendation_id text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
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


ALTER FUNCTION public.recommend_list(user_id text, cohort text) OWNER TO released_store;

--
-- Name: FUNCTION recommend_list(user_id text, cohort text); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.recommend_list(user_id text, cohort text) IS 'The whole list of a user as one row; for a user who has none that of the cohort ("attribute=value"), or else of the population (contract 3)';


--
-- Name: recommendations_contract(); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.recommendations_contract() RETURNS integer
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
 SELECT 3;
END;


ALTER FUNCTION public.recommendations_contract() OWNER TO released_store;

--
-- Name: FUNCTION recommendations_contract(); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.recommendations_contract() IS 'Version of what applications read; within one, columns are added at the end and none is changed';


--
-- Name: record_feedback_batch(text[], text[], text[], timestamp with time zone[], double precision[]); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[] DEFAULT NULL::double precision[]) RETURNS TABLE(accepted integer, repeated integer, quarantined integer)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
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
    $_$;


ALTER FUNCTION public.record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[]) OWNER TO released_store;

--
-- Name: FUNCTION record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[]); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[]) IS 'Records what was done with answers, one entry of each array a row: how many rows were accepted, repeated and quarantined; the same batch again counts nothing twice';


--
-- Name: record_feedback(text, text, text, timestamp with time zone, double precision); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision DEFAULT NULL::double precision) RETURNS TABLE(accepted integer, repeated integer, quarantined integer)
    LANGUAGE sql SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    BEGIN ATOMIC
 SELECT made.accepted,
     made.repeated,
     made.quarantined
    FROM public.record_feedback_batch(ARRAY[record_feedback.recommendation_id], ARRAY[record_feedback.item_id], ARRAY[record_feedback.action], ARRAY[record_feedback.occurred_at], ARRAY[record_feedback.value]) made(accepted, repeated, quarantined);
END;


ALTER FUNCTION public.record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision) OWNER TO released_store;

--
-- Name: FUNCTION record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision) IS 'Records one impression or action by the recommendation_id of the answer; see record_feedback_batch';


--
-- Name: set_available(text, boolean); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.set_available(item_id text, available boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
        IF available THEN
            DELETE FROM recsys.unavailable WHERE unavailable.item_id = set_available.item_id;
        ELSE
            INSERT INTO recsys.unavailable (item_id) VALUES (set_available.item_id) ON CONFLICT DO NOTHING;
        END IF;
    END
    $$;


ALTER FUNCTION public.set_available(item_id text, available boolean) OWNER TO released_store;

--
-- Name: FUNCTION set_available(item_id text, available boolean); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.set_available(item_id text, available boolean) IS 'Takes an item out of every answer from now on, or lets it back in, without a publication (contract 3)';


--
-- Name: similar_items(text, integer); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.similar_items(item_id text, n integer DEFAULT 10) RETURNS SETOF recsys.listed_item
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$ BEGIN RETURN QUERY SELECT * FROM recsys.item_list_of('similar', similar_items.item_id, n); END $$;


ALTER FUNCTION public.similar_items(item_id text, n integer) OWNER TO released_store;

--
-- Name: FUNCTION similar_items(item_id text, n integer); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.similar_items(item_id text, n integer) IS 'The available items most similar to an item, by who interacts with both and by their texts: at most 1000, one row each (contract 3)';


--
-- Name: trending(text, integer); Type: FUNCTION; Schema: public; Owner: released_store
--

CREATE FUNCTION public.trending(category text DEFAULT NULL::text, n integer DEFAULT 10) RETURNS SETOF recsys.listed_item
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$ BEGIN RETURN QUERY SELECT * FROM recsys.item_list_of('trending', coalesce(category, ''), n); END $$;


ALTER FUNCTION public.trending(category text, n integer) OWNER TO released_store;

--
-- Name: FUNCTION trending(category text, n integer); Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON FUNCTION public.trending(category text, n integer) IS 'The available items whose positives of the last week most exceed those before, of a category or of all; none without times: at most 1000, one row each (contract 3)';


--
-- Name: fallback_list; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.fallback_list (
    pub_id bigint NOT NULL,
    audience text NOT NULL,
    item_ids text[] NOT NULL,
    scores real[] NOT NULL,
    reasons text[] NOT NULL,
    terms text[] DEFAULT '{}'::text[] NOT NULL
);


ALTER TABLE recsys.fallback_list OWNER TO released_store;

--
-- Name: overlay_list; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.overlay_list (
    user_id text NOT NULL,
    pub_id bigint NOT NULL,
    as_of date NOT NULL,
    history text NOT NULL,
    item_ids text[] NOT NULL,
    scores real[] NOT NULL,
    reasons text[] NOT NULL,
    terms text[] DEFAULT '{}'::text[] NOT NULL,
    laid_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE recsys.overlay_list OWNER TO released_store;

--
-- Name: COLUMN overlay_list.pub_id; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.overlay_list.pub_id IS 'publication whose models made the list';


--
-- Name: COLUMN overlay_list.history; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.overlay_list.history IS 'digest of the events that the list knows';


--
-- Name: COLUMN overlay_list.laid_at; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.overlay_list.laid_at IS 'From when on the user is shown this list';


--
-- Name: laid_over; Type: VIEW; Schema: recsys; Owner: released_store
--

CREATE VIEW recsys.laid_over AS
 SELECT "overlay".user_id,
    "overlay".item_ids,
    "overlay".scores,
    "overlay".reasons,
    "overlay".as_of,
    base.model_version,
    "overlay".terms,
    COALESCE(arm.pub_id, live.pub_id) AS pub_id
   FROM (((recsys.overlay_list "overlay"
     JOIN recsys.publication base USING (pub_id))
     CROSS JOIN recsys.live)
     LEFT JOIN recsys.arm ON (((recsys.bucket(arm.key, "overlay".user_id) >= arm.bucket_from) AND (recsys.bucket(arm.key, "overlay".user_id) < arm.bucket_to))))
  WHERE ((base.pub_id = COALESCE(arm.pub_id, live.pub_id)) OR ((arm.pub_id IS NULL) AND (ROW(base.as_of, base.pub_id) < ROW(live.as_of, live.pub_id)) AND ("overlay".as_of > live.as_of)));


ALTER VIEW recsys.laid_over OWNER TO released_store;

--
-- Name: recommendation_list; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.recommendation_list (
    pub_id bigint NOT NULL,
    user_id text NOT NULL,
    item_ids text[] NOT NULL,
    scores real[] NOT NULL,
    reasons text[] NOT NULL,
    terms text[] DEFAULT '{}'::text[] NOT NULL
)
PARTITION BY LIST (pub_id);


ALTER TABLE recsys.recommendation_list OWNER TO released_store_publisher;

--
-- Name: shown_list; Type: VIEW; Schema: recsys; Owner: released_store
--

CREATE VIEW recsys.shown_list AS
 SELECT list.user_id,
    list.item_ids,
    list.scores,
    list.reasons,
    shown.as_of,
    shown.model_version,
    list.terms,
    list.pub_id
   FROM ( SELECT live.one,
            live.pub_id,
            live.as_of,
            live.model_version
           FROM recsys.live
         LIMIT 1) shown,
    recsys.recommendation_list list
  WHERE (list.pub_id = ( SELECT live.pub_id
           FROM recsys.live));


ALTER VIEW recsys.shown_list OWNER TO released_store;

--
-- Name: VIEW shown_list; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON VIEW recsys.shown_list IS 'The lists of the live set, without what lies over them';


--
-- Name: explain_list_2(text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.explain_list_2(user_id text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], terms text[], audience text, as_of date, model_version text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
    BEGIN ATOMIC
 SELECT list.item_ids,
     list.scores,
     list.reasons,
     list.terms,
     list.audience,
     list.as_of,
     list.model_version
    FROM ( SELECT 1 AS precedence,
             laid_over.item_ids,
             laid_over.scores,
             laid_over.reasons,
             laid_over.terms,
             'user'::text AS audience,
             laid_over.as_of,
             laid_over.model_version
            FROM recsys.laid_over
           WHERE (laid_over.user_id = explain_list_2.user_id)
         UNION ALL
          SELECT 2,
             shown_list.item_ids,
             shown_list.scores,
             shown_list.reasons,
             shown_list.terms,
             'user'::text,
             shown_list.as_of,
             shown_list.model_version
            FROM recsys.shown_list
           WHERE (shown_list.user_id = explain_list_2.user_id)
         UNION ALL
          SELECT 3,
             fallback_list.item_ids,
             fallback_list.scores,
             fallback_list.reasons,
             fallback_list.terms,
             fallback_list.audience,
             live.as_of,
             live.model_version
            FROM (recsys.fallback_list
              JOIN recsys.live USING (pub_id))
           WHERE (fallback_list.audience = 'population'::text)) list
   ORDER BY list.precedence
  LIMIT 1;
END;


ALTER FUNCTION recsys.explain_list_2(user_id text) OWNER TO released_store;

--
-- Name: FUNCTION explain_list_2(user_id text); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.explain_list_2(user_id text) IS 'What recommend_list returns, and beside each reason the terms of the score that it names, in their order, and the sum of the rest; empty for an earlier set (contract 2)';


--
-- Name: fall_back(text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.fall_back(cohort text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
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
    $$;


ALTER FUNCTION recsys.fall_back(cohort text) OWNER TO released_store;

--
-- Name: fall_back(text, bigint); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.fall_back(cohort text, pub_id bigint) RETURNS TABLE(item_ids text[], scores real[], reasons text[], terms text[], audience text)
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


ALTER FUNCTION recsys.fall_back(cohort text, pub_id bigint) OWNER TO released_store;

--
-- Name: filtered(text, integer, text, text[], text[], text[]); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.filtered(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) RETURNS TABLE(rank integer, item_id text, score real, reason text, audience text, as_of date, model_version text, publication bigint, recommendation_id text)
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


ALTER FUNCTION recsys.filtered(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) OWNER TO released_store;

--
-- Name: unavailable; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.unavailable (
    item_id text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE recsys.unavailable OWNER TO released_store;

--
-- Name: TABLE unavailable; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.unavailable IS 'Items that no answer names until they are available again';


--
-- Name: in_stock(text[], real[], text[], text[]); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.in_stock(item_ids text[], scores real[], reasons text[], terms text[]) RETURNS TABLE(item_ids text[], scores real[], reasons text[], terms text[])
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
 SELECT array_agg(entry.item_id ORDER BY entry.place) AS array_agg,
     array_agg(entry.score ORDER BY entry.place) AS array_agg,
     array_agg(entry.reason ORDER BY entry.place) AS array_agg,
     COALESCE(array_agg(entry.terms ORDER BY entry.place) FILTER (WHERE (entry.terms IS NOT NULL)), '{}'::text[]) AS "coalesce"
    FROM UNNEST(in_stock.item_ids, in_stock.scores, in_stock.reasons, in_stock.terms) WITH ORDINALITY entry(item_id, score, reason, terms, place)
   WHERE (NOT (EXISTS ( SELECT
            FROM recsys.unavailable
           WHERE (unavailable.item_id = entry.item_id))));
END;


ALTER FUNCTION recsys.in_stock(item_ids text[], scores real[], reasons text[], terms text[]) OWNER TO released_store;

--
-- Name: FUNCTION in_stock(item_ids text[], scores real[], reasons text[], terms text[]); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.in_stock(item_ids text[], scores real[], reasons text[], terms text[]) IS 'A list without what is sold out; nulls where nothing is left';


--
-- Name: item_list_of(text, text, integer); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.item_list_of(kind text, key text, n integer) RETURNS SETOF recsys.listed_item
    LANGUAGE plpgsql STABLE ROWS 10
    AS $$
    BEGIN
        RETURN QUERY
        SELECT (row_number() OVER (ORDER BY entry.place))::int, entry.item_id, entry.score, shown.as_of,
               shown.model_version, shown.pub_id
        FROM (SELECT * FROM recsys.live LIMIT 1) AS shown, recsys.item_list AS list,
             unnest(list.item_ids, list.scores) WITH ORDINALITY AS entry (item_id, score, place)
        WHERE list.pub_id = (SELECT pub_id FROM recsys.live)
          AND list.kind = item_list_of.kind AND list.key = item_list_of.key
          AND NOT EXISTS (SELECT FROM recsys.unavailable WHERE unavailable.item_id = entry.item_id)
        ORDER BY entry.place
        LIMIT least(greatest(n, 0), 1000);
    END
    $$;


ALTER FUNCTION recsys.item_list_of(kind text, key text, n integer) OWNER TO released_store;

--
-- Name: FUNCTION item_list_of(kind text, key text, n integer); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.item_list_of(kind text, key text, n integer) IS 'The best n of a list of the live set, without what is sold out';


--
-- Name: other_list(text, text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.other_list(user_id text, cohort text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
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
    $$;


ALTER FUNCTION recsys.other_list(user_id text, cohort text) OWNER TO released_store;

--
-- Name: FUNCTION other_list(user_id text, cohort text); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.other_list(user_id text, cohort text) IS 'The list of a user over whose list of the live set another may lie, or who has none in it';


--
-- Name: recommend_1(text, integer); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.recommend_1(user_id text, n integer DEFAULT 10) RETURNS TABLE(rank integer, item_id text, score real, reason text, audience text)
    LANGUAGE sql STABLE SECURITY DEFINER
    BEGIN ATOMIC
 WITH answer AS (
          SELECT 1 AS precedence,
             'user'::text AS audience,
             list.item_ids,
             list.scores,
             list.reasons
            FROM recsys.recommendation_list list
           WHERE ((list.pub_id = ( SELECT live.pub_id
                    FROM recsys.live)) AND (list.user_id = recommend_1.user_id))
         UNION ALL
          SELECT 2,
             list.audience,
             list.item_ids,
             list.scores,
             list.reasons
            FROM recsys.fallback_list list
           WHERE ((list.pub_id = ( SELECT live.pub_id
                    FROM recsys.live)) AND (list.audience = 'population'::text))
   ORDER BY 1
  LIMIT 1
         )
  SELECT (entry.rank)::integer AS rank,
     entry.item_id,
     entry.score,
     entry.reason,
     answer.audience
    FROM (answer
      CROSS JOIN LATERAL UNNEST(answer.item_ids, answer.scores, answer.reasons) WITH ORDINALITY entry(item_id, score, reason, rank))
   ORDER BY entry.rank
  LIMIT GREATEST(recommend_1.n, 0);
END;


ALTER FUNCTION recsys.recommend_1(user_id text, n integer) OWNER TO released_store;

--
-- Name: FUNCTION recommend_1(user_id text, n integer); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.recommend_1(user_id text, n integer) IS 'The best n of a user; of the population for a user who has no list';


--
-- Name: recommend_2(text, integer, text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.recommend_2(user_id text, n integer DEFAULT 10, cohort text DEFAULT NULL::text) RETURNS TABLE(rank integer, item_id text, score real, reason text, audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
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
    $$;


ALTER FUNCTION recsys.recommend_2(user_id text, n integer, cohort text) OWNER TO released_store;

--
-- Name: FUNCTION recommend_2(user_id text, n integer, cohort text); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.recommend_2(user_id text, n integer, cohort text) IS 'The best n of what recommend_list returns, at most 1000, one row each (contract 2)';


--
-- Name: recommend_list_2(text, text); Type: FUNCTION; Schema: recsys; Owner: released_store
--

CREATE FUNCTION recsys.recommend_list_2(user_id text, cohort text DEFAULT NULL::text) RETURNS TABLE(item_ids text[], scores real[], reasons text[], audience text, as_of date, model_version text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
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
    $$;


ALTER FUNCTION recsys.recommend_list_2(user_id text, cohort text) OWNER TO released_store;

--
-- Name: FUNCTION recommend_list_2(user_id text, cohort text); Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON FUNCTION recsys.recommend_list_2(user_id text, cohort text) IS 'The whole list of a user as one row; for a user who has none that of the cohort ("attribute=value"), or else of the population (contract 2)';


--
-- Name: recommendations; Type: VIEW; Schema: public; Owner: released_store
--

CREATE VIEW public.recommendations AS
 SELECT shown.user_id,
    (entry.rank)::integer AS rank,
    entry.item_id,
    entry.score,
    entry.reason,
    shown.as_of,
    shown.model_version,
    shown.pub_id AS publication,
    ((shown.pub_id || ':'::text) || shown.user_id) AS recommendation_id
   FROM (( SELECT base.user_id,
            base.item_ids,
            base.scores,
            base.reasons,
            base.as_of,
            base.model_version,
            base.pub_id
           FROM ( SELECT list.user_id,
                    list.item_ids,
                    list.scores,
                    list.reasons,
                    live.as_of,
                    live.model_version,
                    list.pub_id
                   FROM (recsys.recommendation_list list
                     CROSS JOIN recsys.live)
                  WHERE ((list.pub_id = ( SELECT live_1.pub_id
                           FROM recsys.live live_1)) AND ((NOT (EXISTS ( SELECT
                           FROM recsys.arm))) OR (NOT (EXISTS ( SELECT
                           FROM recsys.arm
                          WHERE ((recsys.bucket(arm.key, list.user_id) >= arm.bucket_from) AND (recsys.bucket(arm.key, list.user_id) < arm.bucket_to)))))))
                UNION ALL
                 SELECT list.user_id,
                    list.item_ids,
                    list.scores,
                    list.reasons,
                    arm.as_of,
                    arm.model_version,
                    list.pub_id
                   FROM (recsys.arm
                     JOIN recsys.recommendation_list list ON (((list.pub_id = arm.pub_id) AND (recsys.bucket(arm.key, list.user_id) >= arm.bucket_from) AND (recsys.bucket(arm.key, list.user_id) < arm.bucket_to))))) base
          WHERE (NOT (EXISTS ( SELECT
                   FROM recsys.laid_over
                  WHERE (laid_over.user_id = base.user_id))))
        UNION ALL
         SELECT laid_over.user_id,
            laid_over.item_ids,
            laid_over.scores,
            laid_over.reasons,
            laid_over.as_of,
            laid_over.model_version,
            laid_over.pub_id
           FROM recsys.laid_over) shown
     CROSS JOIN LATERAL UNNEST(shown.item_ids, shown.scores, shown.reasons) WITH ORDINALITY entry(item_id, score, reason, rank))
  WHERE ((NOT (EXISTS ( SELECT
           FROM recsys.unavailable))) OR (NOT (EXISTS ( SELECT
           FROM recsys.unavailable
          WHERE (unavailable.item_id = entry.item_id)))));


ALTER VIEW public.recommendations OWNER TO released_store;

--
-- Name: VIEW recommendations; Type: COMMENT; Schema: public; Owner: released_store
--

COMMENT ON VIEW public.recommendations IS 'What is shown, one row a recommendation; rank 1 is the best, and ranks of items that are sold out are missing (contract 3)';


--
-- Name: experiment; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.experiment (
    name text NOT NULL,
    key text NOT NULL,
    metric text NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    arms text[] NOT NULL,
    steps double precision[] DEFAULT '{}'::double precision[] NOT NULL,
    smallest_effect double precision NOT NULL,
    min_users integer NOT NULL,
    baseline double precision,
    detectable jsonb DEFAULT '[]'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    outcome text,
    actor text NOT NULL,
    CONSTRAINT experiment_check CHECK (((status = 'ended'::text) = (ended_at IS NOT NULL))),
    CONSTRAINT experiment_metric_check CHECK ((metric = ANY (ARRAY['ctr'::text, 'conversion'::text, 'value'::text]))),
    CONSTRAINT experiment_min_users_check CHECK ((min_users > 0)),
    CONSTRAINT experiment_name_check CHECK ((name <> ''::text)),
    CONSTRAINT experiment_smallest_effect_check CHECK ((smallest_effect > (0)::double precision)),
    CONSTRAINT experiment_status_check CHECK ((status = ANY (ARRAY['running'::text, 'ended'::text])))
);


ALTER TABLE recsys.experiment OWNER TO released_store;

--
-- Name: TABLE experiment; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.experiment IS 'Experiments between publications; at most one runs';


--
-- Name: COLUMN experiment.key; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.experiment.key IS 'random; with a user_id it gives the bucket of the user';


--
-- Name: COLUMN experiment.arms; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.experiment.arms IS 'challengers, in the order of the places from which they grow';


--
-- Name: COLUMN experiment.steps; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.experiment.steps IS 'percent of the users that the challenger gets, one after another';


--
-- Name: COLUMN experiment.smallest_effect; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.experiment.smallest_effect IS 'share of the metric that is worth knowing';


--
-- Name: COLUMN experiment.baseline; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.experiment.baseline IS 'the metric before the start; null: nothing was known';


--
-- Name: experiment_decision; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.experiment_decision (
    experiment text NOT NULL,
    decided_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    arm text NOT NULL,
    action text NOT NULL,
    why text NOT NULL,
    actor text NOT NULL,
    pub_id bigint,
    users bigint,
    value double precision,
    low double precision,
    high double precision,
    champion double precision,
    mismatch double precision,
    CONSTRAINT experiment_decision_action_check CHECK ((action = ANY (ARRAY['start'::text, 'switch'::text, 'wait'::text, 'grow'::text, 'withdraw'::text, 'promote'::text, 'end'::text])))
);


ALTER TABLE recsys.experiment_decision OWNER TO released_store;

--
-- Name: TABLE experiment_decision; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.experiment_decision IS 'What was decided of each arm, and at a look what was seen: the metric less that of the champion with its interval, and the p-value of the sample ratio';


--
-- Name: experiment_step; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.experiment_step (
    experiment text NOT NULL,
    number integer NOT NULL,
    began_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    shares jsonb NOT NULL
);


ALTER TABLE recsys.experiment_step OWNER TO released_store;

--
-- Name: TABLE experiment_step; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.experiment_step IS 'From when on the arms had which percent of the users';


--
-- Name: feedback; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.feedback (
    pub_id bigint NOT NULL,
    user_id text NOT NULL,
    item_id text NOT NULL,
    action text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    "position" integer,
    signal text,
    audience text NOT NULL,
    experiment text,
    arm text,
    value double precision,
    received_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02');


ALTER TABLE recsys.feedback OWNER TO released_store;

--
-- Name: TABLE feedback; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.feedback IS 'What was shown (impression) and what users did; outlives publications';


--
-- Name: COLUMN feedback.pub_id; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.pub_id IS 'Publication that the user was shown; it may be gone by now';


--
-- Name: COLUMN feedback.action; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.action IS 'impression: it was shown; all others are what the user did';


--
-- Name: COLUMN feedback."position"; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback."position" IS 'Place of the item in the list, 1 is the best; null where the list was replaced since';


--
-- Name: COLUMN feedback.signal; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.signal IS 'Signal with the largest term of the score; null without terms';


--
-- Name: COLUMN feedback.audience; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.audience IS 'Whose list it was: user, a cohort, or population';


--
-- Name: COLUMN feedback.experiment; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.experiment IS 'Experiment that ran when this was received; null while none did';


--
-- Name: COLUMN feedback.arm; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.arm IS 'Arm that the user was in when this was received; champion for the rest while an experiment runs, else null';


--
-- Name: COLUMN feedback.value; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback.value IS 'Of a purchase, in the currency of the caller';


--
-- Name: feedback_action; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.feedback_action (
    action text NOT NULL
);


ALTER TABLE recsys.feedback_action OWNER TO released_store;

--
-- Name: TABLE feedback_action; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.feedback_action IS 'Actions that feedback may name: impression, and those of behaviour';


--
-- Name: feedback_quarantine; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.feedback_quarantine (
    quarantine_id bigint NOT NULL,
    recommendation_id text,
    item_id text,
    action text,
    occurred_at timestamp with time zone,
    value double precision,
    reason text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE recsys.feedback_quarantine OWNER TO released_store;

--
-- Name: TABLE feedback_quarantine; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.feedback_quarantine IS 'Feedback that was not accepted, as it was received (texts up to 10,000 characters), and why';


--
-- Name: COLUMN feedback_quarantine.reason; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.feedback_quarantine.reason IS 'First reason that holds against the row';


--
-- Name: feedback_quarantine_quarantine_id_seq; Type: SEQUENCE; Schema: recsys; Owner: released_store
--

ALTER TABLE recsys.feedback_quarantine ALTER COLUMN quarantine_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME recsys.feedback_quarantine_quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: item; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.item (
    item_id text NOT NULL,
    categories text[] NOT NULL
);


ALTER TABLE recsys.item OWNER TO released_store;

--
-- Name: TABLE item; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.item IS 'Categories of each item, as the newest publication has them';


--
-- Name: item_list; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.item_list (
    pub_id bigint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    item_ids text[] NOT NULL,
    scores real[] NOT NULL
)
PARTITION BY LIST (pub_id);


ALTER TABLE recsys.item_list OWNER TO released_store_publisher;

--
-- Name: TABLE item_list; Type: COMMENT; Schema: recsys; Owner: released_store_publisher
--

COMMENT ON TABLE recsys.item_list IS 'Lists without a user, the best item first';


--
-- Name: COLUMN item_list.key; Type: COMMENT; Schema: recsys; Owner: released_store_publisher
--

COMMENT ON COLUMN recsys.item_list.key IS 'of similar and next an item, else a category, or empty for all items';


--
-- Name: item_list_1; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.item_list_1 (
    pub_id bigint CONSTRAINT item_list_pub_id_not_null NOT NULL,
    kind text CONSTRAINT item_list_kind_not_null NOT NULL,
    key text CONSTRAINT item_list_key_not_null NOT NULL,
    item_ids text[] CONSTRAINT item_list_item_ids_not_null NOT NULL,
    scores real[] CONSTRAINT item_list_scores_not_null NOT NULL,
    CONSTRAINT item_list_1_pub_id_check CHECK ((pub_id = 1))
);


ALTER TABLE recsys.item_list_1 OWNER TO released_store_publisher;

--
-- Name: item_list_2; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.item_list_2 (
    pub_id bigint CONSTRAINT item_list_pub_id_not_null NOT NULL,
    kind text CONSTRAINT item_list_kind_not_null NOT NULL,
    key text CONSTRAINT item_list_key_not_null NOT NULL,
    item_ids text[] CONSTRAINT item_list_item_ids_not_null NOT NULL,
    scores real[] CONSTRAINT item_list_scores_not_null NOT NULL,
    CONSTRAINT item_list_2_pub_id_check CHECK ((pub_id = 2))
);


ALTER TABLE recsys.item_list_2 OWNER TO released_store_publisher;

--
-- Name: migration; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.migration (
    version_num character varying(32) NOT NULL
);


ALTER TABLE recsys.migration OWNER TO released_store;

--
-- Name: monitor; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.monitor (
    as_of date NOT NULL,
    metric text NOT NULL,
    part text DEFAULT ''::text NOT NULL,
    value double precision NOT NULL,
    low double precision,
    high double precision,
    bound double precision,
    over boolean DEFAULT false NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE recsys.monitor OWNER TO released_store;

--
-- Name: TABLE monitor; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.monitor IS 'What was measured of each day; over: on the wrong side of its bound';


--
-- Name: part; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.part (
    pub_id bigint NOT NULL,
    name text NOT NULL,
    users bigint NOT NULL,
    recommendations bigint NOT NULL
);


ALTER TABLE recsys.part OWNER TO released_store;

--
-- Name: TABLE part; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.part IS 'Which parts of a publication are loaded: one row and its rows, or neither';


--
-- Name: pointer_move; Type: TABLE; Schema: recsys; Owner: released_store
--

CREATE TABLE recsys.pointer_move (
    moved_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    pub_id bigint NOT NULL,
    before bigint,
    why text NOT NULL,
    actor text NOT NULL,
    CONSTRAINT pointer_move_why_check CHECK ((why = ANY (ARRAY['published'::text, 'live again'::text, 'rolled back'::text, 'promoted'::text])))
);


ALTER TABLE recsys.pointer_move OWNER TO released_store;

--
-- Name: TABLE pointer_move; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON TABLE recsys.pointer_move IS 'What became live; it outlives the publications';


--
-- Name: COLUMN pointer_move.before; Type: COMMENT; Schema: recsys; Owner: released_store
--

COMMENT ON COLUMN recsys.pointer_move.before IS 'what was live until then; null: nothing';


--
-- Name: publication_pub_id_seq; Type: SEQUENCE; Schema: recsys; Owner: released_store
--

ALTER TABLE recsys.publication ALTER COLUMN pub_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME recsys.publication_pub_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: recommendation_list_1; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.recommendation_list_1 (
    pub_id bigint CONSTRAINT recommendation_list_pub_id_not_null NOT NULL,
    user_id text CONSTRAINT recommendation_list_user_id_not_null NOT NULL,
    item_ids text[] CONSTRAINT recommendation_list_item_ids_not_null NOT NULL,
    scores real[] CONSTRAINT recommendation_list_scores_not_null NOT NULL,
    reasons text[] CONSTRAINT recommendation_list_reasons_not_null NOT NULL,
    terms text[] DEFAULT NULL CONSTRAINT recommendation_list_terms_not_null NOT NULL,
    CONSTRAINT recommendation_list_1_pub_id_check CHECK ((pub_id = 1))
);


ALTER TABLE recsys.recommendation_list_1 OWNER TO released_store_publisher;

--
-- Name: recommendation_list_2; Type: TABLE; Schema: recsys; Owner: released_store_publisher
--

CREATE TABLE recsys.recommendation_list_2 (
    pub_id bigint CONSTRAINT recommendation_list_pub_id_not_null NOT NULL,
    user_id text CONSTRAINT recommendation_list_user_id_not_null NOT NULL,
    item_ids text[] CONSTRAINT recommendation_list_item_ids_not_null NOT NULL,
    scores real[] CONSTRAINT recommendation_list_scores_not_null NOT NULL,
    reasons text[] CONSTRAINT recommendation_list_reasons_not_null NOT NULL,
    terms text[] DEFAULT NULL CONSTRAINT recommendation_list_terms_not_null NOT NULL,
    CONSTRAINT recommendation_list_2_pub_id_check CHECK ((pub_id = 2))
);


ALTER TABLE recsys.recommendation_list_2 OWNER TO released_store_publisher;

--
-- Name: item_list_1; Type: TABLE ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.item_list ATTACH PARTITION recsys.item_list_1 FOR VALUES IN ('1');


--
-- Name: item_list_2; Type: TABLE ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.item_list ATTACH PARTITION recsys.item_list_2 FOR VALUES IN ('2');


--
-- Name: recommendation_list_1; Type: TABLE ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.recommendation_list ATTACH PARTITION recsys.recommendation_list_1 FOR VALUES IN ('1');


--
-- Name: recommendation_list_2; Type: TABLE ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.recommendation_list ATTACH PARTITION recsys.recommendation_list_2 FOR VALUES IN ('2');


--
-- Data for Name: arm; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.arm VALUES ('first', 'challenger', 'key', 0, 5000, 1, '2026-01-09', 'model-1');


--
-- Data for Name: experiment; Type: TABLE DATA; Schema: recsys; Owner: released_store
--



--
-- Data for Name: experiment_decision; Type: TABLE DATA; Schema: recsys; Owner: released_store
--



--
-- Data for Name: experiment_step; Type: TABLE DATA; Schema: recsys; Owner: released_store
--



--
-- Data for Name: fallback_list; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.fallback_list VALUES (1, 'population', '{c,b}', '{0.5,0.25}', '{"because of c","because of b"}', '{"signal +0.50; rest +0.00","signal +0.25; rest +0.00"}');
INSERT INTO recsys.fallback_list VALUES (2, 'population', '{c,b}', '{0.5,0.25}', '{"because of c","because of b"}', '{"signal +0.50; rest +0.00","signal +0.25; rest +0.00"}');


--
-- Data for Name: feedback; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.feedback VALUES (2, 'u2', 'c', 'click', '2026-12-01 12:55:03.735566+00', 1, 'signal', 'user', 'first', 'champion', NULL, '2026-12-01 12:55:03.735566+00');
INSERT INTO recsys.feedback VALUES (2, 'u3', 'a', 'click', '2026-12-01 12:55:03.735566+00', 1, 'signal', 'user', 'first', 'champion', NULL, '2026-12-01 12:55:03.735566+00');
INSERT INTO recsys.feedback VALUES (1, 'u1', 'a', 'click', '2026-12-01 12:55:03.735566+00', 1, 'signal', 'user', 'first', 'challenger', NULL, '2026-12-01 12:55:03.735566+00');
INSERT INTO recsys.feedback VALUES (1, 'u1', 'b', 'click', '2026-12-01 12:55:03.735566+00', 2, 'signal', 'user', 'first', 'challenger', NULL, '2026-12-01 12:55:03.735566+00');
INSERT INTO recsys.feedback VALUES (1, 'u4', 'c', 'click', '2026-12-01 12:55:03.735566+00', 1, 'new', 'user', 'first', 'challenger', NULL, '2026-12-01 12:55:03.735566+00');
INSERT INTO recsys.feedback VALUES (1, 'u4', 'a', 'click', '2026-12-01 12:55:03.735566+00', 2, 'old', 'user', 'first', 'challenger', NULL, '2026-12-01 12:55:03.735566+00');


--
-- Data for Name: feedback_action; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.feedback_action VALUES ('impression');
INSERT INTO recsys.feedback_action VALUES ('tag');
INSERT INTO recsys.feedback_action VALUES ('view');
INSERT INTO recsys.feedback_action VALUES ('page_view');
INSERT INTO recsys.feedback_action VALUES ('pageview');
INSERT INTO recsys.feedback_action VALUES ('view_item');
INSERT INTO recsys.feedback_action VALUES ('pv');
INSERT INTO recsys.feedback_action VALUES ('click');
INSERT INTO recsys.feedback_action VALUES ('open');
INSERT INTO recsys.feedback_action VALUES ('history');
INSERT INTO recsys.feedback_action VALUES ('read');
INSERT INTO recsys.feedback_action VALUES ('comment');
INSERT INTO recsys.feedback_action VALUES ('dwell');
INSERT INTO recsys.feedback_action VALUES ('cart');
INSERT INTO recsys.feedback_action VALUES ('addtocart');
INSERT INTO recsys.feedback_action VALUES ('add_to_cart');
INSERT INTO recsys.feedback_action VALUES ('wishlist');
INSERT INTO recsys.feedback_action VALUES ('add_to_wishlist');
INSERT INTO recsys.feedback_action VALUES ('follow');
INSERT INTO recsys.feedback_action VALUES ('save');
INSERT INTO recsys.feedback_action VALUES ('bookmark');
INSERT INTO recsys.feedback_action VALUES ('share');
INSERT INTO recsys.feedback_action VALUES ('repost');
INSERT INTO recsys.feedback_action VALUES ('favorite');
INSERT INTO recsys.feedback_action VALUES ('fav');
INSERT INTO recsys.feedback_action VALUES ('like');
INSERT INTO recsys.feedback_action VALUES ('rate');
INSERT INTO recsys.feedback_action VALUES ('review');
INSERT INTO recsys.feedback_action VALUES ('play');
INSERT INTO recsys.feedback_action VALUES ('replay');
INSERT INTO recsys.feedback_action VALUES ('listen');
INSERT INTO recsys.feedback_action VALUES ('watch');
INSERT INTO recsys.feedback_action VALUES ('download');
INSERT INTO recsys.feedback_action VALUES ('subscribe');
INSERT INTO recsys.feedback_action VALUES ('ask');
INSERT INTO recsys.feedback_action VALUES ('answer');
INSERT INTO recsys.feedback_action VALUES ('upvote');
INSERT INTO recsys.feedback_action VALUES ('buy');
INSERT INTO recsys.feedback_action VALUES ('purchase');
INSERT INTO recsys.feedback_action VALUES ('order');
INSERT INTO recsys.feedback_action VALUES ('transaction');
INSERT INTO recsys.feedback_action VALUES ('remove_from_cart');
INSERT INTO recsys.feedback_action VALUES ('skip');
INSERT INTO recsys.feedback_action VALUES ('mute');
INSERT INTO recsys.feedback_action VALUES ('hide');
INSERT INTO recsys.feedback_action VALUES ('dislike');
INSERT INTO recsys.feedback_action VALUES ('downvote');
INSERT INTO recsys.feedback_action VALUES ('return');
INSERT INTO recsys.feedback_action VALUES ('refund');


--
-- Data for Name: feedback_quarantine; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.feedback_quarantine OVERRIDING SYSTEM VALUE VALUES (1, '1:u1', 'nothing', 'click', '2026-12-01 12:55:03.735566+00', NULL, 'item was not in the list', '2026-12-01 12:55:03.735566+00');


--
-- Data for Name: interest; Type: TABLE DATA; Schema: recsys; Owner: released_store
--



--
-- Data for Name: item; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.item VALUES ('a', '{"kind a",all}');
INSERT INTO recsys.item VALUES ('b', '{"kind b",all}');
INSERT INTO recsys.item VALUES ('c', '{"kind c",all}');
INSERT INTO recsys.item VALUES ('d', '{"kind d",all}');


--
-- Data for Name: item_list_1; Type: TABLE DATA; Schema: recsys; Owner: released_store_publisher
--

INSERT INTO recsys.item_list_1 VALUES (1, 'similar', 'a', '{c}', '{0.5}');
INSERT INTO recsys.item_list_1 VALUES (1, 'popular', '', '{c}', '{9}');


--
-- Data for Name: item_list_2; Type: TABLE DATA; Schema: recsys; Owner: released_store_publisher
--

INSERT INTO recsys.item_list_2 VALUES (2, 'similar', 'a', '{c}', '{0.5}');
INSERT INTO recsys.item_list_2 VALUES (2, 'popular', '', '{c}', '{9}');


--
-- Data for Name: live; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.live VALUES (true, 2, '2026-01-10', 'model-1');


--
-- Data for Name: migration; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.migration VALUES ('0014');


--
-- Data for Name: monitor; Type: TABLE DATA; Schema: recsys; Owner: released_store
--



--
-- Data for Name: overlay_list; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.overlay_list VALUES ('u4', 1, '2026-01-11', 'more', '{c,a}', '{2,1}', '{new,old}', '{"new +2.00","old +1.00"}', '2026-12-01 12:55:03.735566+00');


--
-- Data for Name: part; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.part VALUES (1, 'shard 0', 1, 2);
INSERT INTO recsys.part VALUES (1, 'shard 1', 1, 1);
INSERT INTO recsys.part VALUES (1, 'shard 2', 1, 1);
INSERT INTO recsys.part VALUES (1, 'shard 3', 1, 1);
INSERT INTO recsys.part VALUES (1, 'item lists', 0, 0);
INSERT INTO recsys.part VALUES (2, 'shard 0', 1, 2);
INSERT INTO recsys.part VALUES (2, 'shard 1', 1, 1);
INSERT INTO recsys.part VALUES (2, 'shard 2', 1, 1);
INSERT INTO recsys.part VALUES (2, 'shard 3', 1, 1);
INSERT INTO recsys.part VALUES (2, 'item lists', 0, 0);


--
-- Data for Name: pointer_move; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.pointer_move VALUES ('2026-12-01 12:55:03.533797+00', 1, NULL, 'published', 'root');
INSERT INTO recsys.pointer_move VALUES ('2026-12-01 12:55:03.705847+00', 2, 1, 'published', 'root');


--
-- Data for Name: publication; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.publication OVERRIDING SYSTEM VALUE VALUES (1, '2026-01-09', 'model-1', '2026-01-09', 'published', '{"users": 4, "metrics": {"ndcg@10": 0.1}, "compared": null, "recommendations": 5}', '2026-12-01 12:55:03.38256+00', '2026-12-01 12:55:03.534475+00', NULL);
INSERT INTO recsys.publication OVERRIDING SYSTEM VALUE VALUES (2, '2026-01-10', 'model-1', '2026-01-10', 'published', '{"users": 4, "metrics": {"ndcg@10": 0.1}, "compared": {"live": 1, "users": 4, "live_users": 4, "users_who_stay": 1.0, "items_that_stay": 0.25}, "recommendations": 5}', '2026-12-01 12:55:03.591869+00', '2026-12-01 12:55:03.706503+00', NULL);


--
-- Data for Name: recommendation_list_1; Type: TABLE DATA; Schema: recsys; Owner: released_store_publisher
--

INSERT INTO recsys.recommendation_list_1 VALUES (1, 'u1', '{a,b}', '{3,2}', '{"because of a","because of b"}', '{"signal +3.00; rest +0.00","signal +2.00; rest +0.00"}');
INSERT INTO recsys.recommendation_list_1 VALUES (1, 'u2', '{b}', '{1}', '{"because of b"}', '{"signal +1.00; rest +0.00"}');
INSERT INTO recsys.recommendation_list_1 VALUES (1, 'u3', '{c}', '{1}', '{"because of c"}', '{"signal +1.00; rest +0.00"}');
INSERT INTO recsys.recommendation_list_1 VALUES (1, 'u4', '{a}', '{1}', '{"because of a"}', '{"signal +1.00; rest +0.00"}');


--
-- Data for Name: recommendation_list_2; Type: TABLE DATA; Schema: recsys; Owner: released_store_publisher
--

INSERT INTO recsys.recommendation_list_2 VALUES (2, 'u1', '{b,a}', '{3,1}', '{"because of b","because of a"}', '{"signal +3.00; rest +0.00","signal +1.00; rest +0.00"}');
INSERT INTO recsys.recommendation_list_2 VALUES (2, 'u2', '{c}', '{1}', '{"because of c"}', '{"signal +1.00; rest +0.00"}');
INSERT INTO recsys.recommendation_list_2 VALUES (2, 'u3', '{a}', '{2}', '{"because of a"}', '{"signal +2.00; rest +0.00"}');
INSERT INTO recsys.recommendation_list_2 VALUES (2, 'u4', '{b}', '{1}', '{"because of b"}', '{"signal +1.00; rest +0.00"}');


--
-- Data for Name: unavailable; Type: TABLE DATA; Schema: recsys; Owner: released_store
--

INSERT INTO recsys.unavailable VALUES ('b', '2026-12-01 12:55:03.735566+00');


--
-- Name: feedback_quarantine_quarantine_id_seq; Type: SEQUENCE SET; Schema: recsys; Owner: released_store
--

SELECT pg_catalog.setval('recsys.feedback_quarantine_quarantine_id_seq', 1, true);


--
-- Name: publication_pub_id_seq; Type: SEQUENCE SET; Schema: recsys; Owner: released_store
--

SELECT pg_catalog.setval('recsys.publication_pub_id_seq', 2, true);


--
-- Name: arm arm_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.arm
    ADD CONSTRAINT arm_pkey PRIMARY KEY (experiment, arm);


--
-- Name: experiment experiment_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.experiment
    ADD CONSTRAINT experiment_pkey PRIMARY KEY (name);


--
-- Name: experiment_step experiment_step_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.experiment_step
    ADD CONSTRAINT experiment_step_pkey PRIMARY KEY (experiment, number);


--
-- Name: fallback_list fallback_list_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.fallback_list
    ADD CONSTRAINT fallback_list_pkey PRIMARY KEY (pub_id, audience);


--
-- Name: feedback_action feedback_action_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.feedback_action
    ADD CONSTRAINT feedback_action_pkey PRIMARY KEY (action);


--
-- Name: feedback feedback_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (pub_id, user_id, item_id, action, occurred_at);


--
-- Name: feedback_quarantine feedback_quarantine_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.feedback_quarantine
    ADD CONSTRAINT feedback_quarantine_pkey PRIMARY KEY (quarantine_id);


--
-- Name: interest interest_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.interest
    ADD CONSTRAINT interest_pkey PRIMARY KEY (pub_id, interest);


--
-- Name: item_list item_list_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.item_list
    ADD CONSTRAINT item_list_pkey PRIMARY KEY (pub_id, kind, key);


--
-- Name: item_list_1 item_list_1_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.item_list_1
    ADD CONSTRAINT item_list_1_pkey PRIMARY KEY (pub_id, kind, key);


--
-- Name: item_list_2 item_list_2_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.item_list_2
    ADD CONSTRAINT item_list_2_pkey PRIMARY KEY (pub_id, kind, key);


--
-- Name: item item_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.item
    ADD CONSTRAINT item_pkey PRIMARY KEY (item_id);


--
-- Name: live live_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.live
    ADD CONSTRAINT live_pkey PRIMARY KEY (one);


--
-- Name: migration migration_pkc; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.migration
    ADD CONSTRAINT migration_pkc PRIMARY KEY (version_num);


--
-- Name: monitor monitor_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.monitor
    ADD CONSTRAINT monitor_pkey PRIMARY KEY (as_of, metric, part);


--
-- Name: overlay_list overlay_list_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.overlay_list
    ADD CONSTRAINT overlay_list_pkey PRIMARY KEY (user_id);


--
-- Name: part part_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.part
    ADD CONSTRAINT part_pkey PRIMARY KEY (pub_id, name);


--
-- Name: publication publication_fingerprint_key; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.publication
    ADD CONSTRAINT publication_fingerprint_key UNIQUE (fingerprint);


--
-- Name: publication publication_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.publication
    ADD CONSTRAINT publication_pkey PRIMARY KEY (pub_id);


--
-- Name: recommendation_list recommendation_list_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.recommendation_list
    ADD CONSTRAINT recommendation_list_pkey PRIMARY KEY (pub_id, user_id);


--
-- Name: recommendation_list_1 recommendation_list_1_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.recommendation_list_1
    ADD CONSTRAINT recommendation_list_1_pkey PRIMARY KEY (pub_id, user_id);


--
-- Name: recommendation_list_2 recommendation_list_2_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.recommendation_list_2
    ADD CONSTRAINT recommendation_list_2_pkey PRIMARY KEY (pub_id, user_id);


--
-- Name: trace_list trace_list_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store_publisher
--

ALTER TABLE ONLY recsys.trace_list
    ADD CONSTRAINT trace_list_pkey PRIMARY KEY (pub_id, user_id);


--
-- Name: unavailable unavailable_pkey; Type: CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.unavailable
    ADD CONSTRAINT unavailable_pkey PRIMARY KEY (item_id);


--
-- Name: experiment_decision_experiment_decided_at_idx; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE INDEX experiment_decision_experiment_decided_at_idx ON recsys.experiment_decision USING btree (experiment, decided_at);


--
-- Name: experiment_that_runs; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE UNIQUE INDEX experiment_that_runs ON recsys.experiment USING btree (status) WHERE (status = 'running'::text);


--
-- Name: feedback_action_time; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE INDEX feedback_action_time ON recsys.feedback USING btree (occurred_at) WHERE (action <> 'impression'::text);


--
-- Name: feedback_time; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE INDEX feedback_time ON recsys.feedback USING brin (occurred_at);


--
-- Name: feedback_user; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE INDEX feedback_user ON recsys.feedback USING hash (user_id);


--
-- Name: overlay_list_pub_id_idx; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE INDEX overlay_list_pub_id_idx ON recsys.overlay_list USING btree (pub_id);


--
-- Name: pointer_move_moved_at_idx; Type: INDEX; Schema: recsys; Owner: released_store
--

CREATE INDEX pointer_move_moved_at_idx ON recsys.pointer_move USING btree (moved_at);


--
-- Name: item_list_1_pkey; Type: INDEX ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER INDEX recsys.item_list_pkey ATTACH PARTITION recsys.item_list_1_pkey;


--
-- Name: item_list_2_pkey; Type: INDEX ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER INDEX recsys.item_list_pkey ATTACH PARTITION recsys.item_list_2_pkey;


--
-- Name: recommendation_list_1_pkey; Type: INDEX ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER INDEX recsys.recommendation_list_pkey ATTACH PARTITION recsys.recommendation_list_1_pkey;


--
-- Name: recommendation_list_2_pkey; Type: INDEX ATTACH; Schema: recsys; Owner: released_store_publisher
--

ALTER INDEX recsys.recommendation_list_pkey ATTACH PARTITION recsys.recommendation_list_2_pkey;


--
-- Name: arm arm_pub_id_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.arm
    ADD CONSTRAINT arm_pub_id_fkey FOREIGN KEY (pub_id) REFERENCES recsys.publication(pub_id);


--
-- Name: experiment_decision experiment_decision_experiment_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.experiment_decision
    ADD CONSTRAINT experiment_decision_experiment_fkey FOREIGN KEY (experiment) REFERENCES recsys.experiment(name);


--
-- Name: experiment_step experiment_step_experiment_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.experiment_step
    ADD CONSTRAINT experiment_step_experiment_fkey FOREIGN KEY (experiment) REFERENCES recsys.experiment(name);


--
-- Name: fallback_list fallback_list_pub_id_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.fallback_list
    ADD CONSTRAINT fallback_list_pub_id_fkey FOREIGN KEY (pub_id) REFERENCES recsys.publication(pub_id) ON DELETE CASCADE;


--
-- Name: interest interest_pub_id_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.interest
    ADD CONSTRAINT interest_pub_id_fkey FOREIGN KEY (pub_id) REFERENCES recsys.publication(pub_id) ON DELETE CASCADE;


--
-- Name: live live_pub_id_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.live
    ADD CONSTRAINT live_pub_id_fkey FOREIGN KEY (pub_id) REFERENCES recsys.publication(pub_id);


--
-- Name: overlay_list overlay_list_pub_id_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.overlay_list
    ADD CONSTRAINT overlay_list_pub_id_fkey FOREIGN KEY (pub_id) REFERENCES recsys.publication(pub_id) ON DELETE CASCADE;


--
-- Name: part part_pub_id_fkey; Type: FK CONSTRAINT; Schema: recsys; Owner: released_store
--

ALTER TABLE ONLY recsys.part
    ADD CONSTRAINT part_pub_id_fkey FOREIGN KEY (pub_id) REFERENCES recsys.publication(pub_id) ON DELETE CASCADE;


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

GRANT USAGE ON SCHEMA public TO released_store_reader;
GRANT USAGE ON SCHEMA public TO released_store_feedback;
GRANT USAGE ON SCHEMA public TO released_store_catalogue;


--
-- Name: SCHEMA recsys; Type: ACL; Schema: -; Owner: released_store
--

GRANT ALL ON SCHEMA recsys TO released_store_publisher;
GRANT USAGE ON SCHEMA recsys TO released_store_operator;


--
-- Name: TABLE arm; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.arm TO released_store_publisher;
GRANT SELECT ON TABLE recsys.arm TO released_store_operator;


--
-- Name: TABLE interest; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.interest TO released_store_publisher;


--
-- Name: TABLE live; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.live TO released_store_publisher;
GRANT SELECT ON TABLE recsys.live TO released_store_operator;


--
-- Name: TABLE publication; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.publication TO released_store_publisher;
GRANT SELECT ON TABLE recsys.publication TO released_store_operator;


--
-- Name: FUNCTION explain(user_id text); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.explain(user_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.explain(user_id text) TO released_store_explainer;


--
-- Name: FUNCTION list_of(user_id text, cohort text); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.list_of(user_id text, cohort text) FROM PUBLIC;


--
-- Name: FUNCTION explain_list(user_id text); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.explain_list(user_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.explain_list(user_id text) TO released_store_explainer;


--
-- Name: FUNCTION often_next(item_id text, n integer); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.often_next(item_id text, n integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.often_next(item_id text, n integer) TO released_store_reader;
GRANT ALL ON FUNCTION public.often_next(item_id text, n integer) TO released_store_publisher;


--
-- Name: FUNCTION popular(category text, n integer); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.popular(category text, n integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.popular(category text, n integer) TO released_store_reader;
GRANT ALL ON FUNCTION public.popular(category text, n integer) TO released_store_publisher;


--
-- Name: FUNCTION recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) TO released_store_reader;
GRANT ALL ON FUNCTION public.recommend(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) TO released_store_publisher;


--
-- Name: FUNCTION recommend_list(user_id text, cohort text); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.recommend_list(user_id text, cohort text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.recommend_list(user_id text, cohort text) TO released_store_reader;
GRANT ALL ON FUNCTION public.recommend_list(user_id text, cohort text) TO released_store_publisher;


--
-- Name: FUNCTION recommendations_contract(); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.recommendations_contract() FROM PUBLIC;
GRANT ALL ON FUNCTION public.recommendations_contract() TO released_store_reader;
GRANT ALL ON FUNCTION public.recommendations_contract() TO released_store_publisher;


--
-- Name: FUNCTION record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[]); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_feedback_batch(recommendation_ids text[], item_ids text[], actions text[], occurred_ats timestamp with time zone[], "values" double precision[]) TO released_store_feedback;


--
-- Name: FUNCTION record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION public.record_feedback(recommendation_id text, item_id text, action text, occurred_at timestamp with time zone, value double precision) TO released_store_feedback;


--
-- Name: FUNCTION set_available(item_id text, available boolean); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.set_available(item_id text, available boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_available(item_id text, available boolean) TO released_store_catalogue;


--
-- Name: FUNCTION similar_items(item_id text, n integer); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.similar_items(item_id text, n integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.similar_items(item_id text, n integer) TO released_store_reader;
GRANT ALL ON FUNCTION public.similar_items(item_id text, n integer) TO released_store_publisher;


--
-- Name: FUNCTION trending(category text, n integer); Type: ACL; Schema: public; Owner: released_store
--

REVOKE ALL ON FUNCTION public.trending(category text, n integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.trending(category text, n integer) TO released_store_reader;
GRANT ALL ON FUNCTION public.trending(category text, n integer) TO released_store_publisher;


--
-- Name: TABLE fallback_list; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.fallback_list TO released_store_publisher;


--
-- Name: TABLE overlay_list; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.overlay_list TO released_store_publisher;


--
-- Name: TABLE laid_over; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT ON TABLE recsys.laid_over TO released_store_publisher;


--
-- Name: TABLE recommendation_list; Type: ACL; Schema: recsys; Owner: released_store_publisher
--

GRANT SELECT ON TABLE recsys.recommendation_list TO released_store_operator;


--
-- Name: FUNCTION explain_list_2(user_id text); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.explain_list_2(user_id text) FROM PUBLIC;


--
-- Name: FUNCTION fall_back(cohort text); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.fall_back(cohort text) FROM PUBLIC;


--
-- Name: FUNCTION fall_back(cohort text, pub_id bigint); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.fall_back(cohort text, pub_id bigint) FROM PUBLIC;


--
-- Name: FUNCTION filtered(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.filtered(user_id text, n integer, cohort text, categories text[], exclude text[], among text[]) FROM PUBLIC;


--
-- Name: FUNCTION in_stock(item_ids text[], scores real[], reasons text[], terms text[]); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.in_stock(item_ids text[], scores real[], reasons text[], terms text[]) FROM PUBLIC;


--
-- Name: FUNCTION item_list_of(kind text, key text, n integer); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.item_list_of(kind text, key text, n integer) FROM PUBLIC;


--
-- Name: FUNCTION other_list(user_id text, cohort text); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.other_list(user_id text, cohort text) FROM PUBLIC;


--
-- Name: FUNCTION recommend_1(user_id text, n integer); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.recommend_1(user_id text, n integer) FROM PUBLIC;


--
-- Name: FUNCTION recommend_2(user_id text, n integer, cohort text); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.recommend_2(user_id text, n integer, cohort text) FROM PUBLIC;


--
-- Name: FUNCTION recommend_list_2(user_id text, cohort text); Type: ACL; Schema: recsys; Owner: released_store
--

REVOKE ALL ON FUNCTION recsys.recommend_list_2(user_id text, cohort text) FROM PUBLIC;


--
-- Name: TABLE recommendations; Type: ACL; Schema: public; Owner: released_store
--

GRANT SELECT ON TABLE public.recommendations TO released_store_reader;
GRANT SELECT ON TABLE public.recommendations TO released_store_publisher;


--
-- Name: TABLE experiment; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.experiment TO released_store_publisher;
GRANT SELECT ON TABLE recsys.experiment TO released_store_operator;


--
-- Name: TABLE experiment_decision; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.experiment_decision TO released_store_publisher;
GRANT SELECT ON TABLE recsys.experiment_decision TO released_store_operator;


--
-- Name: TABLE experiment_step; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.experiment_step TO released_store_publisher;
GRANT SELECT ON TABLE recsys.experiment_step TO released_store_operator;


--
-- Name: TABLE feedback; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,DELETE ON TABLE recsys.feedback TO released_store_publisher;


--
-- Name: TABLE feedback_action; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT ON TABLE recsys.feedback_action TO released_store_publisher;


--
-- Name: TABLE feedback_quarantine; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,DELETE ON TABLE recsys.feedback_quarantine TO released_store_publisher;


--
-- Name: TABLE item; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.item TO released_store_publisher;


--
-- Name: TABLE monitor; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.monitor TO released_store_publisher;
GRANT SELECT ON TABLE recsys.monitor TO released_store_operator;


--
-- Name: TABLE part; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE recsys.part TO released_store_publisher;


--
-- Name: TABLE pointer_move; Type: ACL; Schema: recsys; Owner: released_store
--

GRANT SELECT,INSERT ON TABLE recsys.pointer_move TO released_store_publisher;
GRANT SELECT ON TABLE recsys.pointer_move TO released_store_operator;


--
-- PostgreSQL database dump complete
--


