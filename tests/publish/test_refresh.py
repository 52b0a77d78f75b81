"""Users who did something new get new lists without any training, and a later full set takes over."""

import dataclasses
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from recsys import results, stages
from recsys.errors import DataError
from recsys.events import fatigue, recent, tables
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.publish.refresh import fold_in, refresh
from recsys.settings import DatabaseSettings
from tests.publish.day import AS_OF, Day

LIMITS, NEXT, NOW = DatabaseSettings(), date(2026, 1, 6), datetime(2026, 1, 7, tzinfo=UTC)
LISTS = "SELECT user_id, array_agg(item_id ORDER BY rank) FROM recommendations WHERE as_of = %s GROUP BY 1 ORDER BY 1"
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def live(store: str, mine: Day) -> str:
    """A store in which the day is live."""
    publish(store, mine.draft(), LIMITS)
    return store


def test_only_who_did_something_new_gets_a_new_list_without_what_they_chose(live: str, mine: Day, ask: Ask) -> None:
    before: dict[str, list[str]] = dict(ask(LISTS, AS_OF))
    first = before["u01"][0]
    mine.goes_on([("u01", first), ("newcomer", "i00")])
    settings = mine.settings()
    made = refresh(live, settings, NEXT)
    assert (made.users, made.overlaid) == (2, 2)
    after: dict[str, list[str]] = dict(ask(LISTS, NEXT))
    assert set(after) == {"u01", "newcomer"}
    assert first not in after["u01"]
    assert "i00" not in after["newcomer"]
    assert dict(ask(LISTS, AS_OF)) == {user: items for user, items in before.items() if user != "u01"}
    assert ask("SELECT array_agg(item_id), min(as_of) FROM recommend('u01', 5)") == [(after["u01"], NEXT)]
    assert refresh(live, settings, NEXT).users == 0


def test_a_list_made_anew_lets_rest_what_its_user_is_tired_of(mine: Day) -> None:
    mine.goes_on([("u01", "i21"), ("u02", "i22")])
    settings = mine.settings()
    came = recent.since(mine.made["ingest"][0], settings, NEXT, NOW)

    def lists() -> dict[str, list[str]]:
        made = fold_in(mine.made, came, ["u01", "u02"], settings, NEXT)
        return {user: list(items) for user, items in zip(made["user_id"], made["item_ids"], strict=True)}

    before = lists()
    tired = pa.table({"user_id": ["u01"], "item_id": [before["u01"][0]]})
    fatigue.write(tired, mine.made["ingest"][0].path("."))
    after = lists()
    assert before["u01"][0] not in after["u01"]
    assert after["u02"] == before["u02"]


def test_a_fold_in_is_what_a_full_run_with_the_same_models_makes(mine: Day) -> None:
    changed = ["u01", "u02", "u11"]
    mine.goes_on([(user, f"i{20 + row}") for row, user in enumerate(changed)])
    settings = mine.settings()
    ingested = results.run("ingest", settings, NEXT, {})
    given = {**mine.made, "ingest": (ingested,)}
    full = [results.run("rank", settings, NEXT, given, shard) for shard in stages.shards("rank", settings)]
    lists = pd.concat([pd.read_parquet(one.path("recommendations.parquet")) for one in full]).set_index("user_id")
    came = recent.since(mine.made["ingest"][0], settings, NEXT, NOW)
    folded = fold_in(mine.made, came, changed, settings, NEXT).set_index("user_id")
    for user in changed:
        assert list(folded.loc[user, "item_ids"]) == list(lists.loc[user, "item_ids"])
        assert list(folded.loc[user, "scores"]) == pytest.approx(list(lists.loc[user, "scores"]))
        assert list(folded.loc[user, "reasons"]) == list(lists.loc[user, "reasons"])
        assert list(folded.loc[user, "terms"]) == list(lists.loc[user, "terms"])


