"""A backup of an installation at work is whole, and is all there or not there."""

import stat
import threading
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from recsys.backup import making, manifest, restoring, trees
from recsys.errors import SettingsError
from recsys.publish.pointer import rollback
from tests.backup.site import USERS, Site

RIGHTS = """
    SELECT rolname, proname FROM pg_roles, pg_proc
    WHERE rolname ~ '^(recsys|shop)' AND pronamespace = 'public'::regnamespace
      AND has_function_privilege(pg_roles.oid, pg_proc.oid, 'EXECUTE')
    UNION ALL
    SELECT rolname, relname || ' ' || privilege
    FROM pg_roles, pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    WHERE rolname ~ '^(recsys|shop)' AND relnamespace = 'recsys'::regnamespace
      AND relname IN ('publication', 'live', 'feedback', 'overlay_list', 'recommendation_list')
      AND has_table_privilege(pg_roles.oid, pg_class.oid, privilege)
    ORDER BY 1, 2
"""
"""Who may call and touch what."""


def test_a_backup_amid_reads_and_publications_restores_lists_rollback_rights_and_runs(site: Site, place: Path) -> None:
    shown, ended, seen = {1: "a", 2: "b"}, threading.Event(), []

    def read() -> None:
        while not ended.is_set():
            seen.append(site.lists())

    def publish() -> None:
        for number in range(10, 14):
            shown[site.publish(number, "abc"[number % 3])] = "abc"[number % 3]

    others = [threading.Thread(target=read), threading.Thread(target=publish)]
    for other in others:
        other.start()
    while len(shown) < 3:  # the backup begins amid publications
        assert others[1].is_alive()
    made = making.make(site.home, place / "amid", print)
    others[1].join()
    ended.set()
    others[0].join()
    assert len(shown) == 6
    assert seen
    assert all(set(lists) == set(USERS) for lists in seen)
    rights = site.ask(RIGHTS)

    site.wipe()
    site.home.mkdir(mode=0o755)
    assert restoring.restore(site.home, place / "amid", False, print).replaced is None
    again = site.started()
    assert again.live() >= 2
    assert again.lists() == {user: [shown[again.live()]] for user in USERS}
    assert again.ask("SELECT user_id, item_id FROM recsys.feedback") == [("ann", "b")]
    files = again.ask("SELECT manifest -> 'inputs' -> 'rank' ->> 0 FROM recsys.publication")
    assert [file for (file,) in files if not Path(file.removeprefix("file://"), "lists.parquet").exists()] == []
    before = again.live() - 1
    assert rollback(again.dsn) == before
    assert again.lists() == {user: [shown[before]] for user in USERS}
    assert again.ask(RIGHTS) == rights
    assert ("shop", "recommend") in rights
    _reads_lists_alone(again)
    assert again.ask("SELECT dag_id FROM dag_run", database="airflow") == [("recsys_daily",)]
    (run,) = again.runs().search_runs([site.experiment])
    assert run.data.metrics == {"ndcg": 0.5}
    assert Path(again.runs().download_artifacts(run.info.run_id, "model.txt")).read_text() == "what was learnt"
    key = again.home / "secrets" / "airflow_fernet"
    assert key.read_text() == "the key of Airflow"
    assert (stat.S_IMODE(key.stat().st_mode), stat.S_IMODE(key.parent.stat().st_mode)) == (0o600, 0o700)
    assert {stat.S_IMODE(file.stat().st_mode) for file in (place / "amid").glob("*.*")} == {0o600}
    assert stat.S_IMODE((place / "amid").stat().st_mode) == 0o700
    assert made == manifest.check(place / "amid")


def _reads_lists_alone(site: Site) -> None:
    """An application logs in with the password it had, reads, and touches no table."""
    dsn = f"postgresql://shop:of the shop@127.0.0.1:{site.server.port}/recsys"
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as work:
        work.execute("SELECT count(*) FROM recommend('ann')")
        assert work.fetchone() == (1,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            work.execute("SELECT * FROM recsys.publication")


@pytest.mark.parametrize("fails", [OSError("No space left on device"), KeyboardInterrupt()])
def test_a_backup_that_ends_early_leaves_nothing(
    site: Site, place: Path, monkeypatch: pytest.MonkeyPatch, fails: BaseException
) -> None:
    def pack(root: Path, file: Path) -> None:
        raise fails

    monkeypatch.setattr(trees, "pack", pack)
    with pytest.raises(type(fails)):
        making.make(site.home, place / "early" / "today", print)
    assert list((place / "early").iterdir()) == []


def test_a_backup_is_made_in_a_new_folder_outside_of_a_home_that_runs(site: Site, saved: Path, place: Path) -> None:
    for home, folder, what in (
        (site.home, saved, "there already"),
        (site.home, site.home / "today", "that it saves"),
        (place / "nothing", place / "today", "no Postgres"),
    ):
        with pytest.raises(SettingsError, match=what):
            making.make(home, folder, print)
    assert not (place / "today").exists()
