from pathlib import Path

import psycopg2
import pytest

from recsys.errors import RecsysError, SettingsError, TransientError
from recsys.publish import connection
from recsys.publish.connection import database_url, session

VARIABLES = ("RECSYS_DATABASE_URL", "RECSYS_DATABASE_URL_FILE", "RECSYS_HOME")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_address_comes_from_the_variable_then_its_file_then_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "home" / "secrets").mkdir(parents=True)
    (tmp_path / "home" / "secrets" / "database_url").write_text("postgresql://home\n")
    (tmp_path / "named").write_text("postgresql://named\n")
    monkeypatch.setenv("RECSYS_HOME", str(tmp_path / "home"))
    assert database_url() == "postgresql://home"
    monkeypatch.setenv("RECSYS_DATABASE_URL_FILE", str(tmp_path / "named"))
    assert database_url() == "postgresql://named"
    monkeypatch.setenv("RECSYS_DATABASE_URL", "postgresql://variable")
    assert database_url() == "postgresql://variable"


def test_no_address_at_all_says_what_to_set() -> None:
    with pytest.raises(SettingsError, match="RECSYS_DATABASE_URL"):
        database_url()


@pytest.mark.parametrize(
    ("dsn", "kind", "message"),
    [
        ("postgresql://ann:s3cret@127.0.0.1:1/shop", TransientError, "127.0.0.1:1/shop as ann"),
        ("postgresql://ann:s3cret@no.such.host.invalid/shop", SettingsError, "no.such.host.invalid"),
        ("s3cret this is not a connection string", SettingsError, "cannot be read"),
        ("postgresql://ann:s3cret@[::1/shop", SettingsError, "cannot be read"),
    ],
)
def test_an_address_that_leads_nowhere_is_named_without_its_password(
    dsn: str, kind: type[RecsysError], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ATTEMPT_PAUSES", (0.01,))
    with pytest.raises(kind, match=message) as raised, session(dsn):
        pass
    assert "s3cret" not in str(raised.value)


def test_a_wrong_password_is_not_tried_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ATTEMPT_PAUSES", (3600,))
    before, after = database.rsplit(":", 2)[0], database.rsplit("@", 1)[1]
    with pytest.raises(SettingsError, match="authentication failed") as raised, session(f"{before}:wr0ng@{after}"):
        pass
    assert "wr0ng" not in str(raised.value)


def test_an_error_of_a_statement_does_not_show_the_password(store: str) -> None:
    password = store.split(":")[2].split("@")[0]
    with pytest.raises(RecsysError, match=r"\*\*\*") as raised, session(store) as db, db.cursor() as cursor:
        cursor.execute("SELECT %s::int", (password,))
    assert password not in str(raised.value)


def test_a_session_has_the_timeouts_of_the_settings(store: str) -> None:
    with session(store) as db, db.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("5min", "5s")


def test_a_lock_that_is_not_had_in_time_is_transient(store: str) -> None:
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("CREATE TABLE t (); COMMIT; BEGIN; LOCK TABLE t")
        with pytest.raises(TransientError), session(store) as other, other.cursor() as waiting:
            waiting.execute("SET lock_timeout = 50; LOCK TABLE t")
