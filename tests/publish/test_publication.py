import dataclasses
import math
import select
import threading
from collections.abc import Callable
from contextlib import closing
from getpass import getuser
from typing import Any

import psycopg2
import pytest

from recsys.errors import GateError, SettingsError, TransientError
from recsys.publish import publication
from recsys.publish.kept import publications
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from tests.publish.conftest import write_lists

LIMITS = DatabaseSettings(min_overlap=0)
RECOMMENDATIONS = (
    "SELECT user_id, rank, item_id, score, reason, as_of::text, model_version FROM recommendations ORDER BY 1, 2"
)
USERS = "SELECT DISTINCT user_id FROM recommendations ORDER BY 1"
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


def test_what_is_published_is_what_readers_see(store: str, write: Write, ask: Ask) -> None:
    outcome = publish(store, write({"u1": [("b", 0.75), ("a", 0.5)], "u2": [("c", 1.0)]}), LIMITS)
    assert (outcome.published, outcome.counts.users, outcome.counts.recommendations) == ("yes", 2, 3)
    assert ask(RECOMMENDATIONS) == [
        ("u1", 1, "b", 0.75, "because of b", "2026-01-10", "model-1"),
        ("u1", 2, "a", 0.5, "because of a", "2026-01-10", "model-1"),
        ("u2", 1, "c", 1.0, "because of c", "2026-01-10", "model-1"),
    ]


def test_publishing_the_same_again_stores_nothing_new(store: str, write: Write, ask: Ask) -> None:
    draft = write({"u1": [("a", 1.0)]})
    first, second = publish(store, draft, LIMITS), publish(store, draft, LIMITS)
    assert (second.pub_id, second.published) == (first.pub_id, "already live")
    assert ask("SELECT count(*) FROM recsys.recommendation_list") == [(1,)]


def test_a_user_never_seen_gets_the_list_of_the_population(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    assert ask("SELECT rank, item_id, audience FROM recommend('stranger', 5)") == [
        (1, "c", "population"),
        (2, "b", "population"),
    ]
    assert ask("SELECT rank, item_id, audience FROM recommend('u1', 5)") == [(1, "a", "user")]
    assert ask("SELECT rank FROM recommend('stranger', 1)") == [(1,)]
    assert ask("SELECT rank FROM recommend('stranger', -1)") == []


def test_nobody_gets_anything_before_the_first_publication(store: str, ask: Ask) -> None:
    assert ask(RECOMMENDATIONS) == ask("SELECT * FROM recommend('u1', 5)") == []


def test_ids_may_hold_quotes_emoji_and_sql(store: str, write: Write, ask: Ask) -> None:
    user, item = "'; DROP TABLE recsys.live; --", '🎬 {"x", \\ NULL}'
    publish(store, write({user: [(item, 1.0)]}, items=[item, "a", "b", "c"]), LIMITS)
    assert ask("SELECT user_id, item_id FROM recommendations") == [(user, item)]
    assert ask("SELECT item_id FROM recommend(%s, 1)", user) == [(item,)]


def test_item_ids_may_be_of_any_length(store: str, write: Write, ask: Ask) -> None:
    item = "🎬" * 10_000
    publish(store, write({"u1": [(item, 1.0)]}, items=[item, "b", "c"]), LIMITS)
    assert ask("SELECT item_id FROM recommend('u1')") == [(item,)]


@pytest.mark.parametrize(("user", "message"), [("u" * 10_000, "too long"), ("u\0", "NUL")], ids=["long", "NUL"])
def test_a_user_id_that_cannot_be_found_by_is_refused(store: str, write: Write, user: str, message: str) -> None:
    with pytest.raises(GateError, match=message):
        publish(store, write({"u1": [("a", 1.0)], user: [("a", 1.0)]}), LIMITS)
    assert [one.status for one in publications(store)] == ["refused"]


def test_a_refused_set_is_kept_aside_and_the_same_set_is_judged_anew(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"u1": [("a", 1.0)], "u2": [("a", 1.0)]}), DatabaseSettings())
    others = write({"v1": [("b", 1.0)], "v2": [("b", 1.0)]})
    with pytest.raises(GateError, match="0% of its users"):
        publish(store, others, DatabaseSettings())
    assert ask("SELECT user_id FROM recsys.recommendation_list_2 ORDER BY 1") == [("v1",), ("v2",)]
    assert ask(USERS) == [("u1",), ("u2",)]
    with pytest.raises(SettingsError, match="no such publication"):
        rollback(store, 2)
    assert publish(store, others, LIMITS).published == "yes"
    for _ in range(4):
        with pytest.raises(GateError):
            publish(store, write({"u1": [("ghost", 1.0)]}), LIMITS)
    publish(store, write({"u1": [("a", 1.0)]}, "2026-01-11"), LIMITS)
    assert [one.status for one in publications(store)].count("refused") == 3


