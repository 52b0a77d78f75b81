import json
import logging
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from recsys.check import seen
from recsys.check.section import Severity
from recsys.cli import app
from tests.check.conftest import EVENTS, ITEMS, Check, facts, noted


def test_a_shop_in_order_is_fine(check_tables: Check) -> None:
    page = check_tables()
    assert page.severity is Severity.FINE
    assert page.text().splitlines()[-1] == "  fine"


def test_a_table_that_lacks_a_column_ends_the_page_with_what_is_there(check_tables: Check) -> None:
    page = check_tables(events=EVENTS.rename(columns={"user_id": "usr_id"}))
    assert page.severity is Severity.UNUSABLE
    assert "rename the column that holds it such as usr_id" in noted(page, "columns")
    assert len(page.sections) == 1


def test_a_large_table_is_judged_by_a_sample_that_is_the_same_each_time(
    check_tables: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "SAMPLE", 100)
    many = pd.concat([EVENTS] * 250, ignore_index=True)
    page = check_tables(events=many)
    judged = sum(fact["count"] for fact in facts(page, "actions")["actions"])
    assert page.share == 0.1
    assert 50 < judged < 200
    assert "10.0% were judged" in page.text()
    assert check_tables(events=many).to_dict() == page.to_dict()
    assert check_tables(events=many, whole=True).share == 1


def test_no_link_is_called_unknown_because_of_the_sample(check_tables: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "SAMPLE", 2)
    many = pd.DataFrame({"user_id": [f"u{n}" for n in range(40)], "item_id": "lamp", "action": "buy"})
    follows = pd.DataFrame({"follower_id": ["u0", "u1"], "followee_id": ["u2", "u3"]})
    assert facts(check_tables(events=many, follows=follows), "dropped rows").get("follows", {"bad": 0})["bad"] == 0


def _run(folder: Path, *options: str) -> tuple[int, str]:
    files = [part for name in ("events", "items") for part in (f"--{name}", str(folder / f"{name}.csv"))]
    ended = CliRunner().invoke(app, ["check", *files, *options])
    return ended.exit_code, ended.stdout


@pytest.mark.parametrize(("action", "status"), [("buy", 0), ("hum", 1)])
def test_the_exit_status_is_the_severity(tmp_path: Path, action: str, status: int) -> None:
    more = [f"m{n},lamp,buy,2024-01-05T10:00:00Z" for n in range(30)]
    lines = ["user_id,item_id,action,occurred_at", *more, f"ann,lamp,{action},2024-01-02T10:00:00Z"]
    (tmp_path / "events.csv").write_text("\n".join(lines))
    ITEMS.to_csv(tmp_path / "items.csv", index=False)
    assert _run(tmp_path)[0] == status


def test_a_file_that_is_not_there_cannot_be_used_and_is_named_by_its_flag(tmp_path: Path) -> None:
    ITEMS.to_csv(tmp_path / "items.csv", index=False)
    status, text = _run(tmp_path)
    assert status == 2
    assert str(tmp_path / "events.csv") in text
    assert "correct --events" in text


def test_the_json_says_what_the_page_says_and_nothing_of_it_is_logged(
    check_tables: Check, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = check_tables(events=EVENTS.assign(item_id=["lamp", "rug", "lamp", "secret"]))
    with caplog.at_level(logging.DEBUG):
        status, text = _run(tmp_path, "--json")
    found = json.loads(text)
    assert status == found["severity"] == 2
    assert [part["lines"] for part in found["sections"]] == [list(part.lines) for part in page.sections]
    assert "secret" in text
    assert "secret" not in caplog.text
