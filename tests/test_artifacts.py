import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from recsys import artifacts
from recsys.artifacts import Manifest, Store, fingerprint
from recsys.leftovers import ABANDONED_SECONDS

DAY = "2024-01-31"
Write = Callable[[Path], Manifest]


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store on a disk, and one that has no rename."""
    return Store(str(tmp_path / "store") if request.param == "disk" else f"memory://{uuid.uuid4().hex}")


def writing(store: Store, text: str, before: Callable[[], object] = lambda: None) -> Write:
    def write(folder: Path) -> Manifest:
        (folder / "part").mkdir()
        (folder / "part" / "deep.txt").write_text(text)
        (folder / "data.txt").write_text(text)
        before()
        return Manifest("toy", DAY, "mark", store.folder("toy", DAY, "mark"), facts={"text": text})

    return write


def files(store: Store) -> list[str]:
    return list(store.filesystem.find(store.root)) if store.filesystem.exists(store.root) else []


def test_what_is_committed_is_found_again_with_its_files(store: Store) -> None:
    assert store.find("toy", DAY, "mark") is None
    made = store.commit("toy", DAY, "mark", writing(store, "hello"))
    assert store.find("toy", DAY, "mark") == made
    assert made.path("data.txt").read_text() == "hello"
    assert made.path("part/deep.txt").read_text() == "hello"


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        store.commit("toy", DAY, "mark", writing(store, "half", before=fail))
    assert store.find("toy", DAY, "mark") is None
    assert files(store) == []


def test_nothing_can_be_found_before_the_commit(store: Store) -> None:
    seen: list[Manifest | None] = []
    store.commit("toy", DAY, "mark", writing(store, "x", before=lambda: seen.append(store.find("toy", DAY, "mark"))))
    assert seen == [None]


def test_two_racers_agree_on_what_the_first_committed(tmp_path: Path) -> None:
    store, made, meet = Store(str(tmp_path)), [], threading.Barrier(2, timeout=30)

    def race(text: str) -> None:
        made.append(store.commit("toy", DAY, "mark", writing(store, text, before=meet.wait)))

    racers = [threading.Thread(target=race, args=(text,)) for text in ("one", "other")]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    first, second = made
    assert first == second == store.find("toy", DAY, "mark")
    assert first.path("data.txt").read_text() == first.facts["text"]
    assert sorted(Path(file).name for file in files(store)) == ["data.txt", "deep.txt", "manifest.json"]


def test_a_later_run_keeps_what_is_committed(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    first = store.commit("toy", DAY, "mark", writing(store, "first"))
    assert store.commit("toy", DAY, "mark", writing(store, "second")) == first
    assert first.path("data.txt").read_text() == "first"


def test_what_a_cleaning_that_was_killed_left_is_made_anew(store: Store) -> None:
    store.commit("toy", DAY, "mark", writing(store, "old"))
    store.filesystem.rm_file(f"{store.root}/toy/as_of={DAY}/mark/{artifacts.MANIFEST_FILE}")
    again = store.commit("toy", DAY, "mark", writing(store, "new"))
    assert store.find("toy", DAY, "mark") == again
    assert again.path("data.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("file", "content"),
    [("part/deep.txt", b"ol"), ("data.txt", None), ("manifest.json", b'{"stage"'), ("manifest.json", b"")],
)
def test_a_result_with_a_file_that_is_cut_short_or_gone_is_no_result_and_is_made_anew(
    store: Store, file: str, content: bytes | None
) -> None:
    uri = store.commit("toy", DAY, "mark", writing(store, "old")).uri
    path = f"{store.root}/toy/as_of={DAY}/mark/{file}"
    store.filesystem.rm_file(path) if content is None else store.filesystem.pipe_file(path, content)
    assert store.find("toy", DAY, "mark") is None
    assert list(store.earlier("toy", "2024-02-01")) == []
    assert not artifacts.is_whole(uri)
    again = store.commit("toy", DAY, "mark", writing(store, "new"))
    assert store.find("toy", DAY, "mark") == again
    assert again.path("part/deep.txt").read_text() == "new"


def test_a_result_of_an_earlier_version_which_noted_no_sizes_is_found(store: Store) -> None:
    made = store.commit("toy", DAY, "mark", writing(store, "x"))
    path = f"{store.root}/toy/as_of={DAY}/mark/{artifacts.MANIFEST_FILE}"
    store.filesystem.pipe_file(path, json.dumps(made.to_dict()).encode())
    assert store.find("toy", DAY, "mark") == made


def test_other_users_of_the_machine_may_read_what_is_committed(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    made = store.commit("toy", DAY, "mark", writing(store, "x"))
    assert made.path("").stat().st_mode & 0o777 == 0o755


def test_on_an_object_store_the_manifest_is_written_last(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"memory://{uuid.uuid4().hex}")
    put = store.filesystem.put
    order: list[str] = []

    def noting(source: list[str], target: list[str]) -> None:
        order.extend(Path(path).name for path in target)
        put(source, target)

    monkeypatch.setattr(store.filesystem, "put", noting)
    store.commit("toy", DAY, "mark", writing(store, "x"))
    assert set(order) == {"data.txt", "deep.txt", "manifest.json"}
    assert order[-1] == "manifest.json"


def test_a_remote_artifact_is_fetched_once() -> None:
    store = Store(f"memory://{uuid.uuid4().hex}")
    made = store.commit("toy", DAY, "mark", writing(store, "x"))
    first = made.path("data.txt")
    fsspec.filesystem("memory").rm(store.root, recursive=True)
    assert made.path("data.txt") == first
    assert first.read_text() == "x"


def test_what_a_process_fetched_goes_with_it() -> None:
    code = (
        "import fsspec; from recsys.artifacts import local_copy;"
        "fsspec.filesystem('memory').pipe('/made/data.txt', b'x'); here = local_copy('memory://made');"
        "assert (here / 'data.txt').exists(); print(here)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not Path(said.strip()).exists()


def test_a_manifest_survives_json() -> None:
    made = Manifest("toy", DAY, "mark", "file:///x", {"rows": 3}, {"ndcg": 0.5}, {"who": "Zoë"}, 1.5, 80.0, True)
    assert Manifest.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_a_fingerprint_knows_parts_by_content_and_not_by_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert len({fingerprint(*parts) for parts in [("ab",), ("a", "b"), ("b", "a"), (["a", "b"],), (1,), ("1",)]}) == 6


def test_what_a_killed_process_left_aside_goes_after_a_day_and_what_is_being_written_stays(tmp_path: Path) -> None:
    here = tmp_path / "toy" / f"as_of={DAY}"
    for name, age in (("killed", 2 * ABANDONED_SECONDS), ("writing", 0)):
        (here / f"{artifacts.ASIDE}{name}").mkdir(parents=True)
        os.utime(here / f"{artifacts.ASIDE}{name}", (time.time() - age,) * 2)
    store = Store(str(tmp_path))
    store.commit("toy", DAY, "mark", writing(store, "x"))
    assert {path.name for path in here.iterdir()} == {"mark", f"{artifacts.ASIDE}writing"}


def test_earlier_results_come_latest_day_first_and_only_when_they_are_whole(store: Store) -> None:
    for day, mark in [("2024-01-01", "a"), ("2024-01-02", "b"), ("2024-01-02", "c"), ("2024-01-03", "d")]:
        store.commit("toy", day, mark, lambda _, day=day, mark=mark: Manifest("toy", day, mark, ""))  # type: ignore[misc]
    store.filesystem.makedirs(f"{store.root}/toy/as_of=2024-01-02/{artifacts.ASIDE}x", exist_ok=True)
    assert [manifest.fingerprint for manifest in store.earlier("toy", "2024-01-03")] == ["c", "b", "a"]
    assert list(store.earlier("other", "2024-01-03")) == []
