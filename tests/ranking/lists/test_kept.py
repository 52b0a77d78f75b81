"""Which lists a day makes and which it keeps, on the checkerboard: all change one thing since the day before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp

from recsys.artifacts import Manifest
from recsys.events import fatigue, tables
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.privacy.files import Files
from recsys.ranking.lists import provenance, stage
from recsys.ranking.lists.recommend import recommend
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.ranker.stage import Learnt
from recsys.ranking.signals import stage as signals_stage
from recsys.results import made_with
from recsys.settings import load
from recsys.stages import Job
from tests.ranking.conftest import ITEMS, TODAY, USERS

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

FIRST = date(1970, 4, 10)
EVERYBODY = frozenset(f"u{user:02}" for user in range(USERS))
LEARNT = {"learnt_on": "1970-04-10", "learnt_from": "the inputs", "learnt_with": "the settings"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """What the stage reads on a day."""

    known: Tables
    interests: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=lambda: LEARNT)
    overrides: tuple[str, ...] = ("lists.remake_every_days=3650",)
    tired: sp.csr_matrix | None = None


@dataclass(frozen=True)
class Made:
    """What the stage wrote on a day."""

    manifest: Manifest
    asked: frozenset[str]
    """Users whose lists were made."""

    def rows(self, name: str = provenance.LISTS) -> dict[str, Row]:
        return {row["user_id"]: row for row in pq.read_table(self.manifest.path(name)).to_pylist()}

    def reasons(self) -> dict[str, int]:
        return {name: count for name, count in self.manifest.rows.items() if name.startswith("made: ")}


Desk = Callable[..., Made]


@pytest.fixture
def seen(shop: Shop) -> Seen:
    users, items = (
        np.array([f"{letter}{row:02}" for row in range(n)], object) for letter, n in (("u", USERS), ("i", ITEMS))
    )
    known = Tables(
        users, items, shop.words.titles, [""] * ITEMS, shop.world.available, shop.known, shop.world.side, timed=True
    )
    return Seen(known, tuple(shop.words.interests))


@pytest.fixture
def desk(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """Runs the stage on what is seen of a day; models stay as they are, but for what may be recommended."""

    def run(seen: Seen, day: int = 0, earlier: Made | None = None, shard: int = 0, shards: int = 1) -> Made:
        known, asked = seen.known, list[str]()

        def listening(models: Any, ranker: Any, requests: Any, *more: Any) -> Any:
            asked.extend(known.user_ids[requests.user])
            return recommend(models, ranker, requests, *more)

        with monkeypatch.context() as patch:
            for place, made in (
                (tables, known),
                (signals_stage, replace(shop.models, available=known.available)),
                (ranker_stage, Learnt(shop.ranker, shop.alone, ())),
            ):
                patch.setattr(place, "read", lambda _, made=made: made)
            patch.setattr(interests_stage, "read_names", lambda _: list(seen.interests))
            patch.setattr(interests_stage, "read_drift", lambda _: None)
            patch.setattr(fatigue, "read", lambda *_: seen.tired)
            patch.setattr(Tables, "request_time", lambda *_: TODAY + day)
            patch.setattr(stage, "recommend", listening)
            folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            settings = load(["lists.top_n=4", f"runtime.shards={shards}", *seen.overrides])
            inputs = {
                name: (Manifest(name, "", "", "", facts=seen.facts),)
                for name in ("ingest", "signals", "ranker", "interests")
            }
            before = None if earlier is None else earlier.manifest
            digest = made_with("rank", settings)
            result = stage.run(Job(settings, FIRST + timedelta(days=day), inputs, shard, folder, before, (), digest))
        manifest = Manifest("rank", "", "", folder.as_uri(), result.rows, result.metrics, result.facts)
        return Made(manifest, frozenset(asked))

    return run


def changed(seen: Seen, **values: Any) -> Seen:
    return replace(seen, known=replace(seen.known, **values))


def played(seen: Seen, user: int, item: int) -> Seen:
    """One event more, the user's last."""
    events = seen.known.interactions
    place = int(events.starts[user + 1])
    more = replace(
        events,
        user=np.insert(events.user, place, user),
        item=np.insert(events.item, place, item),
        weight=np.insert(events.weight, place, 1.0),
        day=np.insert(events.day, place, TODAY),
    )
    return changed(seen, interactions=more)


def side(seen: Seen, **values: Any) -> Seen:
    return changed(seen, side=replace(seen.known.side, **values))


def without(seen: Seen, item: str) -> Seen:
    return changed(seen, available=seen.known.available & (seen.known.item_ids != item))


def listing(made: Made, item: str) -> frozenset[str]:
    return frozenset(user for user, row in made.rows().items() if item in row["item_ids"])


def cell(row: int, column: int, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(1, np.float32), ([row], [column])), shape=shape)


