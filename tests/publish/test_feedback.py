"""What applications report: resolved as it is written, counted once, and quarantined with a reason."""

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone.postgres import Server
from tests.publish.conftest import write_lists
from tests.publish.test_roles import member

LIMITS = DatabaseSettings(min_overlap=0)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]
Row = tuple[str | None, str | None, str | None, str | None]
Done = tuple[str | None, str | None, str | None, timedelta]
NOW, HOUR, MINUTE = timedelta(), timedelta(hours=1), timedelta(minutes=1)
OWN = {"u1": [("a", 3.0), ("b", 2.0)], "u:2": [("c", 1.0)]}
BATCH = "SELECT * FROM record_feedback_batch(%s, %s, %s, %s::timestamptz[])"


@pytest.fixture
def live(store: str, write: Write) -> str:
    """A store in which u1 has a, b and u:2 has c; the population has c, b. It was published a day ago."""
    assert publish(store, write(OWN), LIMITS).published == "yes"
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("UPDATE recsys.publication SET created_at = created_at - interval '1 day'")
    return store


def record(ask: Ask, *rows: Done, now: datetime | None = None) -> tuple[int, int, int]:
    """Accepted, repeated and quarantined of a batch, whose rows say how long ago something was done."""
    texts, ago = [list(column) for column in zip(*(row[:3] for row in rows), strict=True)], [row[3] for row in rows]
    found = ask(BATCH, *texts, [(now or datetime.now(UTC)) - before for before in ago])
    return found[0]


def reasons(ask: Ask) -> list[str]:
    return [reason for (reason,) in ask("SELECT reason FROM recsys.feedback_quarantine ORDER BY quarantine_id")]


def test_what_was_shown_is_resolved_from_the_list_of_that_answer(live: str, ask: Ask) -> None:
    ((shown,),) = ask("SELECT recommendation_id FROM recommend_list('u1')")
    assert record(ask, (shown, "b", "impression", NOW), (shown, "b", "click", NOW)) == (2, 0, 0)
    assert ask(
        "SELECT pub_id, user_id, item_id, action, position, signal, audience, experiment, arm, value"
        " FROM recsys.feedback ORDER BY action"
    ) == [(1, "u1", "b", action, 2, "signal", "user", None, None, None) for action in ("click", "impression")]


def test_a_user_id_may_hold_what_parts_it_from_the_publication(live: str, ask: Ask) -> None:
    assert record(ask, ("1:u:2", "c", "click", NOW)) == (1, 0, 0)
    assert ask("SELECT user_id, position, audience FROM recsys.feedback") == [("u:2", 1, "user")]


def test_users_without_a_list_were_shown_that_of_the_population_and_filters_fill_up_with_it(
    live: str, ask: Ask
) -> None:
    assert record(ask, ("1:who?", "b", "click", NOW), ("1:u1", "c", "click", NOW)) == (2, 0, 0)
    assert ask("SELECT user_id, position, audience FROM recsys.feedback ORDER BY user_id DESC") == [
        ("who?", 2, "population"),
        ("u1", 1, "population"),
    ]


def test_a_cohort_is_known_by_the_item_that_the_population_lacks(live: str, ask: Ask) -> None:
    ask(
        "INSERT INTO recsys.fallback_list SELECT pub_id, 'age=30', ARRAY['a', 'b'], scores, reasons, terms"
        " FROM recsys.fallback_list RETURNING 1"
    )
    assert record(ask, ("1:who?", "a", "click", NOW), ("1:who?", "b", "click", NOW), ("1:u:2", "a", "click", NOW)) == (
        2,
        0,
        1,
    )
    assert ask("SELECT item_id, audience FROM recsys.feedback ORDER BY 1") == [("a", "age=30"), ("b", "population")]


@pytest.mark.parametrize(
    ("terms", "signal"),
    [
        ("ease +0.38; own interests +0.45; rest +0.42", "own interests"),
        ("rest +0.42", None),
        ("", None),
        (None, None),
        ("neighbours' items -0.20; rest +9.00", "neighbours' items"),
        ("text +0.10; ease +0.10; rest +0.00", "text"),
        ("ease +nan; text 1; sequence -0.50; rest +0.00", "sequence"),
    ],
)
def test_the_signal_is_that_of_the_largest_term_but_the_rest(
    live: str, ask: Ask, terms: str | None, signal: str | None
) -> None:
    ask("UPDATE recsys.recommendation_list SET terms = ARRAY[NULL, %s] WHERE user_id = 'u1' RETURNING 1", terms)
    assert record(ask, ("1:u1", "b", "click", NOW)) == (1, 0, 0)
    assert ask("SELECT signal FROM recsys.feedback") == [(signal,)]


