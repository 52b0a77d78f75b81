import numpy as np
import psycopg2
import pyarrow as pa
import pytest
from psycopg2 import sql

from recsys.publish.copying import Stream, copy_into

ROWS = [
    ("u1", ["i1", "i2"], [0.5, -1.25], ["because", ""]),
    ("o'brien; DROP TABLE x; --", ['{"a","b\\c"}'], [3.0], ["emoji 🎬 and \t tab"]),
    ("日本", ["NULL", " ", "é"], [1e-30, 2.0, 3e30], ["a", "b", "c"]),
]
SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("item_ids", pa.list_(pa.string())),
        ("scores", pa.list_(pa.float32())),
        ("reasons", pa.list_(pa.string())),
    ]
)


def batch(rows: list[tuple[str, list[str], list[float], list[str]]]) -> pa.RecordBatch:
    return pa.record_batch([list(column) for column in zip(*rows, strict=True)], schema=SCHEMA)


def test_what_is_copied_reads_back_the_same_whatever_the_ids_hold(database: str) -> None:
    with psycopg2.connect(database) as db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE t (pub_id bigint, user_id text, item_ids text[], scores real[], reasons text[])")
        pieces = [batch(ROWS).slice(1), batch(ROWS).slice(0, 1)]
        assert copy_into(cursor, sql.Identifier("t"), 7, pieces) == 3
        cursor.execute("SELECT * FROM t")
        read = cursor.fetchall()
    expected = [ROWS[1], ROWS[2], ROWS[0]]
    assert [(7, *row[:2], row[3]) for row in expected] == [(*row[:3], row[4]) for row in read]
    for row, told in zip(read, expected, strict=True):
        assert np.allclose(row[3], told[2])


@pytest.mark.parametrize(("alone", "fetched"), [(True, 0), (False, 3)])
def test_rows_alone_in_their_table_are_known_to_stay_without_a_look_at_them(
    database: str, alone: bool, fetched: int
) -> None:
    with psycopg2.connect(database) as db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE t (pub_id bigint, user_id text, item_ids text[], scores real[], reasons text[])")
        db.commit()
        copy_into(cursor, sql.Identifier("t"), 7, [batch(ROWS)], alone)
        cursor.execute("CREATE INDEX ON t (user_id)")
        db.commit()
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute("EXPLAIN (ANALYZE, TIMING off, FORMAT json) SELECT user_id FROM t ORDER BY user_id")
        (plan,) = cursor.fetchone()
    assert plan[0]["Plan"]["Heap Fetches"] == fetched


def test_a_stream_gives_at_most_what_is_asked_and_all_in_the_end() -> None:
    stream = Stream([b"abc", b"", b"de"])
    assert [stream.read(2) for _ in range(4)] == [b"ab", b"c", b"de", b""]
