"""Who may reach which route of the pages: nobody without a login, viewers no deed, and no form from elsewhere."""

from __future__ import annotations

import httpx
import pytest

from recsys.standalone import services
from tests.operations.five_days import FiveDays
from tests.operations.place import Place

ROUTES = (
    "/",
    "/publications",
    "/users",
    "/user?user_id=u01",
    "/item?item_id=i01",
    "/feedback",
    "/health",
    "/experiments",
    "/run?dag_id=recsys_daily&run_id=x",
    "/static/pages.css",
    "/static/pages.js",
    "/nowhere",
    "/docs",
    "/openapi.json",
)


@pytest.fixture(scope="module")
def address(days: FiveDays) -> str:
    return services.airflow_url(days.place.ports) + "/recsys"


@pytest.fixture(scope="module")
def admin(place: Place, days: FiveDays) -> httpx.Client:
    return place.admin


@pytest.fixture(scope="module")
def viewer(place: Place, days: FiveDays) -> httpx.Client:
    return place.client(services.VIEWER, services.airflow_password(place.home, services.VIEWER))


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_answers_without_a_login(address: str, route: str) -> None:
    answer = httpx.get(address + route, trust_env=False, timeout=60)
    assert answer.status_code in (401, 404)
    assert answer.status_code == 401 or route in ("/nowhere", "/docs", "/openapi.json")
    assert "u01" not in answer.text


def test_nobody_rolls_back_without_a_login(address: str) -> None:
    assert httpx.post(f"{address}/publications/1/rollback", data={"token": "x"}, trust_env=False).status_code == 401


def test_a_viewer_looks_at_every_page(viewer: httpx.Client) -> None:
    assert [viewer.get(f"/recsys{route}").status_code for route in ROUTES[1:6]] == [200] * 5


def test_a_viewer_does_not_roll_back(viewer: httpx.Client) -> None:
    assert viewer.post("/recsys/publications/1/rollback", data={"token": "x"}).status_code == 403


@pytest.mark.parametrize("forged", ["", "x", "a.b.c"])
def test_a_form_without_the_token_of_a_page_is_refused(admin: httpx.Client, forged: str) -> None:
    answer = admin.post("/recsys/publications/1/rollback", data={"token": forged})
    assert answer.status_code in (403, 422)
    assert admin.post("/recsys/publications/1/rollback").status_code == 422


def test_a_form_sent_by_another_site_is_refused_even_with_a_token(admin: httpx.Client, place: Place) -> None:
    from itsdangerous import URLSafeTimedSerializer

    key = (place.home / "secrets" / "airflow_api").read_text()
    good = URLSafeTimedSerializer(key, salt="/recsys").dumps("admin")
    foreign = admin.post(
        "/recsys/publications/99/rollback", data={"token": good}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    own = admin.post("/recsys/publications/99/rollback", data={"token": good})
    others = URLSafeTimedSerializer(key, salt="/recsys").dumps("viewer")
    stolen = admin.post("/recsys/publications/99/rollback", data={"token": others})
    assert [foreign.status_code, own.status_code, stolen.status_code] == [403, 303, 403]


def test_answers_forbid_frames_and_content_from_elsewhere(admin: httpx.Client) -> None:
    headers = admin.get("/recsys/publications").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("route", "status"),
    [
        ("/run?dag_id=recsys_daily&run_id=none", 404),
        ("/user", 422),
        ("/user?user_id=", 422),
        ("/run?dag_id=nothing&run_id=x", 404),
        ("/static/..%2Fpage.py", 404),
        ("/static/pages.py", 404),
    ],
)
def test_what_is_not_there_is_said_plainly(admin: httpx.Client, route: str, status: int) -> None:
    assert admin.get(f"/recsys{route}").status_code == status


@pytest.mark.parametrize(
    "user_id", ["<script>alert(1)</script>", "' OR 1=1 --", "a" * 10_000, "用户 🙂", "%", "../../etc"]
)
def test_an_id_that_tries_to_break_out_is_only_an_id(admin: httpx.Client, user_id: str) -> None:
    answer = admin.get("/recsys/user", params={"user_id": user_id})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    item = admin.get("/recsys/item", params={"item_id": user_id})
    assert item.status_code == 200
    assert "<script>alert" not in item.text
    assert admin.get("/recsys/users", params={"beginning": user_id[:500]}).status_code == 200
