import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.artifacts import Manifest, Store
from recsys.privacy.files import Files, Presence

ANN = "ann-12345678"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A day with Ann in events, follows, quarantine and lists; another day without her."""
    for day in ("as_of=2026-01-01", "as_of=2026-01-02"):
        for stage in ("ingest", "rank", "interests"):
            (tmp_path / stage / day / "mark").mkdir(parents=True)
    first = tmp_path / "ingest" / "as_of=2026-01-01" / "mark"
    pd.DataFrame({"user_id": [ANN, "bob", ANN], "item_id": ["i1", ANN, "i2"]}).to_parquet(first / "events.parquet")
    pd.DataFrame({"follower_id": ["bob", "cid"], "followee_id": [ANN, "bob"]}).to_parquet(first / "follows.parquet")
    pd.DataFrame({"content": [f'{{"user_id":"{ANN}"}}', '{"user_id":null}']}).to_parquet(first / "quarantine.parquet")
    pd.DataFrame({"user_id": [ANN, "bob"], "item_ids": [["i1"], [ANN]]}).to_parquet(
        tmp_path / "rank" / "as_of=2026-01-01" / "mark" / "recommendations.parquet"
    )
    for day in ("as_of=2026-01-01", "as_of=2026-01-02"):
        np.savez(tmp_path / "interests" / day / "mark" / "observed.npz", evidence=np.ones(2))
        numbered = tmp_path / "ingest" / day / "mark" / "numbered"
        numbered.mkdir()
        np.save(numbered / "user.npy", np.zeros(2, np.int32))
    pd.DataFrame({"user_id": ["bob"]}).to_parquet(tmp_path / "ingest" / "as_of=2026-01-02" / "mark" / "events.parquet")
    return tmp_path


def test_rows_of_a_user_go_and_all_others_stay(store: Path) -> None:
    changes = {change.file.removeprefix(f"{store}/"): change.rows for change in Files(str(store)).remove(ANN)}
    day = "as_of=2026-01-01/mark"
    assert changes == {
        f"ingest/{day}/events.parquet": 2,
        f"ingest/{day}/follows.parquet": 1,
        f"ingest/{day}/quarantine.parquet": 1,
        f"rank/{day}/recommendations.parquet": 1,
        f"interests/{day}/observed.npz": 0,
        f"ingest/{day}/numbered/user.npy": 0,
    }
    assert pd.read_parquet(store / "ingest" / day / "events.parquet")["item_id"].tolist() == [ANN]
    assert not (store / "interests" / day / "observed.npz").exists()
    assert not list(store.glob(f"ingest/{day}/numbered/*"))
    for file in ("interests/{}/observed.npz", "ingest/{}/numbered/user.npy"):
        assert (store / file.format("as_of=2026-01-02/mark")).exists()
    assert Files(str(store)).remove(ANN) == []


def test_a_result_stays_whole_without_the_rows_and_files_of_a_user(tmp_path: Path) -> None:
    store, day = Store(str(tmp_path)), "2026-01-01"

    def write(folder: Path) -> Manifest:
        pd.DataFrame({"user_id": [ANN, "bob"]}).to_parquet(folder / "events.parquet")
        (folder / "numbered").mkdir()
        np.save(folder / "numbered" / "user.npy", np.zeros(2, np.int32))
        (folder / "kept.txt").write_text("no user")
        return Manifest("ingest", day, "mark", store.folder("ingest", day, "mark"))

    made = store.commit("ingest", day, "mark", write)
    assert len(Files(str(tmp_path)).remove(ANN)) == 2
    assert store.find("ingest", day, "mark") == made
    made.path("kept.txt").write_text("")
    assert store.find("ingest", day, "mark") is None


def test_files_by_row_go_though_the_first_try_was_cut_off(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(path: str, *given: object) -> None:
        raise OSError(path)

    with monkeypatch.context() as patch:
        patch.setattr(Files, "_remove", cut_off)
        with pytest.raises(OSError):
            Files(str(store)).remove(ANN)
    Files(str(store)).remove(ANN)
    assert sorted(path.parts[-4] for path in store.rglob("*.np[yz]")) == ["as_of=2026-01-02", "interests"]


def test_a_user_is_present_on_days_with_rows_and_from_the_first_event_on(store: Path) -> None:
    assert Files(str(store)).presence(ANN) == Presence(frozenset({"as_of=2026-01-01"}), "")
    moments = pd.to_datetime(["2026-01-03T09:00Z", "2026-01-02T09:00Z", "2025-01-01T09:00Z"])
    rows = pd.DataFrame({"user_id": [ANN, ANN, "bob"], "occurred_at": moments})
    rows.to_parquet(store / "ingest" / "as_of=2026-01-02" / "mark" / "events.parquet")
    found = Files(str(store)).presence(ANN)
    days = ["as_of=2025-12-31", "as_of=2026-01-01", "as_of=2026-01-02", "as_of=2026-02-01"]
    assert [found.at(day) for day in days] == [False, True, True, True]
    assert not Files(str(store)).presence("nobody").at("as_of=2026-01-01")


def test_a_search_finds_a_user_in_any_kind_of_file_and_items_are_no_users(store: Path) -> None:
    files = Files(str(store))
    assert len(files.search(ANN)[1]) == 4
    files.remove(ANN)
    assert files.search(ANN) == (7, [])
    (store / "notes.json").write_text(f'["{ANN}"]')
    (store / "model.npy").write_bytes(b"\0\1" + ANN.encode())
    pd.DataFrame({"reasons": [[f"like {ANN}"]]}).to_parquet(store / "lists.parquet")
    assert [Path(file).name for file in files.search(ANN)[1]] == ["lists.parquet", "model.npy", "notes.json"]


@pytest.mark.parametrize("user_id", ["a/b", "shop/ann-12345678", 'Zo\u00eb "/" \\'])
def test_a_bad_row_is_found_however_its_json_escapes_the_id(tmp_path: Path, user_id: str) -> None:
    plain, file = json.dumps({"user_id": user_id}, ensure_ascii=False), tmp_path / "quarantine.parquet"
    other = '{"user_id":"a","note":"b/c"}'
    pd.DataFrame({"content": [plain, plain.replace("/", r"\/"), other]}).to_parquet(file)
    files = Files(str(tmp_path))
    assert files.search(user_id) == (1, [str(file)])
    assert [change.rows for change in files.remove(user_id)] == [2]
    assert files.search(user_id) == (1, [])
    assert pd.read_parquet(file)["content"].tolist() == [other]
