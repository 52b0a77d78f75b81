"""A real Chromium before a running installation."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

from recsys.standalone import services
from tests.operations.place import Place

CALM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Visit:
    """Somebody who has logged in."""

    page: Page
    address: str

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def frame(self, path: str) -> FrameLocator:
        """What Airflow shows inside its page at a path."""
        return self.go(path).frame_locator("iframe")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, or else the one that `playwright install chromium` brings."""
    own = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        if not own and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium here: install it, or run `.venv/bin/playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=own, args=CALM)
        yield browser
        browser.close()


def log_in(chromium: Browser, place: Place, user: str) -> Visit:
    """A visit in a browser of its own."""
    address = services.airflow_url(place.ports)
    page = chromium.new_context(viewport={"width": 1360, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}/auth/login/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", services.airflow_password(place.home, user))
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    return Visit(page, address)