def test_on_the_first_day_all_lists_are_made_and_the_manifest_says_why(desk: Desk, seen: Seen) -> None:
    made = desk(seen)
    assert made.asked == EVERYBODY
    assert made.manifest.facts["why"] == "there are none of an earlier day"
    assert (made.manifest.rows["lists made"], made.manifest.rows["lists kept"]) == (USERS, 0)


def test_where_nothing_changed_all_lists_are_kept_as_they_are(desk: Desk, seen: Seen) -> None:
    first = desk(seen)
    second = desk(seen, 1, first)
    assert second.asked == frozenset()
    assert second.rows() == first.rows()
    assert {row["made_on"] for row in second.rows(provenance.FILE).values()} == {FIRST}
    assert (second.manifest.rows["lists made"], second.manifest.rows["lists kept"]) == (0, USERS)
    assert (second.manifest.facts["why"], second.reasons()) == ("", {})


CHANGES: dict[str, tuple[Callable[[Seen], Seen], str, str]] = {
    "an event": (lambda seen: played(seen, 3, 0), "u03", "changed histories"),
    "a follow": (lambda seen: side(seen, graph=cell(5, 6, (USERS, USERS))), "u05", "changed attributes or follows"),
    "an attribute": (
        lambda seen: side(seen, attributes=cell(7, 0, (USERS, 1)), values=("country=France",)),
        "u07",
        "changed attributes or follows",
    ),
}


@pytest.mark.parametrize(("change", "user", "reason"), CHANGES.values(), ids=CHANGES)
def test_the_list_of_whom_something_new_is_known_is_made_and_no_other(
    desk: Desk, seen: Seen, change: Callable[[Seen], Seen], user: str, reason: str
) -> None:
    first = desk(seen)
    second = desk(change(seen), 1, first)
    assert second.asked == {user}
    assert second.reasons() == {f"made: {reason}": 1}
    made_on = {name: row["made_on"] for name, row in second.rows(provenance.FILE).items()}
    assert made_on == dict.fromkeys(EVERYBODY, FIRST) | {user: FIRST + timedelta(days=1)}
    assert desk(change(seen), 2, second).asked == frozenset()


def test_the_list_of_whom_an_item_has_tired_is_made_without_it(desk: Desk, seen: Seen) -> None:
    first = desk(seen)
    (best, *_) = first.rows()["u04"]["item_ids"]
    second = desk(replace(seen, tired=cell(4, int(best[1:]), (USERS, ITEMS))), 1, first)
    assert second.asked == {"u04"}
    assert second.reasons() == {"made: changed histories": 1}
    assert best not in second.rows()["u04"]["item_ids"]
    assert desk(seen, 2, second).asked == {"u04"}


def test_lists_with_an_item_that_is_gone_are_made_and_no_other(desk: Desk, seen: Seen) -> None:
    first = desk(seen)
    item = first.rows()["u00"]["item_ids"][0]
    second = desk(without(seen, item), 1, first)
    assert second.asked == listing(first, item) < EVERYBODY
    assert second.reasons() == {"made: items gone or renamed": len(second.asked)}
    assert listing(second, item) == frozenset()


def test_where_a_title_changes_lists_and_histories_with_it_count(desk: Desk, seen: Seen) -> None:
    first = desk(seen)
    item = first.rows()["u00"]["item_ids"][0]
    row = seen.known.item_ids.tolist().index(item)
    titles = list(seen.known.titles)
    titles[row] = "Another title"
    events = seen.known.interactions
    had = frozenset(seen.known.user_ids[events.user[events.item == row]])
    second = desk(changed(seen, titles=titles), 1, first)
    assert second.asked == listing(first, item) | had < EVERYBODY
    assert second.reasons() == {
        "made: changed histories": len(had),
        "made: items gone or renamed": len(listing(first, item) - had),
    }


def test_lists_whose_reasons_name_an_interest_of_another_name_are_made(desk: Desk, seen: Seen) -> None:
    first = desk(seen)
    name = next(
        name for name in seen.interests if any(name in " ".join(row["reasons"]) for row in first.rows().values())
    )
    naming = frozenset(user for user, row in first.rows().items() if name in " ".join(row["reasons"]))
    renamed = tuple("(new) name?" if interest == name else interest for interest in seen.interests)
    second = desk(replace(seen, interests=renamed), 1, first)
    assert second.asked == naming < EVERYBODY
    assert second.reasons() == {"made: interests renamed": len(naming)}
    assert desk(replace(seen, interests=renamed), 2, second).asked == frozenset()


def test_each_user_is_due_once_in_so_many_days(desk: Desk, seen: Seen) -> None:
    seen = replace(seen, overrides=("lists.remake_every_days=4",))
    made, due = desk(seen), list[frozenset[str]]()
    for day in range(1, 9):
        made = desk(seen, day, made)
        due.append(made.asked)
        assert made.reasons() == ({"made: due": len(made.asked)} if made.asked else {})
    assert due[0] == frozenset(), "all lists are of the day before"
    assert sum(map(len, due[1:5])) == USERS
    assert frozenset().union(*due[1:5]) == EVERYBODY
    assert due[5:] == due[1:4]
    assert max(map(len, due)) < USERS


