CREATE OR REPLACE FUNCTION public.set_available(item_id text, available boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF available THEN
        DELETE FROM recsys.unavailable WHERE unavailable.item_id = set_available.item_id;
    ELSE
        INSERT INTO recsys.unavailable (item_id) VALUES (set_available.item_id) ON CONFLICT DO NOTHING;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION public.set_available FROM PUBLIC;
COMMENT ON FUNCTION public.set_available IS
    'Takes an item out of every answer from now on, or lets it back in, without a publication (contract 3)';
