"""Whole pages, from a real store and real files, with ids and titles that try to break out."""

from __future__ import annotations

import html
import os
import re
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import psycopg2
import pytest
from psycopg2.extensions import connection

from recsys.errors import TransientError
from recsys.pages import screens
from recsys.pages.connection import reading
from recsys.pages.files import read
from recsys.pages.screens import DagRun, Decision, Rollback, Viewer
from recsys.publish.pointer import rollback
from tests.pages.conftest import ANN, BOB, TITLE, Shown, look_back

OPERATOR, VIEWER = Viewer(True, "token-of-ann"), Viewer(False, "token-of-bob")


def text(page: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_publications_tell_quality_coverage_likeness_drift_and_who_made_them_live(db: connection, shown: Shown) -> None:
    page = screens.publications(db, "/recsys", OPERATOR, None)
    said = text(page)
    assert f"Live {shown.live} of 2026-01-10" in said
    assert "0.200 [0.100, 0.250]" in said
    assert "50% of those known" in said
    assert "ann of operations" in said
    assert "0.050" in said
    assert re.search(rf"{shown.live} 2026-01-10 live 2 50% 0\.200 \[0\.100, 0\.250\] warm 100% 100% 0\.050", said)


def test_only_who_may_act_gets_a_button_and_only_for_what_is_not_live(db: connection, shown: Shown) -> None:
    page = screens.publications(db, "/recsys", OPERATOR, None)
    assert re.findall(r'action="([^"]+)"', page) == [f"/recsys/publications/{shown.first}/rollback"]
    assert 'value="token-of-ann"' in page
    assert "<form" not in screens.publications(db, "/recsys", VIEWER, None)


def test_a_roll_back_is_recorded_and_shown(db: connection, shown: Shown) -> None:
    rollback(shown.dsn, shown.first, "bob <b>")
    page = screens.publications(db, "/recsys", OPERATOR, Rollback(shown.first, "running", "/dags/x"))
    assert f"{shown.first} {shown.live} rolled back bob <b>" in text(page)
    assert "bob &lt;b&gt;" in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in screens.publications(db, "", OPERATOR, Rollback(shown.first, "success", "/"))


def test_users_are_found_by_the_beginning_of_their_id_taken_literally(db: connection, shown: Shown) -> None:
    assert ANN in text(screens.users(db, "/recsys", "an"))
    assert BOB in text(screens.users(db, "/recsys", "<"))
    for wild in ("%", "_nn", "' OR true --", "\\"):
        assert "No user with a list" in screens.users(db, "/recsys", wild)


def test_a_user_is_shown_whole(db: connection, shown: Shown) -> None:
    said = text(screens.user(db, "/recsys", ANN))
    assert "Events 2" in said
    assert "Evidence 1.5" in said
    assert "Alpha 0.40" in said
    assert "Space & war 90% 60%" in said
    assert "60% from your own choices, 30% from 8 people you follow, 10% from what everybody chooses" in said
    assert re.search(r"follows 75% .*population 25%", said)
    assert f"1 {TITLE} a x 0.90 because of a" in said
    assert "2 c c 0.10 because of c" in said
    assert said.index("2026-01-05 00:00 rate 4.5 Delta") < said.index("2026-01-03 00:00 play Beta")


def test_nothing_that_users_or_catalogues_hold_becomes_markup(db: connection, shown: Shown) -> None:
    pages = [screens.user(db, "/recsys", one) for one in (ANN, BOB, "'\"><script>x</script>")]
    pages += [screens.users(db, "/recsys", "<"), screens.users(db, "/recsys", '"><script>x</script>')]
    for page in pages:
        assert "<img" not in page
        assert [script for script in re.findall(r"<script[^>]*>", page) if "pages.js" not in script] == []


def test_a_stranger_gets_the_list_of_the_population_and_no_history(db: connection, shown: Shown) -> None:
    said = text(screens.user(db, "/recsys", "nobody"))
    assert "List population" in said
    assert "No event of this user is known." in said


def test_a_store_that_is_away_is_said_and_the_rest_is_shown(db: connection, shown: Shown) -> None:
    for file in shown.folder.glob("*.parquet"):
        file.unlink()
    said = text(screens.user(db, "/recsys", ANN))
    assert "the store cannot be read" in said
    assert "because of a" in said
    assert "the store cannot be read" in text(screens.health(db, "/recsys", date(2026, 1, 11), []))


def test_a_bucket_that_lets_nobody_in_is_told_as_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(TransientError, match="the store cannot be read"):
        read("s3://bucket/evaluate", "metrics", ["value"], {"metric": ["ndcg@10"]})


def test_health_tells_age_alarms_segments_and_verdicts(db: connection, shown: Shown) -> None:
    with db, db.cursor() as work:
        work.execute(
            "INSERT INTO recsys.monitor (as_of, metric, value, bound, over) VALUES"
            " ('2026-01-10', 'psi_categories', 0.5, 0.25, true), ('2026-01-10', 'events', 3, NULL, false)"
        )
    verdict = Decision(datetime(2026, 1, 4, tzinfo=UTC), "7", False, "segment cold falls", "/dags/recsys_train/runs/x")
    said = text(screens.health(db, "/recsys", date(2026, 1, 13), [verdict]))
    assert f"Publication {shown.live} is live, of 2026-01-10: 3 days old." in said
    assert "Shift of categories is beyond its bound of 0.250: 0.500." in said
    assert re.search(r"1-3 4 users 0\.200", said)
    assert "2026-01-04 00:00 7 refused segment cold falls" in said


def test_a_run_shows_what_its_evaluation_measured(shown: Shown) -> None:
    from recsys.artifacts import Manifest
    from recsys.pages.run import Task

    made = Manifest("evaluate", "2026-01-10", "f", str(shown.folder), {"requests": 9}, seconds=75)
    task = Task("evaluate", -1, "success", 1, None, made, "http://mlflow/run")
    said = text(screens.run("/recsys", DagRun("r", "success", "ann", "", [task])))
    assert "warm 9 users recsys 0.200 [0.100, 0.400] popularity 0.100 [0.050, 0.200]" in said
    assert "1 min 15 s" in said
    assert "not tracked in MLflow" in said


def test_a_run_shows_what_was_read_and_what_is_to_be_noticed(tmp_path: Path) -> None:
    from recsys.artifacts import Manifest
    from recsys.pages.run import Task

    rows = [("columns", 0, False, "events: 5 rows"), ("ids", 0, False, "items: <b>4</b>"), ("ids", 1, True, "1 is odd")]
    pd.DataFrame(rows, columns=["section", "severity", "note", "text"]).to_parquet(tmp_path / "page.parquet")
    task = Task("check", -1, "success", 1, None, Manifest("check", "2026-01-10", "f", str(tmp_path)), "")
    shown = screens.run("/recsys", DagRun("r", "running", "ann", "", [task]))
    assert "What was read columns events: 5 rows ids items: <b>4</b> 1 is odd" in text(shown)
    assert "<b>4</b>" not in shown


def test_hindsight_comes_first_with_its_learning_curve(db: connection, shown: Shown) -> None:
    from recsys.artifacts import Manifest
    from recsys.pages.run import Task

    look_back(shown.folder)
    made = Manifest("evaluate", "2026-01-10", "f", str(shown.folder))
    run = screens.run("/recsys", DagRun("r", "success", "", "", [Task("evaluate", -1, "success", 1, None, made, "")]))
    said = text(run)
    assert said.index("2026-01-07 to 2026-01-09; top 0.100; last judged by 5 users") < said.index("hindsight 5 users")
    assert said.index("hindsight 5 users") < said.index("warm 9 users")
    assert "recsys 0.060 popularity 0.030" in said
    assert 'points="0.0,70.0 100.0,40.0"' in run  # recsys: 0.03 and 0.06 of 0.1
    assert 'points="0.0,80.0 100.0,70.0"' in run
    assert re.search(r"1-3 5 users 0\.050", text(screens.health(db, "/recsys", date(2026, 1, 13), [])))


def test_publications_measured_under_different_protocols_share_no_axis(shown: Shown, db: connection) -> None:
    with psycopg2.connect(shown.dsn) as owner, owner.cursor() as work:
        work.execute(
            "UPDATE recsys.publication SET manifest = jsonb_set(manifest, '{metrics,hindsight ndcg@10}', '0.05')"
            " WHERE pub_id = %s",
            (shown.live,),
        )
    said = screens.publications(db, "/recsys", OPERATOR, None)
    assert "[0.050, 0.050] under hindsight" in said
    assert 'aria-label="warm: 0.200 [0.100, 0.250]"' in said
    assert said.count('cx="96.0%"') == 1  # the only one of its protocol, its value at the end of its axis


def test_a_run_of_another_kind_says_so() -> None:
    assert "No stage of a run like this" in screens.run("/recsys", DagRun("r", "running", "", "", []))


def test_before_anything_is_published_the_pages_say_so(store: str) -> None:
    with closing(psycopg2.connect(store)) as db:
        assert "Nothing is live yet" in screens.publications(db, "/recsys", OPERATOR, None)
        assert "Nothing is live yet" in screens.user(db, "/recsys", ANN)
        assert "Nothing is live." in screens.health(db, "/recsys", date(2026, 1, 1), [])


def test_the_pages_connection_can_change_nothing_and_sees_no_trace_table(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_PAGES_DATABASE_URL", shown.dsn)
    with reading() as db:
        assert ANN in screens.user(db, "/recsys", ANN)
        for refused in (
            "DELETE FROM recsys.publication",
            "SELECT * FROM recsys.trace_list",
            "SELECT * FROM recsys.overlay_list",
            "INSERT INTO recsys.monitor VALUES ('2026-01-01')",
        ):
            with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)):
                db.cursor().execute(refused)
            db.rollback()
