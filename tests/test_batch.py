import logging
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from recsys import batch
from recsys.batch import written_aside
from recsys.cli import app
from recsys.errors import DataError, SettingsError
from tests.brief import brief_training

LAMPS = [(f"lamp{number}", f"Lamp of brass, size {number}") for number in range(5)]
BOOKS = [(f"book{number}", f"A book about ships, part {number}") for number in range(5)]
ITEMS = pd.DataFrame([*LAMPS, *BOOKS], columns=["item_id", "title"])
EVENTS = pd.DataFrame(
    [
        ("ann", "lamp0", "buy", "2026-03-01"),
        ("ann", "lamp1", "buy", "2026-03-02"),
        ("bob", "lamp0", "buy", "2026-03-01"),
        ("bob", "lamp2", "buy", "2026-03-03"),
        ("cy", "book0", "buy", "2026-03-01"),
        ("cy", "book1", "buy", "2026-03-04"),
        ("di", "book0", "buy", "2026-03-02"),
        ("di", "book2", "buy", "2026-03-05"),
        ("eve", "book1", "buy", "2026-03-02"),
        ("eve", "book2", "buy", "2026-03-09"),
    ],
    columns=["user_id", "item_id", "action", "occurred_at"],
)

Files = Mapping[str, str]
Run = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One store for all tests here: the language model reads each text once."""
    return str(tmp_path_factory.mktemp("store"))


@pytest.fixture
def run(store: str, tmp_path: Path) -> Run:
    """Recommends from tables, and reads what was written."""

    @brief_training()
    def call(events: pd.DataFrame = EVENTS, items: pd.DataFrame = ITEMS, **options: Any) -> pd.DataFrame:
        tables = {"events": events, "items": items, **{name: options.pop(name, None) for name in ("users", "follows")}}
        overrides = [f"store={store}", *options.pop("overrides", [])]
        out = tmp_path / "recs.parquet"
        batch.recommend(**_written(tables, tmp_path), out=out, overrides=overrides, **options)
        return pd.read_parquet(out)

    return call


def _written(tables: Mapping[str, pd.DataFrame | None], folder: Path) -> dict[str, Any]:
    files = {name: folder / f"{name}.parquet" for name, table in tables.items() if table is not None}
    for name, file in files.items():
        tables[name].to_parquet(file, index=False)  # type: ignore[union-attr]
    return files


def _seen(recommended: pd.DataFrame, events: pd.DataFrame = EVENTS) -> set[tuple[str, str]]:
    return set(zip(recommended["user_id"], recommended["item_id"], strict=True)) & set(
        zip(events["user_id"], events["item_id"], strict=True)
    )


def test_every_user_of_events_and_users_gets_a_list_also_one_without_events(run: Run) -> None:
    made = run(users=pd.DataFrame({"user_id": ["ann", "zoe"], "age": [30, 40]}), top_n=3)
    assert made.groupby("user_id")["rank"].apply(list).to_dict() == {
        user: [1, 2, 3] for user in ("ann", "bob", "cy", "di", "eve", "zoe")
    }


def test_after_a_repeatable_action_an_item_is_recommended_again(run: Run) -> None:
    again = run(top_n=10, overrides=['events.repeatable_actions=["buy"]'])
    assert again.groupby("user_id").size().to_dict() == dict.fromkeys(["ann", "bob", "cy", "di", "eve"], 10)


def test_the_file_has_the_documented_columns_sorted_by_user_and_rank(run: Run, tmp_path: Path) -> None:
    made = run(top_n=3)
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "recs.parquet")}
    assert types == {"user_id": "string", "rank": "int32", "item_id": "string", "score": "float", "reason": "string"}
    assert made.sort_values(["user_id", "rank"]).index.tolist() == list(range(15))
    assert made["reason"].str.len().min() > 0


def test_nobody_is_recommended_what_they_have_and_scores_never_rise(run: Run) -> None:
    made = run()
    assert _seen(made) == set()
    assert made.groupby("user_id").size().unique().tolist() == [8]
    assert all(scores.is_monotonic_decreasing for _, scores in made.groupby("user_id")["score"])


def test_five_users_and_six_items_without_category_are_enough(run: Run) -> None:
    items = ITEMS[ITEMS["item_id"].isin(["lamp0", "lamp1", "lamp2", "book0", "book1", "book2"])]
    made = run(items=items, top_n=10)
    assert made.groupby("user_id").size().to_dict() == dict.fromkeys(["ann", "bob", "cy", "di", "eve"], 4)


def test_who_has_everything_has_no_row_and_the_others_have(run: Run) -> None:
    items, everything = ITEMS[:3], pd.DataFrame({"user_id": "max", "item_id": ITEMS["item_id"][:3], "action": "buy"})
    one = pd.DataFrame([("ann", "lamp0", "buy")], columns=["user_id", "item_id", "action"])
    assert set(run(pd.concat([everything, one], ignore_index=True), items)["user_id"]) == {"ann"}


def test_a_single_event_is_enough(run: Run) -> None:
    assert run(EVENTS[:1], top_n=2)["user_id"].tolist() == ["ann", "ann"]


def test_an_order_stands_in_for_times(run: Run) -> None:
    ordered = EVENTS.sort_values("occurred_at", ignore_index=True).drop(columns="occurred_at")
    by_position = ordered.assign(position=ordered.index).sample(frac=1.0, random_state=1)
    nulls = ordered.assign(occurred_at=None)
    made = run(ordered, top_n=3)
    assert made.groupby("user_id").size().to_dict() == dict.fromkeys(["ann", "bob", "cy", "di", "eve"], 3)
    pd.testing.assert_frame_equal(made, run(by_position, top_n=3))
    pd.testing.assert_frame_equal(made, run(nulls, top_n=3))


def test_without_as_of_the_day_is_that_of_the_latest_event(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "recsys"):
        latest = run(top_n=3)
    assert "as of 2026-03-09" in caplog.text
    pd.testing.assert_frame_equal(latest, run(top_n=3, as_of=date(2026, 3, 9)))


def test_what_comes_after_as_of_changes_nothing(run: Run) -> None:
    before = EVENTS[EVENTS["occurred_at"] <= "2026-03-04"]
    later = run(EVENTS, top_n=3, as_of=date(2026, 3, 4))
    pd.testing.assert_frame_equal(later, run(before, top_n=3, as_of=date(2026, 3, 4)))


def test_a_newcomer_who_follows_somebody_gets_what_that_one_chose_unless_transfer_is_off(run: Run) -> None:
    tables = {
        "users": pd.DataFrame({"user_id": ["zoe"]}),
        "follows": pd.DataFrame({"follower_id": ["zoe"], "followee_id": ["cy"]}),
    }
    reason = "chosen by people you follow"
    first = run(**tables, top_n=2).set_index("user_id").loc["zoe"]
    assert set(first["item_id"]) == {"book0", "book1"}
    assert first["reason"].str.contains(reason).all()
    assert not run(**tables, top_n=2, overrides=["transfer.enabled=false"])["reason"].str.contains(reason).any()


def test_a_rerun_gives_the_same_and_encodes_nothing(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    first = run(top_n=4)
    more = pd.concat([EVENTS, EVENTS.assign(user_id="new")], ignore_index=True)
    pd.testing.assert_frame_equal(first, run(top_n=4))
    with caplog.at_level(logging.INFO, "recsys"):
        run(more, top_n=4)
    assert "0 encoded, 10 cached" in caplog.text


def test_the_command_reads_csv_and_jsonl_and_shows_its_progress(store: str, tmp_path: Path) -> None:
    EVENTS.to_csv(tmp_path / "e.csv", index=False)
    ITEMS.to_json(tmp_path / "i.jsonl", orient="records", lines=True)
    out = tmp_path / "recs.parquet"
    done = _command(
        events=tmp_path / "e.csv",
        items=tmp_path / "i.jsonl",
        out=out,
        store=store,
        more=["--as-of", "2026-03-31", "--top-n", "2", "--no-transfer"],
    )
    assert done.exit_code == 0, done.output
    assert len(pd.read_parquet(out)) == 10


BAD = {
    "a missing file": (EVENTS, None, [], "the items file cannot be opened"),
    "a missing column": (EVENTS.drop(columns="user_id"), ITEMS, [], "the events table lacks a column"),
    "no rows": (EVENTS[:0], ITEMS, [], "the events table has no rows"),
    "items without text": (EVENTS, ITEMS[["item_id"]], [], "expected: one of title, category, description"),
    "unknown actions": (EVENTS.assign(action="hum"), ITEMS, [], "give every action a weight in events.action_weights"),
    "ids that are null": (EVENTS.assign(user_id=None), ITEMS, [], "null user_id"),
    "an early day": (EVENTS, ITEMS, ["--as-of", "2020-01-01"], "there are no good events up to the day"),
    "an impossible length": (EVENTS, ITEMS, ["--top-n", "0"], "lists.top_n"),
    "an unknown setting": (EVENTS, ITEMS, ["--set", "ranking.tpo_n=3"], "ranking.tpo_n"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_with_its_error_and_what_was_there_stays(case: str, store: str, tmp_path: Path) -> None:
    events, items, more, error = BAD[case]
    _written({"events": events, "items": items}, tmp_path)
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "recs.parquet"
    out.write_text("what was there")
    done = _command(
        events=tmp_path / "events.parquet", items=tmp_path / "items.parquet", out=out, store=store, more=more
    )
    assert done.exit_code == 1
    assert error in done.output
    assert [(file.name, file.read_text()) for file in out.parent.iterdir()] == [("recs.parquet", "what was there")]


def test_until_there_is_something_to_write_nothing_lies_beside_the_output(tmp_path: Path) -> None:
    with written_aside(tmp_path / "recs.csv") as aside:
        assert list(tmp_path.iterdir()) == []
        aside.write_text("found")
        assert not (tmp_path / "recs.csv").exists()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("recs.csv", "found")]


@pytest.mark.parametrize("out", ["nowhere/recs.parquet", "."])
def test_a_place_that_cannot_be_written_to_is_told_before_any_work(out: str, store: str, tmp_path: Path) -> None:
    done = _command(events=tmp_path / "none", items=tmp_path / "none", out=tmp_path / out, store=store)
    assert done.exit_code == 1
    assert "the output cannot be written" in done.output
    assert list(tmp_path.iterdir()) == []


@brief_training()
def _command(*, events: Path, items: Path, out: Path, store: str, more: list[str] | None = None) -> Any:
    options = ["--events", str(events), "--items", str(items), "--out", str(out), "--set", f"store={store}"]
    return CliRunner().invoke(app, ["batch", *options, *(more or [])])


@brief_training()
def test_the_name_of_the_output_says_its_form(store: str, tmp_path: Path) -> None:
    files = _written({"events": EVENTS, "items": ITEMS}, tmp_path)
    for name, read in (("recs.csv", pd.read_csv), ("recs.jsonl", lambda file: pd.read_json(file, lines=True))):
        batch.recommend(**files, out=tmp_path / name, top_n=2, overrides=[f"store={store}"])
        made = read(tmp_path / name)
        assert list(made.columns) == ["user_id", "rank", "item_id", "score", "reason"]
        assert len(made) == 10


def test_where_no_item_may_be_recommended_the_error_says_so(run: Run) -> None:
    with pytest.raises(DataError, match="no item may be recommended"):
        run(items=ITEMS.assign(available=False))


@brief_training()
def test_data_frames_go_in_and_a_data_frame_comes_out_whose_ids_keep_their_type(store: str, tmp_path: Path) -> None:
    users, items = pd.factorize(EVENTS["user_id"])[0] + 1, {name: row for row, name in enumerate(ITEMS["item_id"])}
    events = EVENTS.assign(user_id=users, item_id=EVENTS["item_id"].map(items))
    numbered = ITEMS.assign(item_id=ITEMS["item_id"].map(items))
    made = batch.recommend(events, numbered, out=tmp_path / "r.parquet", top_n=2, overrides=[f"store={store}"])
    assert pd.read_parquet(tmp_path / "r.parquet")["item_id"].tolist() == made["item_id"].astype(str).tolist()
    assert made["user_id"].tolist() == [user for user in range(1, 6) for _ in range(2)]
    assert made.index.tolist() == list(range(10))
    assert made["item_id"].dtype == numbered["item_id"].dtype
    assert set(made["item_id"]) <= set(numbered["item_id"])


@pytest.mark.parametrize(("day", "seen"), [("2026-03-09", None), ("9.3.2026", "9.3.2026")])
@brief_training()
def test_a_day_may_be_text(day: str, seen: str | None, store: str) -> None:
    if seen is None:
        assert len(batch.recommend(EVENTS, ITEMS, as_of=day, top_n=1, overrides=[f"store={store}"])) == 5
    else:
        with pytest.raises(SettingsError, match="the day cannot be read") as error:
            batch.recommend(EVENTS, ITEMS, as_of=day, overrides=[f"store={store}"])
        assert error.value.seen == seen


def test_a_form_that_nobody_writes_is_refused_before_any_work() -> None:
    with pytest.raises(SettingsError, match=r"\.parquet, \.csv"):
        batch.recommend("no.csv", "no.csv", out="r.xlsx")


@brief_training()
def test_without_files_the_settings_name_them(store: str, tmp_path: Path) -> None:
    files = _written({"events": EVENTS, "items": ITEMS}, tmp_path)
    named = [f'source.{table}="{file}"' for table, file in files.items()]
    made = batch.recommend(top_n=2, overrides=[f"store={store}", "source.kind=files", *named])
    assert len(made) == 10
    assert str(made["score"].dtype) == "float32"


def test_what_is_neither_a_place_nor_a_data_frame_is_refused() -> None:
    with pytest.raises(SettingsError, match="neither a place nor a data frame"):
        batch.recommend([1, 2], ITEMS)


def test_small_numbers_are_no_times_but_may_be_named_as_an_order(run: Run) -> None:
    numbered = EVENTS.assign(occurred_at=range(len(EVENTS)))
    with pytest.raises(DataError, match=r'source\.columns=\{"position": "occurred_at"\}'):
        run(events=numbered, top_n=1)
    made = run(events=numbered, top_n=1, overrides=['source.columns={"position": "occurred_at"}'])
    assert set(made["user_id"]) == {"ann", "bob", "cy", "di", "eve"}


def test_a_row_from_the_future_does_not_decide_the_day(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    last = pd.DataFrame([("ann", "lamp4", "buy", "2099-01-01")], columns=EVENTS.columns)
    with caplog.at_level(logging.INFO):
        run(events=pd.concat([EVENTS, last]), top_n=1)
    assert "as of 2026-03-09" in caplog.text
    assert "1 quarantined: time in the future" in caplog.text
