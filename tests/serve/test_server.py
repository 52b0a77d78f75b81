"""Each route answers what its SQL function answers, to those whose token may ask it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone.postgres import Server
from tests.serve.conftest import Client, running

LIMITS = DatabaseSettings(min_overlap=0)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def shop(server: Client, store: str, write: Write) -> Client:
    """A server of a store in which u1 has a, b, and the population c, b."""
    publish(store, write({"u1": [("a", 3.0), ("b", 2.0)]}), LIMITS)
    return server


def test_recommend_returns_what_the_function_returns(shop: Client, ask: Ask) -> None:
    answer = shop.get("/recommend", user_id="u1", n=1).json()
    names = "rank, item_id, score, reason, audience, as_of::text, model_version, publication, recommendation_id"
    assert [tuple(row.values()) for row in answer] == ask(f"SELECT {names} FROM recommend('u1', 1)")
    assert list(answer[0]) == names.replace("::text", "").split(", ")


def test_filters_pass_as_repeated_parameters(shop: Client) -> None:
    def items(**asked: Any) -> list[str]:
        return [row["item_id"] for row in shop.get("/recommend", user_id="u1", **asked).json()]

    assert items(exclude=["a", "c"]) == ["b"]
    assert items(among=["c", "b"]) == ["b", "c"]
    assert items(categories="kind a") == ["a"]


def test_an_explainer_sees_terms_and_a_reader_does_not(shop: Client) -> None:
    assert shop.get("/explain_list", "e-secret", user_id="u1").json()[0]["terms"][0] == "signal +3.00; rest +0.00"
    assert shop.get("/explain", "e-secret", user_id="u1").json() == []
    assert shop.get("/explain_list", "r-secret", user_id="u1").status_code == 403


@pytest.mark.parametrize("secret", ["", "wrong", "R-SECRET", "sha256:00"])
def test_without_a_valid_token_nothing_but_health_answers(shop: Client, secret: str) -> None:
    assert shop.get("/recommend", secret, user_id="u1").status_code == 401
    assert shop.get("/health", secret="").json() == {"status": "ok"}


def test_what_is_sold_out_is_missing_from_the_next_answer(shop: Client) -> None:
    assert shop.post("/set_available", {"item_id": "a", "available": False}).status_code == 204
    assert [row["item_id"] for row in shop.get("/recommend", user_id="u1").json()] == ["b"]
    assert shop.post("/set_available", {"item_id": "a", "available": True}, "r-secret").status_code == 403


def test_what_was_done_with_an_answer_is_recorded(shop: Client, ask: Ask) -> None:
    (answer,) = shop.get("/recommend", user_id="u1", n=1).json()
    row = {
        "recommendation_id": answer["recommendation_id"],
        "item_id": answer["item_id"],
        "action": "buy",
        "occurred_at": datetime.now(UTC).isoformat(),
        "value": 9.5,
    }
    sent = shop.post("/record_feedback", [row, {**row, "action": "click", "value": None}, {**row, "item_id": "x"}])
    assert sent.json() == [{"accepted": 2, "repeated": 0, "quarantined": 1}]
    assert shop.post("/record_feedback", [row]).json() == [{"accepted": 0, "repeated": 1, "quarantined": 0}]
    assert ask("SELECT user_id, item_id, action, position, value FROM recsys.feedback ORDER BY action") == [
        ("u1", "a", "buy", 1, 9.5),
        ("u1", "a", "click", 1, None),
    ]
    assert shop.post("/record_feedback", [row], "r-secret").status_code == 403


def test_an_answer_that_is_known_already_is_not_sent_again(shop: Client, store: str, write: Write) -> None:
    first = shop.get("/recommend", user_id="u1")
    known = {"If-None-Match": first.headers["ETag"]}
    again = shop.get("/recommend", headers=known, user_id="u1")
    assert (again.status_code, again.content) == (304, b"")
    publish(store, write({"u1": [("b", 3.0)]}, "2026-01-11"), LIMITS)
    assert shop.get("/recommend", headers=known, user_id="u1").status_code == 200


def test_it_is_ready_when_something_is_live(server: Client, store: str, write: Write) -> None:
    assert server.get("/ready").status_code == 503
    assert server.get("/recommend", user_id="u1").json() == []
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    assert server.get("/ready").json() == {"contract": 3, "publication": 1}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/recommend", {}),
        ("/recommend", {"user_id": "u1", "n": 0}),
        ("/recommend", {"user_id": "u1", "n": 1001}),
        ("/recommend", {"user_id": "u\0"}),
        ("/recommend_list", {"user_id": ""}),
    ],
)
def test_values_that_cannot_be_asked_are_refused_with_words(shop: Client, path: str, asked: dict[str, Any]) -> None:
    answer = shop.get(path, **asked)
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize("text", ["'; DROP SCHEMA recsys CASCADE; --", '"', "\\", "%s", "<script>"])
def test_hostile_text_is_only_text(shop: Client, ask: Ask, text: str) -> None:
    assert shop.get("/recommend", user_id=text, cohort=text, exclude=text, categories=text).json() == []
    assert shop.post("/set_available", {"item_id": text, "available": False}).status_code == 204
    assert ask("SELECT item_id FROM recsys.unavailable") == [(text,)]


def test_the_log_names_no_token_and_no_user(shop: Client) -> None:
    shop.get("/recommend", user_id="secretive-user")
    shop.get("/recommend", "wrong-secret", user_id="secretive-user")
    said = shop.log.read_text()
    assert not any(word in said for word in ("secret", "Bearer"))


def test_sixteen_clients_at_once_get_whole_answers(shop: Client) -> None:
    with ThreadPoolExecutor(16) as clients:
        found = list(clients.map(lambda _: shop.get("/recommend_list", user_id="u1").json()[0]["item_ids"], range(200)))
    assert found == [["a", "b"]] * 200


def test_a_store_that_is_away_is_said_with_a_time_to_try_again(postgres: Server, tmp_path: Path) -> None:
    address = postgres.dsn("no_such_database", "postgres")
    with running(address, tmp_path) as client:
        answer = client.get("/recommend", user_id="u1")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert address not in json.dumps(answer.json()) + client.log.read_text()


def test_connections_that_the_store_cut_off_are_made_anew(shop: Client, store: str) -> None:
    assert shop.get("/recommend", user_id="u1").status_code == 200
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recsys serve'")
    found = [shop.get("/recommend", user_id="u1").status_code for _ in range(10)]
    assert found[-1] == 200
    assert set(found) <= {200, 503}


def test_a_body_that_is_too_large_or_of_no_stated_length_is_not_read(shop: Client) -> None:
    assert shop.post("/set_available", {"item_id": "a" * 4_000_000, "available": True}).status_code == 413
    assert shop.post("/set_available", {"item_id": "a" * 4_000_000, "available": True}, "wrong").status_code == 401
    unbounded = shop.stream("/set_available", iter([b"{", b"}"]))
    assert unbounded.status_code == 411


def test_a_time_without_its_offset_is_refused(shop: Client) -> None:
    action = {"recommendation_id": "1:u1", "item_id": "a", "action": "click", "occurred_at": "2026-01-10T12:00:00"}
    answer = shop.post("/record_feedback", [action])
    assert answer.status_code == 422
    assert "timezone" in answer.text


def test_a_role_that_is_missing_is_said_with_what_to_do(shop: Client, store: str) -> None:
    database = store.rsplit("/", 1)[1]
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {database}_catalogue RENAME TO {database}_other")
    try:
        answer = shop.post("/set_available", {"item_id": "a", "available": False})
        assert answer.status_code == 503
        assert "recsys migrate" in answer.json()["detail"]
    finally:
        with psycopg2.connect(store) as db, db.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {database}_other RENAME TO {database}_catalogue")


def test_asking_whether_it_is_ready_counts_as_no_answer(shop: Client, ask: Ask) -> None:
    calls = (
        "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname IN ('recommend_list', 'fall_back')"
    )
    before = ask(calls)
    assert shop.get("/ready").status_code == 200
    assert ask(calls) == before


def test_every_route_is_in_the_description(shop: Client) -> None:
    paths = shop.get("/openapi.json", secret="").json()["paths"]
    assert {"/recommend", "/explain", "/similar_items", "/popular", "/record_feedback", "/ready"} <= set(paths)