def lay(ask: Ask, user: str, items: list[str], when: datetime) -> None:
    """Lays a list over that of a user, from some time on."""
    ask(
        "INSERT INTO recsys.overlay_list (user_id, pub_id, as_of, history, item_ids, scores, reasons, terms, laid_at)"
        " VALUES (%s, 1, '2026-01-10', '', %s, '{2,1}', '{r,r}', '{\"text +1.00; rest +0.00\",\"rest +0.00\"}', %s)"
        " RETURNING 1",
        user,
        items,
        when,
    )


def test_where_a_list_was_laid_over_the_one_in_force_at_the_time_counts(live: str, ask: Ask) -> None:
    lay(ask, "u1", ["b", "x"], datetime.now(UTC) - HOUR)
    assert record(
        ask,
        ("1:u1", "b", "click", NOW),
        ("1:u1", "b", "view", 2 * HOUR),
        ("1:u1", "replaced", "buy", NOW),
        ("1:u1", "a", "view", NOW),
    ) == (4, 0, 0)
    assert ask("SELECT item_id, action, position, signal, audience FROM recsys.feedback ORDER BY 1, 2") == [
        ("a", "view", 1, "signal", "user"),
        ("b", "click", 1, "text", "user"),
        ("b", "view", 2, "signal", "user"),
        ("replaced", "buy", None, None, "user"),
    ]


def test_rows_name_the_arm_of_their_user_while_an_experiment_runs(live: str, ask: Ask) -> None:
    ask("INSERT INTO recsys.arm VALUES ('x', 'challenger', 'key', 0, 5000, 1, '2026-01-10', 'model-1') RETURNING 1")
    users = [f"n{number}" for number in range(40)]
    assert record(ask, *((f"1:{user}", "c", "click", NOW) for user in users)) == (40, 0, 0)
    found = ask(
        "SELECT arm, count(*), bool_and((arm = 'challenger') = (recsys.bucket('key', user_id) < 5000))"
        " FROM recsys.feedback WHERE experiment = 'x' GROUP BY arm ORDER BY arm"
    )
    assert [arm for arm, _, _ in found] == ["challenger", "champion"]
    assert sum(count for _, count, _ in found) == 40
    assert all(right for _, _, right in found)


BAD: list[tuple[Row, str]] = [
    ((None, "a", "click", None), "no recommendation_id"),
    (("u1", "a", "click", None), "recommendation_id is not publication:user"),
    (("one:u1", "a", "click", None), "recommendation_id is not publication:user"),
    (("-1:u1", "a", "click", None), "recommendation_id is not publication:user"),
    (("1:", "a", "click", None), "recommendation_id is not publication:user"),
    (("9" * 30 + ":u1", "a", "click", None), "recommendation_id is not publication:user"),
    (("1:u1", None, "click", None), "no item_id"),
    (("1:u1", "", "click", None), "no item_id"),
    (("1:u1", "a", None, None), "no action"),
    (("1:u1", "a", "hum", None), "unknown action"),
    (("77:u1", "a", "click", None), "unknown publication"),
    (("1:u1", "x", "click", None), "item was not in the list"),
    (("1:u1", "a", "click", "now() + interval '6 minutes'"), "occurred_at in the future"),
    (("1:u1", "a", "click", "'infinity'"), "occurred_at in the future"),
    (("1:u1", "a", "click", "now() - interval '61 days'"), "occurred_at more than 60 days ago"),
    (("1:u1", "a", "click", "'-infinity'"), "occurred_at more than 60 days ago"),
    (("1:u1", "a", "click", "now() - interval '2 days'"), "occurred_at before the publication"),
    (("1:u1", "a", "click", "NULL"), "no occurred_at"),
    (("1:" + "u" * 1001, "c", "click", None), "an id of more than 1,000 bytes"),
]


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_what_cannot_be_resolved_is_quarantined_with_a_reason_and_never_raised(
    live: str, ask: Ask, row: Row, reason: str
) -> None:
    *texts, moment = row
    assert ask(f"SELECT * FROM record_feedback(%s, %s, %s, {moment or 'now()'})", *texts) == [(0, 0, 1)]
    assert ask(
        "SELECT reason, recommendation_id, item_id, action, occurred_at IS NULL FROM recsys.feedback_quarantine"
    ) == [(reason, *texts, moment == "NULL")]
    assert ask("SELECT count(*) FROM recsys.feedback") == [(0,)]


