from pathlib import Path

import pytest

from recsys.errors import SettingsError
from recsys.settings import SourceSettings
from recsys.sources import engine, source
from recsys.sources.layout import layout, names


def test_movielens_100k_is_read_as_it_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "u.data").write_text("196\t242\t3\t881250949\n186\t302\t4\t891717742\n")
    flags = {"242": [5], "302": [1, 4]}
    rest = {item: "|".join("01"[place in on] for place in range(18)) for item, on in flags.items()}
    lines = [f"{item}|Les Misérables|01-Jan-1997||http://x|0|{genres}" for item, genres in rest.items()]
    (tmp_path / "u.item").write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
    settings = SourceSettings(
        kind="files", layout="movielens-100k", events=str(tmp_path / "u.data"), items=str(tmp_path / "u.item")
    )
    with engine.opened() as con:
        tables = source.read(con, settings)
        assert tables.events.rows.select("user_id, item_id, action, value, occurred_at").fetchall() == [
            ("196", "242", "rate", "3", "881250949"),
            ("186", "302", "rate", "4", "891717742"),
        ]
        assert tables.items.rows.select("item_id, title, category").fetchall() == [
            ("242", "Les Misérables", "Crime"),
            ("302", "Les Misérables", "Adventure|Comedy"),
        ]


@pytest.mark.parametrize("name", names())
def test_every_layout_can_be_loaded(name: str) -> None:
    assert layout(name)


def test_a_layout_that_nobody_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match="movielens-100k"):
        layout("movielens-1b")
