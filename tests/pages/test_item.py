"""The page of an item, from a real store and real files, with ids and titles that try to break out."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from psycopg2.extensions import connection

from recsys.pages import items, screens
from recsys.pages.connection import reading
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from tests.pages.conftest import ANN, TITLE, Shown
from tests.pages.test_screens import text
from tests.publish.conftest import Write, write_item_lists

HOSTILE = "'\"><script>x</script>&b=1"


def test_an_item_is_shown_whole(db: connection, shown: Shown) -> None:
    said = text(screens.item(db, "/recsys", "a"))
    assert f"{TITLE} a Users 1,234 with a positive interaction" in said
    assert "Lists 1 of users in the live publication" in said
    assert re.search(r"Similar items .* 1 Beta b y 0\.75 2 c c 0\.50", said)
    assert "Too little is known of what follows this item." in said
    assert re.search(r"Ranks in users' lists Rank Lists 1 1 Most frequent reasons Why Lists because of a 1", said)


def test_what_follows_an_item_is_shown_beside_what_is_similar(db: connection, shown: Shown) -> None:
    said = text(screens.item(db, "/recsys", "b"))
    assert f"What often follows Rank Item Category Score 1 {TITLE} a x 4.00" in said
    assert "No item is listed as similar to this one." in said


def test_ranks_and_reasons_are_counted_over_the_live_lists_alone(store: str, write: Write) -> None:
    limits = DatabaseSettings(min_overlap=0)
    publish(store, write({"old": [("b", 1.0)]}, "2026-01-08"), limits)
    lists = {"u1": [("a", 3.0), ("b", 2.0)], "u2": [("b", 1.0)], "u3": [("c", 2.0), ("b", 1.0)], "u4": [("a", 1.0)]}
    publish(store, write(lists, "2026-01-09"), limits)
    with closing(psycopg2.connect(store)) as db:
        found = items.placement(db, "b")
    assert (found.lists, found.ranks, found.reasons) == (3, [("1", 1), ("2", 2)], [("because of b", 3)])


def test_every_item_of_a_users_list_and_of_an_items_lists_leads_to_its_page(db: connection, shown: Shown) -> None:
    assert re.findall(r'href="(/recsys/item[^"]*)"', screens.user(db, "/recsys", ANN)) == [
        "/recsys/item?item_id=a",
        "/recsys/item?item_id=c",
    ]
    assert 'href="/recsys/item?item_id=b"' in screens.item(db, "/recsys", "a")


def test_nothing_that_a_catalogue_holds_becomes_markup(db: connection, shown: Shown, write: Write) -> None:
    titled = [screens.item(db, "/recsys", "a"), screens.item(db, "/recsys", "b")]
    draft = write({ANN: [(HOSTILE, 1.0)]}, "2026-01-11", items=("a", "b", "c", HOSTILE))
    lists = write_item_lists(draft.items.parent, {("similar", HOSTILE): [("a", 1.0)], ("next", "a"): [(HOSTILE, 1.0)]})
    publish(shown.dsn, replace(draft, item_lists=lists), DatabaseSettings(min_overlap=0))
    for page in (*titled, screens.item(db, "/recsys", "a"), screens.item(db, "/recsys", HOSTILE)):
        assert "<img" not in page
        assert [script for script in re.findall(r"<script[^>]*>", page) if "pages.js" not in script] == []
    hostile = screens.item(db, "/recsys", HOSTILE)
    assert "because of &#39;&#34;&gt;&lt;script&gt;" in hostile
    assert "/recsys/item?item_id=%27%22%3E%3Cscript%3Ex%3C%2Fscript%3E%26b%3D1" in screens.item(db, "/recsys", "a")


def test_an_item_that_nobody_knows_has_an_empty_page(db: connection, shown: Shown) -> None:
    said = text(screens.item(db, "/recsys", "nothing"))
    assert "Users –" in said
    assert "Lists 0" in said
    assert "No list of the live publication holds this item." in said


def test_before_anything_is_published_an_items_page_is_empty(store: str) -> None:
    with closing(psycopg2.connect(store)) as db:
        assert "No item is listed as similar" in screens.item(db, "/recsys", "a")


def test_a_store_that_is_away_is_said_and_the_rest_is_shown(db: connection, shown: Shown) -> None:
    (shown.folder / "items.parquet").unlink()
    said = text(screens.item(db, "/recsys", "a"))
    assert "the store cannot be read" in said
    assert "1 b b 0.75" in said


def test_the_pages_connection_may_show_an_item(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_PAGES_DATABASE_URL", shown.dsn)
    with reading() as db:
        assert "1,234" in screens.item(db, "/recsys", "a")
