CREATE OR REPLACE FUNCTION public.recommendations_contract() RETURNS int
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC SELECT 3; END;
COMMENT ON FUNCTION public.recommendations_contract IS
    'Version of what applications read; within one, columns are added at the end and none is changed';
