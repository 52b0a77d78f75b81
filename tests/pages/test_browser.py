"""Pages in a real browser, in light and in dark: none is wider than the screen, and the browser complains of none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from psycopg2.extensions import connection

from recsys.pages import screens
from recsys.pages.screens import Viewer
from tests.operations.browser import chromium
from tests.pages.conftest import ANN, Shown
from tests.pages.test_answered import recorded
from tests.pages.test_experiments import tried

__all__ = ["chromium", "tried"]

pytestmark = pytest.mark.slow
STATIC = Path(screens.__file__).parent / "static"
PAGES: Mapping[str, Callable[[connection], str]] = {
    "publications": lambda db: screens.publications(db, "https://pages", Viewer(True, "token"), None),
    "user": lambda db: screens.user(db, "https://pages", ANN),
    "item": lambda db: screens.item(db, "https://pages", "a"),
    "feedback": lambda db: screens.feedback(db, "https://pages"),
    "experiments": lambda db: screens.experiments(db, "https://pages", ""),
}


def opened(chromium: Browser, content: str, scheme: str, width: int) -> tuple[Page, list[str]]:
    """The page as a browser shows it, and what it complained of."""
    page = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}).new_page()  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("https://pages/static/*", lambda route: route.fulfill(path=STATIC / Path(route.request.url).name))
    page.route("https://pages/", lambda route: route.fulfill(body=content, content_type="text/html"))
    page.goto("https://pages/")
    return page, complaints


def luminance(page: Page) -> float:
    """Of the page's background, 0 black to 1 white."""
    found = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)")
    return float(sum(found)) / 3 / 255


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_fits_a_desk_and_a_phone_in_light_and_dark(
    name: str, chromium: Browser, tried: connection, shown: Shown, tmp_path: Path
) -> None:
    recorded(tried)
    content, shades = PAGES[name](tried), {}
    for scheme in ("light", "dark"):
        for width in (1280, 400):
            page, complaints = opened(chromium, content, scheme, width)
            assert complaints == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.get_by_role("heading").count() > 0
            page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png", full_page=True)
            shades[scheme] = luminance(page)
    assert shades["light"] > 0.8
    assert shades["dark"] < 0.3