def test_how_a_set_compares_with_the_one_before_is_kept_with_it(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"u1": [("a", 1.0), ("b", 0.5)], "u2": [("a", 1.0)]}), LIMITS)
    publish(store, write({"u1": [("b", 1.0), ("c", 0.5)], "u3": [("a", 1.0)]}), LIMITS)
    assert ask("SELECT manifest -> 'compared' FROM recsys.publication WHERE pub_id = 2") == [
        ({"live": 1, "users": 2, "live_users": 2, "users_who_stay": 0.5, "items_that_stay": 0.5},)
    ]


def test_force_makes_an_older_day_or_what_was_rolled_back_from_live(store: str, write: Write, ask: Ask) -> None:
    forced = DatabaseSettings(min_overlap=0, force=True)
    older, newer = write({"older": [("a", 1.0)]}, "2026-01-09"), write({"newer": [("a", 1.0)]})
    publish(store, newer, LIMITS)
    assert publish(store, older, forced).published == "yes"
    assert ask(USERS) == [("older",)]
    publish(store, newer, LIMITS)
    rollback(store)
    assert publish(store, newer, forced).published == "live again"


def test_a_stranger_of_a_known_cohort_gets_its_list(store: str, write: Write, ask: Ask) -> None:
    draft = write({"u1": [("a", 1.0)]})
    write_lists(draft.fallback, "audience", {"population": [("c", 0.5)], "age=30": [("b", 0.5)]})
    publish(store, draft, LIMITS)
    answer = "SELECT item_id, audience, as_of::text, model_version FROM recommend(%s, 5, %s)"
    assert ask(answer, "stranger", "age=30") == [("b", "age=30", "2026-01-10", "model-1")]
    assert ask(answer, "stranger", "age=99") == [("c", "population", "2026-01-10", "model-1")]
    assert ask(answer, "u1", "age=30") == [("a", "user", "2026-01-10", "model-1")]
    assert ask("SELECT recommendations_contract()") == [(3,)]


def test_the_pointer_moves_only_forward(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"tenth": [("a", 1.0)]}), LIMITS)
    older = write({"ninth": [("a", 1.0)]}, "2026-01-09")
    assert publish(store, older, LIMITS).published == "stored: a later day is live"
    assert publish(store, older, LIMITS).published == "stored: a later day is live"
    assert ask(USERS) == [("tenth",)]
    assert publish(store, write({"again": [("a", 1.0)]}), LIMITS).published == "yes"
    assert ask(USERS) == [("again",)]


def test_of_two_runs_of_one_day_the_one_run_last_is_live(store: str, write: Write, ask: Ask) -> None:
    one, two = write({"one": [("a", 1.0)]}), write({"two": [("a", 1.0)]})
    assert [publish(store, draft, LIMITS).published for draft in (one, two, one)] == ["yes", "yes", "live again"]
    assert ask(USERS) == [("one",)]


def test_what_is_rolled_back_from_stays_away_until_it_is_called_by_number(store: str, write: Write, ask: Ask) -> None:
    good, bad = write({"good": [("a", 1.0)]}, "2026-01-09"), write({"bad": [("a", 1.0)]})
    first, second = publish(store, good, LIMITS).pub_id, publish(store, bad, LIMITS).pub_id
    assert rollback(store) == first
    assert ask(USERS) == [("good",)]
    assert publish(store, bad, LIMITS).published == "withdrawn: rolled back from"
    assert ask(USERS) == [("good",)]
    assert [(one.pub_id, one.status) for one in publications(store)] == [(second, "withdrawn"), (first, "live")]
    assert rollback(store, second) == second
    assert [(one.pub_id, one.status) for one in publications(store)] == [(second, "live"), (first, "published")]


@pytest.mark.parametrize("pub_id", [None, 99])
def test_there_must_be_something_to_roll_back_to(store: str, write: Write, pub_id: int | None) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    with pytest.raises(SettingsError, match="no such publication"):
        rollback(store, pub_id)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([("a", math.nan)], "not finite"),
        ([("a", math.inf)], "not finite"),
        ([("a", 1.0), ("b", 0.5), ("a", 0.25)], "listed twice"),
        ([("a", 1.0), ("ghost", 0.5)], "unknown or unavailable"),
        ([("d", 1.0)], "unknown or unavailable"),
        ([], "is empty"),
        ([("a\0", 1.0)], "unknown or unavailable"),
        ([("a", 1.0)] * 1_000_000, "too long"),
    ],
    ids=range(8),
)
def test_a_list_that_cannot_be_served_leaves_what_is_live_untouched(
    store: str, write: Write, ask: Ask, entries: list[tuple[str, float]], message: str
) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    with pytest.raises(GateError, match=f"{message}(.|\n)*u2"):
        publish(store, write({"u1": [("b", 1.0)], "u2": entries}), LIMITS)
    assert ask("SELECT user_id, item_id FROM recommendations") == [("u1", "a")]
    assert [(one.status, one.users) for one in publications(store)] == [("refused", None), ("live", 1)]
    assert message in str(publications(store)[0].refusal)


