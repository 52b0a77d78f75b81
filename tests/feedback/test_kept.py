"""How long feedback is kept, and that nothing of a user who is forgotten stays in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from recsys.privacy.forgotten import Forgotten
from recsys.publish.erasure import forget
from recsys.publish.maintenance import maintain
from recsys.settings import Settings, load
from tests.feedback.conftest import Report
from tests.publish.conftest import Ask


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load([f"store={tmp_path / 'store'}"])


def send(dsn: str, *rows: tuple[str | None, str | None, str | None]) -> None:
    with psycopg2.connect(dsn) as db, db.cursor() as cursor:
        for row in rows:
            cursor.execute("SELECT * FROM record_feedback(%s, %s, %s, now())", row)


FOREIGN = (("1:annie", "x", "click"), ("1:susann", "x", "click"), ("77:bob", "a", "click"), (None, "a", "click"))
OF_ANN = (
    ("77:ann", "a", "click"),
    ("ann", "a", "click"),
    ("a", "ann", "click"),
    ("1:bob", "1:ann", "click"),
    ("1:bob", "a", "ann"),
)


def test_a_forgotten_user_is_in_no_feedback_and_the_proof_counts_it(
    shown: str, report: Report, ask: Ask, settings: Settings
) -> None:
    report([("ann", "a", "click", 1.0), ("ann", "b", "impression", 1.0), ("bob", "b", "click", 1.0)])
    send(shown, *FOREIGN, *OF_ANN)
    made = forget(shown, settings, "ann")
    proof = json.loads(Path(made.proof).read_text())
    assert (proof["state"], proof["left"]) == ("done", [])
    assert {name: proof["tables"][name] for name in ("feedback", "feedback_quarantine")} == {
        "feedback": 2,
        "feedback_quarantine": len(OF_ANN),
    }
    assert ask("SELECT user_id FROM recsys.feedback") == [("bob",)]
    assert ask("SELECT recommendation_id FROM recsys.feedback_quarantine ORDER BY quarantine_id") == [
        (sent,) for sent, *_ in FOREIGN
    ]


def test_a_user_whose_id_holds_signs_of_patterns_is_forgotten_and_nobody_else(
    shown: str, ask: Ask, settings: Settings
) -> None:
    send(shown, ("77:%", "a", "click"), ("77:ann", "a", "click"), ("77:_", "a", "click"))
    forget(shown, settings, "%")
    assert ask("SELECT recommendation_id FROM recsys.feedback_quarantine ORDER BY 1") == [("77:_",), ("77:ann",)]


def test_old_feedback_goes_and_what_was_quarantined_goes_sooner(
    shown: str, report: Report, ask: Ask, settings: Settings
) -> None:
    report([("ann", "a", "click", 1.0), ("bob", "b", "click", 1.0)])
    send(shown, ("77:ann", "a", "click"))
    now = datetime.now(UTC)
    assert maintain(shown, settings, now + timedelta(days=29)).feedback == 0
    assert maintain(shown, settings, now + timedelta(days=31)).feedback == 1
    assert maintain(shown, settings, now + timedelta(days=398)).feedback == 0
    assert ask("SELECT count(*) FROM recsys.feedback") == [(2,)]
    assert maintain(shown, settings, now + timedelta(days=402)).feedback == 2


def test_what_applications_send_of_a_forgotten_user_goes_with_the_next_cleaning(
    shown: str, report: Report, ask: Ask, settings: Settings
) -> None:
    report([("ann", "a", "click", 1.0), ("bob", "b", "click", 1.0)])
    send(shown, ("77:ann", "a", "click"), ("77:bob", "a", "click"), (None, "a", "click"))
    Forgotten(settings.store).add("ann", {})
    assert maintain(shown, settings, datetime.now(UTC)).feedback == 2
    assert ask("SELECT user_id FROM recsys.feedback") == [("bob",)]
    assert ask("SELECT recommendation_id FROM recsys.feedback_quarantine ORDER BY 1") == [("77:bob",), (None,)]