def test_where_an_order_stands_in_for_times_nothing_says_what_is_new(
    live: str, mine: Day, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine.goes_on([("u01", "i20")])
    read = tables.read
    monkeypatch.setattr(tables, "read", lambda *given: dataclasses.replace(read(*given), timed=False))
    with caplog.at_level(logging.INFO):
        assert refresh(live, mine.settings(), NEXT).users == 0
    assert "nothing says which are new" in caplog.text


def test_only_what_came_since_is_kept_and_no_file_is_written(live: str, mine: Day) -> None:
    mine.goes_on([("u01", "i20"), ("u02", "i21")])
    before = sorted(mine.folder.rglob("*"))
    came = recent.since(mine.made["ingest"][0], mine.settings(), NEXT, NOW)
    assert came.user_ids.tolist() == ["u01", "u02"]
    assert len(came.interactions.user) == 2
    refresh(live, mine.settings(), NEXT)
    assert sorted(mine.folder.rglob("*")) == before


def test_a_full_set_takes_over_the_days_that_it_covers_and_no_more(live: str, mine: Day, ask: Ask) -> None:
    mine.goes_on([("u01", "i01")])
    refresh(live, mine.settings(), NEXT)
    assert len(ask(LISTS, NEXT)) == 1
    same = dataclasses.replace(mine.draft(), fingerprint="made again")
    assert publish(live, same, LIMITS).published == "yes"
    assert len(ask(LISTS, NEXT)) == 1, "a full set of the day before knows less"
    full = dataclasses.replace(mine.draft(), as_of=NEXT, fingerprint="of the next day")
    assert publish(live, full, LIMITS).published == "yes"
    assert len(ask(LISTS, NEXT)) == 30
    assert ask("SELECT count(*) FROM recsys.laid_over") == [(0,)]


def test_a_rollback_takes_along_what_later_models_laid_over(live: str, mine: Day, ask: Ask) -> None:
    publish(live, dataclasses.replace(mine.draft(), fingerprint="bad"), LIMITS)
    mine.goes_on([("u01", "i01")])
    refresh(live, mine.settings(), NEXT)
    rollback(live)
    assert ask(LISTS, NEXT) == []
    assert len(ask(LISTS, AS_OF)) == 30


@pytest.mark.parametrize("back", ["by a rollback", "by force"])
def test_an_older_day_made_again_shows_nothing_that_models_of_the_later_day_laid_over(
    live: str, mine: Day, ask: Ask, back: str
) -> None:
    mine.goes_on([("u01", "i01")])
    refresh(live, mine.settings(), NEXT)
    older = dataclasses.replace(mine.draft(), as_of=date(2026, 1, 4), fingerprint="of the day before, made again")
    if back == "by a rollback":
        rollback(live, publish(live, older, LIMITS).pub_id)
        assert ask("SELECT count(*) FROM recsys.overlay_list") == [(0,)]
    else:
        publish(live, older, DatabaseSettings(force=True))
    assert ask("SELECT DISTINCT as_of FROM recommendations") == [(date(2026, 1, 4),)]
    assert ask("SELECT as_of FROM recommend_list('u01')") == [(date(2026, 1, 4),)]


def test_before_the_first_publication_there_is_nothing_to_refresh(store: str, mine: Day) -> None:
    assert refresh(store, mine.settings(), NEXT).pub_id is None


def test_a_set_made_by_an_earlier_version_is_refused_with_what_to_do(store: str, mine: Day) -> None:
    draft = mine.draft()
    made = {name: manifests for name, manifests in draft.manifest["manifests"].items() if name != "signals"}
    publish(store, dataclasses.replace(draft, manifest={**draft.manifest, "manifests": made}), LIMITS)
    with pytest.raises(DataError, match="earlier version"):
        refresh(store, mine.settings(), NEXT)


def test_a_refresh_does_not_go_back_in_time(live: str, mine: Day) -> None:
    with pytest.raises(DataError, match="later day"):
        refresh(live, mine.settings(), date(2026, 1, 4))
