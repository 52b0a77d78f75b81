-- Not for parallel workers: for lack of statistics they would be started for a view of a few rows.
CREATE OR REPLACE FUNCTION recsys.bucket(key text, user_id text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL UNSAFE
RETURN (('x' || left(encode(sha256(convert_to(key || ':' || user_id, 'UTF8')), 'hex'), 8))::bit(32)::bigint
        % 10000)::int;
COMMENT ON FUNCTION recsys.bucket IS
    'Bucket of a user in an experiment, 0 to 9999: the first four bytes of sha256(key:user_id), modulo 10000';
