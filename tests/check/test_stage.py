"""The page of a day's input, kept for who looks at the run."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys import results
from recsys.pages import checks
from recsys.settings import load
from tests.check.conftest import EVENTS, ITEMS

STRANGE = pd.DataFrame(
    {"user_id": [f"u{row}" for row in range(30)] + ["nobody-0815"] * 40, "item_id": "lamp", "action": "buy"}
)


def kept(folder: Path, **tables: pd.DataFrame) -> dict[str, checks.Section]:
    for name, table in {"events": EVENTS, "items": ITEMS, **tables}.items():
        table.to_parquet(folder / f"{name}.parquet")
    files = [f"source.{name}={folder / name}.parquet" for name in ("events", "items", *tables)]
    settings = load(["source.kind=files", f"store={folder / 'store'}", *files])
    made = results.run("check", settings, date(2024, 1, 31), {})
    return {section.name: section for section in checks.sections(made.uri)}


def test_the_page_says_what_was_read_and_what_is_to_be_noticed(tmp_path: Path) -> None:
    page = kept(tmp_path, events=pd.concat([EVENTS, EVENTS.iloc[:1].assign(action="hum")]))
    assert page["columns"].lines[0] == "events: 5 rows; read: user_id, item_id, action, occurred_at, value"
    ((mark, text),) = page["dropped rows"].notes
    assert mark == "bad"
    assert "20.0% of the rows are bad" in text


def test_input_that_cannot_be_used_ends_on_the_page(tmp_path: Path) -> None:
    page = kept(tmp_path, events=EVENTS.drop(columns="user_id"))
    assert list(page) == ["columns"]
    assert page["columns"].notes[0][0] == "bad"


@pytest.mark.parametrize("users", [pd.DataFrame({"user_id": ["u1", "stranger-0815"], "country": "France"})])
def test_no_user_is_named(tmp_path: Path, users: pd.DataFrame) -> None:
    page = kept(tmp_path, events=STRANGE, users=users)
    said = " ".join([*page["ids"].lines, *(text for _, text in page["ids"].notes)])
    assert "one user has 57.1% of all events" in said
    assert "users of events in users: 1 of 31" in said
    assert "0815" not in said
    assert "u0" not in said