def test_who_was_due_on_a_day_that_had_no_run_is_due_on_the_next(desk: Desk, seen: Seen) -> None:
    seen = replace(seen, overrides=("lists.remake_every_days=4",))
    first = desk(seen)
    second = desk(seen, 2, first)
    assert frozenset() < second.asked
    assert desk(seen, 3, first).asked == second.asked | desk(seen, 3, second).asked
    assert desk(seen, 5, first).asked == EVERYBODY


OTHERWISE = {
    "a ranker of another day": ({"facts": {**LEARNT, "learnt_on": "1970-04-11"}}, "models were learnt since"),
    "a ranker of other inputs": ({"facts": {**LEARNT, "learnt_from": "others"}}, "models were learnt since"),
    "settings of the models or code": ({"facts": {**LEARNT, "learnt_with": "others"}}, "settings or code differ"),
    "a setting of the language": (
        {"overrides": ("lists.remake_every_days=3650", "language.max_tokens=64")},
        "settings or code differ",
    ),
}


@pytest.mark.parametrize(("other", "why"), OTHERWISE.values(), ids=OTHERWISE)
def test_lists_that_were_made_otherwise_are_all_made_anew(
    desk: Desk, seen: Seen, other: dict[str, Any], why: str
) -> None:
    second = desk(replace(seen, **other), 1, desk(seen))
    assert second.asked == EVERYBODY
    assert second.manifest.facts["why"] == why


def test_a_user_who_is_gone_has_no_list_and_a_new_one_gets_one_and_the_rows_of_others_do_not_matter(
    desk: Desk, seen: Seen
) -> None:
    first, known = desk(seen), seen.known
    rows = np.arange(1, USERS + 1, dtype=np.int32) % USERS  # the first user goes, and a copy of them comes as the last
    ids = np.append(known.user_ids[1:], "z-new")
    second = desk(changed(seen, user_ids=ids, interactions=known.interactions.of_users(rows)), 1, first)
    assert second.asked == {"z-new"}
    assert second.reasons() == {"made: users without a list": 1}
    assert {user: row for user, row in second.rows().items() if user != "z-new"} == {
        user: row for user, row in first.rows().items() if user != "u00"
    }
    assert "u00" not in second.rows(provenance.FILE)


def test_a_user_who_is_forgotten_is_in_no_list_and_those_of_others_are_still_kept(
    desk: Desk, seen: Seen, tmp_path: Path
) -> None:
    first, rows = desk(seen), np.arange(1, USERS, dtype=np.int32)
    removed = Files(str(tmp_path)).remove("u00")
    assert {Path(change.file).name for change in removed} > {provenance.LISTS, provenance.FILE}
    left = changed(seen, user_ids=seen.known.user_ids[1:], interactions=seen.known.interactions.of_users(rows))
    second = desk(left, 1, first)
    assert second.asked == frozenset()
    assert frozenset(second.rows()) == EVERYBODY - {"u00"}


def test_a_removal_that_was_cut_off_leaves_nothing_to_be_kept(desk: Desk, seen: Seen) -> None:
    first = desk(seen)
    file = first.manifest.path(provenance.FILE)
    pq.write_table(pq.read_table(file).slice(1), file)
    second = desk(seen, 1, first)
    assert second.asked == EVERYBODY
    assert second.manifest.facts["why"] == "the removal of a user from them was cut off"


def test_short_lists_are_made_every_day(desk: Desk, seen: Seen) -> None:
    few = changed(seen, available=np.arange(ITEMS) < 6)  # who has seen three of them has three left
    first = desk(few)
    short = frozenset(user for user in EVERYBODY if len(first.rows().get(user, {"item_ids": ()})["item_ids"]) < 4)
    second = desk(few, 1, first)
    assert second.asked == short
    assert frozenset() < short < EVERYBODY
    assert second.rows() == first.rows()


@pytest.mark.parametrize("shards", [4, 16])
def test_kept_lists_are_the_same_bit_for_bit_in_any_number_of_shards(desk: Desk, seen: Seen, shards: int) -> None:
    seen = replace(seen, overrides=("lists.remake_every_days=4",))
    later = without(played(seen, 3, 0), "i05")

    def lists(count: int) -> tuple[dict[str, Row], dict[str, Row]]:
        made = [desk(later, 1, desk(seen, 0, None, shard, count), shard, count) for shard in range(count)]
        found = [
            {user: row for part in made for user, row in part.rows(name).items()}
            for name in (provenance.LISTS, provenance.FILE)
        ]
        return found[0], found[1]

    assert lists(shards) == lists(1)


def test_a_user_who_is_due_every_day_gets_the_list_that_is_made_without_any_earlier_one(desk: Desk, seen: Seen) -> None:
    daily = replace(seen, overrides=("lists.remake_every_days=1",))
    later = played(daily, 3, 0)
    made = desk(later, 1, desk(daily))
    assert made.asked == EVERYBODY
    assert made.rows() == desk(later, 1).rows()