def test_a_user_with_two_lists_leaves_what_is_live_untouched(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    twice = write({"u1": [("b", 1.0)], "u2": [("a", 1.0)]})
    twice = dataclasses.replace(twice, lists=twice.lists * 2)
    with pytest.raises(GateError, match="two lists"):
        publish(store, twice, LIMITS)
    assert ask("SELECT user_id, item_id FROM recommendations") == [("u1", "a")]


def test_a_publication_for_too_few_users_does_not_go_live(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({user: [("a", 1.0)] for user in ("u1", "u2", "u3")}), LIMITS)
    few = write({"u1": [("a", 1.0)]})
    with pytest.raises(GateError, match="1 users, 3 now"):
        publish(store, few, LIMITS)
    assert ask(USERS) == [("u1",), ("u2",), ("u3",)]
    assert publish(store, few, DatabaseSettings(min_coverage=0, min_overlap=0)).published == "yes"


def test_an_empty_publication_is_refused(store: str, write: Write) -> None:
    with pytest.raises(GateError, match="no lists"):
        publish(store, write({}), LIMITS)


def test_a_store_without_tables_says_how_to_make_them(database: str, write: Write) -> None:
    with pytest.raises(SettingsError, match="recsys migrate"):
        publish(database, write({"u1": [("a", 1.0)]}), LIMITS)


def test_listeners_hear_of_a_new_publication(store: str, write: Write) -> None:
    with closing(psycopg2.connect(store)) as db:
        db.autocommit = True
        db.cursor().execute("LISTEN recsys_publication")
        pub_id = publish(store, write({"u1": [("a", 1.0)]}), LIMITS).pub_id
        select.select([db], [], [], 10)
        db.poll()
        assert [told.payload for told in db.notifies] == [str(pub_id)]


def test_two_publishers_at_once_take_turns(store: str, write: Write, ask: Ask) -> None:
    drafts = [write({f"u{number}": [("a", 1.0)]}) for number in range(4)]
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda draft=draft: outcomes.append(publish(store, draft, LIMITS).published))
        for draft in [*drafts, drafts[0]]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 5
    assert ask("SELECT count(*), count(DISTINCT fingerprint) FROM recsys.publication") == [(4, 4)]
    assert ask("SELECT count(*) FROM recommendations") == [(1,)]


def test_a_set_that_is_refused_while_another_publisher_waits_never_becomes_live(
    store: str, write: Write, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    strangers, complete = write({"v1": [("b", 1.0)]}), publication._complete

    def after_the_other(*given: Any) -> None:
        monkeypatch.setattr(publication, "_complete", complete)
        with pytest.raises(GateError, match="0% of its users"):
            publish(store, strangers, DatabaseSettings())
        complete(*given)

    monkeypatch.setattr(publication, "_complete", after_the_other)
    with pytest.raises(TransientError, match="refused meanwhile"):
        publish(store, strangers, DatabaseSettings())
    assert ask(USERS) == [("u1",)]
    assert publish(store, strangers, LIMITS).published == "yes"


def test_a_publisher_that_waits_too_long_for_its_turn_may_be_retried(store: str, write: Write) -> None:
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('recsys.publish', 0))")
        with pytest.raises(TransientError, match="statement timeout"):
            publish(store, write({"u1": [("a", 1.0)]}), DatabaseSettings(statement_timeout_ms=200))


def test_what_became_live_is_recorded_with_why_and_by_whom(store: str, write: Write, ask: Ask) -> None:
    limits = DatabaseSettings(min_overlap=0, actor="the daily run")
    drafts = [write({"u1": [("a", 1.0)]}, day) for day in ("2026-01-09", "2026-01-10")]
    first, second = (publish(store, draft, limits).pub_id for draft in drafts)
    assert publish(store, drafts[1], limits).published == "already live"
    rollback(store, actor="ann")
    publish(store, drafts[1], DatabaseSettings(min_overlap=0, actor="bob", force=True))
    assert ask("SELECT pub_id, before, why, actor FROM recsys.pointer_move ORDER BY moved_at") == [
        (first, None, "published", "the daily run"),
        (second, first, "published", "the daily run"),
        (first, second, "rolled back", "ann"),
        (second, first, "live again", "bob"),
    ]


def test_without_a_name_the_account_of_the_process_is_recorded(store: str, write: Write, ask: Ask) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), DatabaseSettings())
    assert ask("SELECT actor FROM recsys.pointer_move") == [(getuser(),)]