def test_a_publication_that_was_never_shown_is_unknown(live: str, ask: Ask) -> None:
    ask("UPDATE recsys.publication SET status = 'refused' RETURNING 1")
    assert record(ask, ("1:u1", "a", "click", NOW)) == (0, 0, 1)
    assert reasons(ask) == ["unknown publication"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_value_is_a_number(live: str, ask: Ask, value: str) -> None:
    assert ask("SELECT * FROM record_feedback('1:u1', 'a', 'buy', now(), %s)", value) == [(0, 0, 1)]
    assert ask("SELECT * FROM record_feedback('1:u1', 'a', 'buy', now(), 12.5)") == [(1, 0, 0)]
    assert reasons(ask) == ["value is not finite"]
    assert ask("SELECT value FROM recsys.feedback") == [(12.5,)]


def test_bad_rows_of_a_batch_keep_none_of_the_good_ones_away(live: str, ask: Ask) -> None:
    bad = [(*row[:3], NOW) for row, _ in BAD[:12]]
    assert record(ask, *bad, ("1:u1", "a", "click", NOW)) == (1, 0, 12)
    assert reasons(ask) == [reason for _, reason in BAD[:12]]


def test_arrays_of_other_lengths_and_without_entries_are_no_error(live: str, ask: Ask) -> None:
    call = "SELECT * FROM record_feedback_batch(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::float8[])"
    assert ask(call, ["1:u1", "1:u1"], ["a"], ["click", "click"], ["now", "now"], [1.0, 2.0, 3.0]) == [(1, 0, 2)]
    assert sorted(reasons(ask)) == ["no item_id", "no recommendation_id"]
    assert ask(call, [], [], [], [], None) == [(0, 0, 0)]
    assert ask(call, None, None, None, None, None) == [(0, 0, 0)]


def test_before_anything_is_published_feedback_is_quarantined_and_raises_nothing(store: str, ask: Ask) -> None:
    assert record(ask, ("1:u1", "a", "click", NOW)) == (0, 0, 1)
    assert reasons(ask) == ["unknown publication"]


def test_the_same_batch_twenty_times_counts_once(live: str, ask: Ask) -> None:
    rows = [("1:u1", item, "click", minutes * MINUTE) for minutes in range(3) for item in "ab"]
    now = datetime.now(UTC)
    assert record(ask, *rows, rows[0], now=now) == (6, 1, 0)
    assert [record(ask, *rows, now=now) for _ in range(20)] == [(0, 6, 0)] * 20
    assert ask("SELECT count(*) FROM recsys.feedback") == [(6,)]


def test_two_writers_of_the_same_rows_in_another_order_never_lock_each_other_out(live: str, ask: Ask) -> None:
    now = datetime.now(UTC)
    rows = [(f"1:n{number}", "c", "click", NOW) for number in range(300)]
    counts: list[tuple[int, int, int]] = []

    def write(own: list[tuple[str, str, str, timedelta]]) -> None:
        for _ in range(5):
            counts.append(record(ask, *own, now=now))

    writers = [threading.Thread(target=write, args=(own,)) for own in (rows, rows[::-1])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (sum(accepted for accepted, _, _ in counts), len(counts)) == (300, 10)


def test_a_writer_killed_in_a_batch_leaves_nothing_half(live: str, ask: Ask) -> None:
    program = textwrap.dedent("""
        import os, signal, sys, psycopg2
        db = psycopg2.connect(sys.argv[1])
        rows = 5000
        db.cursor().execute("SELECT * FROM record_feedback_batch(%s, %s, %s, array_fill(now(), ARRAY[5000]))",
                            ([f"1:n{row}" for row in range(rows)], ["c"] * rows, ["click"] * rows))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    assert subprocess.run([sys.executable, "-c", program, live], check=False).returncode == -9
    assert ask("SELECT count(*) FROM recsys.feedback") == [(0,)]
    assert ask("SELECT count(*) FROM recsys.feedback_quarantine") == [(0,)]


def test_a_clock_that_jumps_back_after_a_publication_keeps_no_feedback_away(live: str, ask: Ask) -> None:
    """The publication then seems to be of the future."""
    ask("UPDATE recsys.publication SET created_at = now() + interval '3 hours' RETURNING 1")
    assert record(ask, ("1:u1", "a", "click", NOW), ("1:u1", "a", "click", 10 * MINUTE)) == (1, 0, 1)
    assert reasons(ask) == ["occurred_at before the publication"]


@pytest.mark.parametrize("text", ["'; DROP TABLE recsys.feedback; --", '"', "\\", "{a,b}", "ü' OR true", "%s", "$1"])
def test_hostile_text_is_only_text(live: str, ask: Ask, text: str) -> None:
    rows = [
        (text, "a", "click", NOW),
        ("1:u1", text, "click", NOW),
        ("1:u1", "a", text, NOW),
        (f"1:{text}", "c", "click", NOW),
    ]
    assert record(ask, *rows) == (1, 0, 3)
    for row in rows:
        ask("SELECT * FROM record_feedback(%s, %s, %s, now())", *row[:3])
    assert ask("SELECT DISTINCT user_id FROM recsys.feedback") == [(text,)]
    assert ask("SELECT count(*) FROM recsys.feedback_quarantine") == [(6,)]


def test_actions_of_the_settings_are_known_from_their_publication_on(live: str, ask: Ask, write: Write) -> None:
    assert record(ask, ("1:u1", "a", "hum", NOW)) == (0, 0, 1)
    draft = write(OWN, "2026-01-11")
    draft.manifest["settings"] = {"events": {"action_weights": {"hum": 0.4, "click": 0.3}}}
    publish(live, draft, LIMITS)
    assert record(ask, ("1:u1", "a", "hum", NOW)) == (1, 0, 0)


def test_feedback_outlives_the_publication_of_which_it_is(live: str, ask: Ask, write: Write) -> None:
    record(ask, ("1:u1", "a", "click", NOW))
    for day in range(11, 14):
        draft = write(OWN, date(2026, 1, day).isoformat())
        write_lists(draft.fallback, "audience", {"population": [("b", 1.0)]})
        publish(live, draft, DatabaseSettings(min_overlap=0, keep_publications=1))
    assert ask("SELECT count(*) FROM recsys.publication WHERE pub_id = 1") == [(0,)]
    assert ask("SELECT pub_id, position FROM recsys.feedback") == [(1, 1)]
    assert record(ask, ("1:u1", "a", "view", NOW)) == (0, 0, 1)


def test_the_feedback_role_records_and_does_nothing_else(live: str, postgres: Server, ask: Ask) -> None:
    with psycopg2.connect(member(postgres, live, "feedback")) as db, db.cursor() as cursor:
        cursor.execute("SELECT * FROM record_feedback('1:u1', 'a', 'click', now())")
        assert cursor.fetchall() == [(1, 0, 0)]
        cursor.execute(BATCH, (["1:u1"], ["b"], ["click"], ["now"]))
        assert cursor.fetchall() == [(1, 0, 0)]
        for refused in (
            "SELECT * FROM recommend('u1')",
            "SELECT * FROM recommend_list('u1')",
            "SELECT * FROM recommendations",
            "SELECT set_available('a', false)",
            "SELECT * FROM recsys.feedback",
            "DELETE FROM recsys.feedback",
            "SELECT * FROM recsys.feedback_quarantine",
            "INSERT INTO recsys.feedback_action VALUES ('hum')",
            "SELECT * FROM explain_list('u1')",
            "CREATE TABLE public.own (a int)",
            "SELECT * FROM recsys.live",
        ):
            db.commit()
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused)
            db.rollback()


def test_a_reader_may_not_record(live: str, postgres: Server) -> None:
    with psycopg2.connect(member(postgres, live, "reader")) as db, db.cursor() as cursor:
        for call in (
            "record_feedback('1:u1', 'a', 'click', now())",
            "record_feedback_batch(ARRAY['1:u1'], ARRAY['a'], ARRAY['click'], ARRAY[now()])",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SELECT * FROM {call}")
            db.rollback()
