"""A day as an operator lives it: a form, a run that is watched, pages, MLflow, a roll back; and a viewer who looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from recsys.standalone import services
from tests.operations.browser import Visit, chromium, log_in
from tests.operations.five_days import FiveDays
from tests.operations.history import DAYS
from tests.operations.place import DAG, Place, until

__all__ = ["chromium"]

LATEST = str(DAYS[-1])
LIVE = "SELECT pub_id, as_of::text FROM recsys.live"


@pytest.fixture(scope="module")
def operator(chromium: Browser, days: FiveDays) -> Visit:
    return log_in(chromium, days.place, services.ADMIN)


@pytest.fixture(scope="module")
def viewer(chromium: Browser, days: FiveDays) -> Visit:
    return log_in(chromium, days.place, services.VIEWER)


def fill_in(visit: Visit, conf: Mapping[str, object]) -> None:
    """Fills in the trigger form as a person does, and sends it."""
    page = visit.go(f"/dags/{DAG}")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.locator("#element_as_of").fill(LATEST)
    form.get_by_role("combobox").first.click()
    page.get_by_role("option", name="files", exact=True).click()
    for label, field in (("Recommendations a user", "top_n"), ("Shards", "shards")):
        form.get_by_label(label).first.fill(str(conf[field]))
    form.locator("button:has-text('Files')").last.click()
    for name in ("events", "items"):
        form.locator(f"#element_{name}").fill(str(conf[name]))
    form.get_by_test_id("trigger-dag-submit").click()
    expect(form).to_be_hidden()


@pytest.fixture(scope="module")
def run_id(place: Place, days: FiveDays, conf: Mapping[str, object], operator: Visit) -> str:
    """The latest day again, triggered by the form and watched to its end."""
    fill_in(operator, conf)

    def found() -> str:
        runs = place.admin.get(f"/api/v2/dags/{DAG}/dagRuns", params={"limit": 100}).json()["dag_runs"]
        return next((str(run["dag_run_id"]) for run in runs if run["conf"].get("as_of") == LATEST), "")

    run = str(until(found, "the run that the form asked for"))
    page = operator.go(f"/dags/{DAG}/runs/{quote(run)}")
    until(lambda: place.airflow.run_state(DAG, run) in ("success", "failed"), "the run ends")
    expect(page.locator("tbody tr").filter(has_text="publish").first).to_contain_text("Success")
    return run


def test_the_form_asks_for_what_was_filled_in_and_what_was_made_before_is_found(
    place: Place, days: FiveDays, run_id: str
) -> None:
    run = place.admin.get(f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id)}").json()
    assert (run["state"], run["triggering_user_name"]) == ("success", services.ADMIN)
    assert {name: run["conf"][name] for name in ("as_of", "source", "top_n", "shards", "transfer")} == {
        "as_of": LATEST,
        "source": "files",
        "top_n": 5,
        "shards": 1,
        "transfer": True,
    }
    assert place.ask("SELECT count(*) FROM recsys.publication WHERE as_of = %s", LATEST) == [(1,)]


def test_a_tab_of_the_run_shows_its_stages_and_leads_to_mlflow(operator: Visit, place: Place, run_id: str) -> None:
    page = operator.go(f"/dags/{DAG}/runs/{quote(run_id)}")
    page.get_by_role("link", name="Stages").click()
    tab = page.frame_locator("iframe")
    for stage in (
        "ingest",
        "features[0]",
        "interests",
        "transfer",
        "signals",
        "ranker",
        "rank[0]",
        "evaluate",
        "publish",
    ):
        expect(tab.locator("tr", has_text=stage).first).to_contain_text("success")
    expect(tab.locator("tr", has_text="transfer").first).to_contain_text("found, not made again")
    with page.context.expect_page() as opened:
        tab.get_by_role("link", name="This run in MLflow").click()
    mlflow = opened.value
    assert mlflow.url.startswith(services.mlflow_url(place.ports))
    expect(mlflow.get_by_text(run_id).first).to_be_visible()
    mlflow.close()


def test_the_navigation_leads_to_the_publications(operator: Visit, place: Place, run_id: str) -> None:
    page = operator.go("/")
    page.get_by_role("link", name="Recsys").click()
    shown = page.frame_locator("iframe")
    ((pub_id, as_of),) = place.ask(LIVE)
    expect(shown.locator("tr.live")).to_contain_text(re.compile(rf"{pub_id}\s*{as_of}\s*live"))
    kept = place.ask("SELECT count(*) FROM recsys.publication")[0][0]
    expect(shown.get_by_role("button", name="Roll back")).to_have_count(kept - 1)


def test_a_user_is_found_and_shown_with_interests_donors_and_reasons(
    operator: Visit, place: Place, run_id: str
) -> None:
    somebody = place.ask("SELECT min(user_id) FROM recommendations")[0][0]
    shown = operator.frame("/plugin/recsys")
    shown.get_by_role("link", name="Users").click()
    shown.get_by_role("searchbox").fill(somebody[:6])
    shown.get_by_role("button", name="Search").click()
    shown.get_by_role("link", name=somebody, exact=True).click()
    for heading in ("Interests before and after transfer", "Donors", "Recommendations", "History"):
        expect(shown.get_by_role("heading", name=heading)).to_be_visible()
    expect(shown.locator("tr", has_text="rate").first).to_be_visible()
    expect(operator.page).to_have_url(re.compile(r"/plugin/recsys/recsys/user\?user_id="))


def test_health_shows_the_days_and_what_is_known_of_users(operator: Visit, run_id: str) -> None:
    shown = operator.frame("/plugin/recsys/recsys/health")
    expect(shown.get_by_text(f"is live, of {LATEST}")).to_be_visible()
    expect(shown.get_by_role("heading", name="Users by how much is known of them")).to_be_visible()
    expect(shown.get_by_text("Coverage")).to_be_visible()
    expect(shown.get_by_text("No language model has been put to the gate")).to_be_visible()


@pytest.mark.parametrize(("theme", "colour"), [("light", "rgb(28, 36, 48)"), ("dark", "rgb(230, 234, 240)")])
def test_the_pages_wear_the_theme_that_airflow_has_chosen(
    operator: Visit, run_id: str, theme: str, colour: str
) -> None:
    operator.page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    expect(operator.frame("/plugin/recsys").locator("body")).to_have_css("color", colour)


def test_nothing_is_loaded_from_elsewhere_and_nothing_breaks(operator: Visit, place: Place, run_id: str) -> None:
    asked: list[str] = []
    troubles: list[str] = []
    page = operator.page.context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    for user_id, *_ in place.ask("SELECT DISTINCT user_id FROM recommendations ORDER BY 1 LIMIT 3"):
        page.goto(f"{operator.address}/recsys/user?user_id={quote(user_id)}")
    for path in ("publications", "users", "feedback", "experiments", "health"):
        page.goto(f"{operator.address}/recsys/{path}")
    page.close()
    assert {url for url in asked if not url.startswith(operator.address)} == set()
    assert troubles == []


def test_a_viewer_sees_and_is_offered_nothing_to_do(viewer: Visit, run_id: str) -> None:
    page = viewer.go("/recsys/publications")
    expect(page.locator("tr.live")).to_have_count(1)
    assert page.locator("form").count() == 0


def test_an_operator_rolls_back_with_a_second_press_and_sees_who_did_it(
    operator: Visit, place: Place, run_id: str
) -> None:
    place.airflow.unpause("recsys_rollback")
    before = str(DAYS[-2])
    row = operator.frame("/plugin/recsys").locator("tr", has_text=before).first
    row.get_by_role("button", name="Roll back").click()
    assert place.ask(LIVE)[0][1] == LATEST
    row.get_by_role("button", name="Sure?").click()
    shown = operator.page.frame_locator("iframe")
    expect(shown.get_by_role("status")).to_contain_text("success")
    assert place.ask(LIVE)[0][1] == before
    expect(shown.locator("tr.live")).to_contain_text(before)
    expect(shown.locator("tr.live")).to_contain_text(services.ADMIN)
    expect(shown.locator("tr", has_text=LATEST).first).to_contain_text("withdrawn")
