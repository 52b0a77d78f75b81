"""A table and a query of a real Postgres, and of SQLite; what fails, and that no password is shown."""

from pathlib import Path

import pytest
import sqlalchemy

from recsys.errors import DataError, SettingsError, TransientError
from recsys.settings import SourceSettings
from recsys.sources import database, engine, source

SCHEMA = """
    CREATE TABLE purchases (buyer BIGINT, product TEXT, bought TIMESTAMP, amount NUMERIC(8, 2));
    INSERT INTO purchases VALUES (9007199254740993, '007', '2026-01-02 03:04:05', 1.50), (NULL, 'a,b', NULL, NULL);
    CREATE TABLE products (id TEXT, name TEXT);
    INSERT INTO products VALUES ('007', 'Größe "L"'), ('a,b', '');
"""
ASKED = SourceSettings(
    kind="database",
    events="SELECT buyer AS user_id, product AS item_id, bought AS occurred_at, "
    "amount AS value FROM purchases ORDER BY buyer NULLS LAST",
    items="products",
)


@pytest.fixture(params=["postgres", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        found = request.getfixturevalue("database").replace("postgresql://", "postgresql+psycopg2://", 1)
    with sqlalchemy.create_engine(found).begin() as db:
        for statement in filter(str.strip, SCHEMA.split(";")):
            db.execute(sqlalchemy.text(statement))
    monkeypatch.setenv("RECSYS_SOURCE_URL", found)
    return str(found)


@pytest.mark.usefixtures("url")
def test_a_query_and_a_table_are_read_with_ids_exact_and_nulls_null() -> None:
    with engine.opened() as con:
        tables = source.read(con, ASKED)
        events = tables.events.rows.select("user_id, item_id, left(occurred_at, 19), value::DOUBLE").fetchall()
        assert events == [("9007199254740993", "007", "2026-01-02 03:04:05", 1.5), (None, "a,b", None, None)]
        assert tables.items.rows.select("item_id, title").order("item_id").fetchall() == [
            ("007", 'Größe "L"'),
            ("a,b", None),
        ]


def test_another_row_has_another_digest(url: str) -> None:
    before = source.digest(ASKED)
    assert source.digest(ASKED.model_copy(update={"events": ASKED.events.replace("LAST", "FIRST")})) == before
    with sqlalchemy.create_engine(url).begin() as db:
        db.execute(sqlalchemy.text("INSERT INTO purchases VALUES (1, '007', '2026-01-03', 2)"))
    assert source.digest(ASKED) != before


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    "events", ["no_such_table", "SELECT nothing FROM purchases", 'purchases"; DROP TABLE products']
)
def test_what_the_database_refuses_is_told_and_changes_nothing(events: str) -> None:
    with engine.opened() as con, pytest.raises(DataError, match="cannot be read"):
        database.read(con, ASKED.model_copy(update={"events": events}))
    with engine.opened() as con:
        assert len(database.read(con, ASKED).items.rows.fetchall()) == 2


def test_a_database_that_is_not_there_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_SOURCE_URL", "postgresql+psycopg2://shop:s3cret@127.0.0.1:1/none")
    with pytest.raises(TransientError, match="cannot be reached") as raised:
        database.digest(ASKED)
    assert "s3cret" not in str(raised.value)
    assert "shop:***@127.0.0.1" in raised.value.where


@pytest.mark.parametrize(("given", "seen"), [(None, "nothing"), ("no url", "no URL")])
def test_without_a_url_the_error_names_the_variable(
    given: str | None, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECSYS_SOURCE_URL", raising=False)
    if given:
        monkeypatch.setenv("RECSYS_SOURCE_URL", given)
    with pytest.raises(SettingsError, match="RECSYS_SOURCE_URL") as raised:
        database.digest(ASKED)
    assert raised.value.seen == seen


def test_the_url_may_lie_in_a_file(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text(url + "\n")
    monkeypatch.delenv("RECSYS_SOURCE_URL")
    monkeypatch.setenv("RECSYS_SOURCE_URL_FILE", str(tmp_path / "url"))
    assert source.digest(ASKED)
