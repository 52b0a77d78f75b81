from pathlib import Path

import pandas as pd
import pytest

from recsys.errors import SettingsError
from recsys.privacy.forgotten import Forgotten
from recsys.privacy.intake import digest, private
from recsys.privacy.pseudonyms import pseudonym
from recsys.sources import engine
from recsys.sources.tables import Tables
from tests.raw import raw

KEY = "a key that nobody guesses"
RAW = dict(
    events=pd.DataFrame({"user_id": ["ann", "bob", None], "item_id": ["ann", "i2", "i3"]}),
    items=pd.DataFrame({"item_id": ["ann"]}),
    users=pd.DataFrame({"user_id": ["ann"], "age": [30]}),
    follows=pd.DataFrame({"follower_id": ["ann", "bob"], "followee_id": ["bob", "cid"]}),
)


def let_in(store: Path) -> dict[str, pd.DataFrame]:
    """The tables as they come in."""
    with engine.opened() as con:
        return {name: table.rows.df() for name, table in private(con, raw(con, **RAW), str(store))}


def test_without_a_key_and_with_nobody_forgotten_tables_pass_as_they_are(tmp_path: Path) -> None:
    with engine.opened() as con:
        tables = raw(con, **RAW)
        assert private(con, tables, str(tmp_path)) is tables
    assert (pseudonym("ann"), digest(str(tmp_path))) == ("ann", "")


def test_with_a_key_users_have_pseudonyms_and_items_keep_their_ids(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", KEY)
    made, ann, bob = let_in(tmp_path), pseudonym("ann"), pseudonym("bob")
    assert ann != bob
    assert ann.startswith("p_")
    assert made["events"]["user_id"].dropna().tolist() == [ann, bob]
    assert made["events"]["item_id"].tolist() == ["ann", "i2", "i3"]
    assert made["users"]["user_id"].tolist() == [ann]
    assert made["follows"]["followee_id"].tolist() == [bob, pseudonym("cid")]
    assert digest(str(tmp_path)) != ""


def test_the_key_may_lie_in_a_file_and_another_key_makes_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY_FILE", str(tmp_path / "key"))
    from_file = pseudonym("ann")
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", KEY)
    assert pseudonym("ann") == from_file
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", KEY + "!")
    assert pseudonym("ann") != from_file


def test_a_key_that_can_be_guessed_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", "s3cret")
    with pytest.raises(SettingsError, match="can be guessed") as raised:
        pseudonym("ann")
    assert "s3cret" not in str(raised.value)
    monkeypatch.delenv("RECSYS_PSEUDONYM_KEY")
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY_FILE", "/no/such/file")
    with pytest.raises(SettingsError, match="not there"):
        pseudonym("ann")


def test_who_is_forgotten_comes_in_no_more_and_is_named_nowhere(tmp_path: Path) -> None:
    before = digest(str(tmp_path))
    path = Forgotten(str(tmp_path)).add("ann", {"state": "done"})
    made = let_in(tmp_path)
    assert made["events"]["user_id"].dropna().tolist() == ["bob"]
    assert made["follows"]["follower_id"].tolist() == ["bob"]
    assert digest(str(tmp_path)) != before
    assert "ann" not in path + Path(path).read_text()
    assert len(Forgotten(str(tmp_path)).subjects()) == 1


def test_a_line_that_could_not_be_read_names_nobody_once_somebody_is_forgotten(tmp_path: Path) -> None:
    Forgotten(str(tmp_path)).add("ann", {"state": "done"})
    with engine.opened() as con:
        tables = raw(con, **RAW)
        line = con.sql("SELECT 7 AS row, 'more fields than the header' AS reason, 'ann,i1,buy,?' AS content")
        made = private(con, Tables(tables.events.but(rejected=line), tables.items), str(tmp_path))
        assert made.events.rejected is not None
        assert made.events.rejected.fetchall() == [(7, "more fields than the header", "")]
