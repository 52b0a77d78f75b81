"""Fails unless the serving database has a full list for every one of so many users: check_rows.py USERS [TOP_N]."""

import sys
from contextlib import closing

import psycopg2

from recsys.publish.connection import database_url

QUERY = "SELECT user_id, count(*), count(DISTINCT item_id) FROM recommendations GROUP BY 1"


def main(users: int, top_n: int = 10) -> None:
    """Counts what an application would read."""
    with closing(psycopg2.connect(database_url())) as db, db.cursor() as cursor:
        cursor.execute(QUERY)
        rows = cursor.fetchall()
    short = [user_id for user_id, count, different in rows if (count, different) != (top_n, top_n)]
    print(f"{len(rows)} users have recommendations, {len(rows) - len(short)} of them {top_n} different ones")
    if len(rows) != users or short:
        sys.exit(f"error: {users} users were expected, with {top_n} items each")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
