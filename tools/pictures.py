"""Takes the pictures of README.md: every page of a running installation, in light and in dark.

`make demo` (or `make up`) first; then `make pictures`.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from recsys.standalone import services
from recsys.standalone.home import home
from recsys.standalone.ports import remembered

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
USER = "1"
PAGES = {
    "publications": "/plugin/recsys",
    "user": f"/plugin/recsys/recsys/user?user_id={USER}",
    "health": "/plugin/recsys/recsys/health",
}
SIZE = {"width": 1360, "height": 860}
TALL = {"user": {"width": 1360, "height": 1400}}
"""Pages whose best part lies lower."""


def main() -> None:
    """Writes `docs/pictures/page_<name>_<theme>.png`."""
    folder, address = home(), services.airflow_url(remembered(home()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        for theme in ("light", "dark"):
            page = log_in(browser, address, services.airflow_password(folder), theme)
            for name, path in {**PAGES, **latest_run(page, address)}.items():
                page.set_viewport_size(TALL.get(name, SIZE))  # type: ignore[arg-type]
                page.goto(address + path)
                page.frame_locator("iframe").locator("h1").wait_for()
                page.wait_for_timeout(1500)
                page.screenshot(path=PICTURES / f"page_{name}_{theme}.png")
        browser.close()


def log_in(browser: Browser, address: str, password: str, theme: str) -> Page:
    """A page of a user who has logged in and selected a theme."""
    page = browser.new_context(viewport=SIZE, color_scheme=theme).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.goto(f"{address}/auth/login/")
    page.fill("input[name=username]", services.ADMIN)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    page.evaluate(f"localStorage.setItem('theme', {json.dumps(theme)})")
    return page


def latest_run(page: Page, address: str) -> dict[str, str]:
    """The tab of the latest run of the daily DAG."""
    asked = f"{address}/api/v2/dags/recsys_daily/dagRuns?order_by=-start_date&limit=1"
    (latest,) = page.context.request.get(asked).json()["dag_runs"]
    return {"run": f"/dags/recsys_daily/runs/{quote(latest['dag_run_id'])}/plugin/recsys_stages"}


if __name__ == "__main__":
    main()
