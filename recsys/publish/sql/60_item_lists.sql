-- Lists without a user. A publication made before there were any has none, so there are no rows of it.

CREATE OR REPLACE FUNCTION recsys.item_list_of(kind text, key text, n int) RETURNS SETOF recsys.listed_item
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
REVOKE ALL ON FUNCTION recsys.item_list_of FROM PUBLIC;
COMMENT ON FUNCTION recsys.item_list_of IS 'The best n of a list of the live set, without what is sold out';

CREATE OR REPLACE FUNCTION public.similar_items(item_id text, n int DEFAULT 10) RETURNS SETOF recsys.listed_item
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN QUERY SELECT * FROM recsys.item_list_of('similar', similar_items.item_id, n);
END
$$;
REVOKE ALL ON FUNCTION public.similar_items FROM PUBLIC;
COMMENT ON FUNCTION public.similar_items IS
    'The available items most similar to an item, by who interacts with both and by their texts: at most 1000, one'
    ' row each (contract 3)';

CREATE OR REPLACE FUNCTION public.often_next(item_id text, n int DEFAULT 10) RETURNS SETOF recsys.listed_item
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN QUERY SELECT * FROM recsys.item_list_of('next', often_next.item_id, n);
END
$$;
REVOKE ALL ON FUNCTION public.often_next FROM PUBLIC;
COMMENT ON FUNCTION public.often_next IS
    'The available items that often follow an item; none without times: at most 1000, one row each (contract 3)';

CREATE OR REPLACE FUNCTION public.popular(category text DEFAULT NULL, n int DEFAULT 10) RETURNS SETOF recsys.listed_item
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN QUERY SELECT * FROM recsys.item_list_of('popular', coalesce(category, ''), n);
END
$$;
REVOKE ALL ON FUNCTION public.popular FROM PUBLIC;
COMMENT ON FUNCTION public.popular IS
    'The available items of most positives, recent ones counting more, of a category or of all: at most 1000, one row'
    ' each (contract 3)';

CREATE OR REPLACE FUNCTION public.trending(category text DEFAULT NULL, n int DEFAULT 10)
RETURNS SETOF recsys.listed_item
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN QUERY SELECT * FROM recsys.item_list_of('trending', coalesce(category, ''), n);
END
$$;
REVOKE ALL ON FUNCTION public.trending FROM PUBLIC;
COMMENT ON FUNCTION public.trending IS
    'The available items whose positives of the last week most exceed those before, of a category or of all; none'
    ' without times: at most 1000, one row each (contract 3)';
