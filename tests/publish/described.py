"""A store's schema, whatever its database is called: what two stores of the same version have in common."""

from contextlib import closing

import psycopg2

OURS = "IN ('recsys'::regnamespace, 'public'::regnamespace)"
DESCRIPTION = f"""
    SELECT 'relation', oid::regclass::text, relkind::text || ' of ' || pg_get_userbyid(relowner) || ' '
           || coalesce(array_to_string(reloptions, ','), '')
    FROM pg_class WHERE relnamespace {OURS} AND relkind <> 'S'
    UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname,
           row_number() OVER (PARTITION BY attrelid ORDER BY attnum) || ' ' || format_type(atttypid, atttypmod)
           || CASE WHEN attnotnull THEN ' not null ' ELSE ' ' END
           || coalesce(pg_get_expr(adbin, adrelid), attidentity::text)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace {OURS} AND relkind IN ('r', 'p', 'v', 'c') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace {OURS}
    UNION ALL
    SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace {OURS}
    UNION ALL
    SELECT 'function', oid::regprocedure::text, pg_get_userbyid(proowner) || ': ' || pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace {OURS}
    UNION ALL
    SELECT 'view', oid::regclass::text, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace {OURS} AND relkind = 'v'
    UNION ALL
    SELECT 'comment', format('%s %s', pg_describe_object(classoid, objoid, objsubid), classoid::regclass), description
    FROM pg_description
    WHERE (classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM pg_class WHERE relnamespace {OURS}))
       OR (classoid = 'pg_proc'::regclass AND objoid IN (SELECT oid FROM pg_proc WHERE pronamespace {OURS}))
       OR (classoid = 'pg_namespace'::regclass AND objoid = 'recsys'::regnamespace)
    UNION ALL
    SELECT 'right', what, pg_get_userbyid(grantee) || ' ' || privilege_type
    FROM (
        SELECT oid::regclass::text, coalesce(relacl, acldefault('r', relowner))
        FROM pg_class WHERE relnamespace {OURS} AND relkind IN ('r', 'p', 'v')
        UNION ALL
        SELECT oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner))
        FROM pg_proc WHERE pronamespace {OURS}
        UNION ALL
        SELECT 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE oid {OURS}
    ) AS kept (what, acl), aclexplode(acl)
"""


def described(dsn: str) -> set[tuple[str, str, str]]:
    """Kind, name and definition of everything in the store: relations, functions, comments, owners and rights."""
    database = dsn.rsplit("/", 1)[1]
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        cursor.execute(DESCRIPTION)
        return {(kind, name, definition.replace(database, "*")) for kind, name, definition in cursor.fetchall()}
