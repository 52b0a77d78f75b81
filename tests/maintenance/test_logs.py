import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recsys.maintenance.logs import Removed, remove_old

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BEFORE = NOW - timedelta(days=30)


def write(file: Path, days: float, text: str = "12345") -> Path:
    """A file last written so many days ago, in folders of the same age."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    age(file, days)
    return file


def age(path: Path, days: float) -> None:
    os.utime(path, ((NOW - timedelta(days=days)).timestamp(),) * 2, follow_symlinks=False)


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def test_old_files_go_with_their_folders_and_young_files_stay(tmp_path: Path) -> None:
    write(tmp_path / "dag_processor/2026-04-01/daily.py.log", 60)
    write(tmp_path / "dag_id=daily/run_id=1/task_id=rank/attempt=1.log", 31)
    write(tmp_path / "dag_id=daily/run_id=2/task_id=rank/attempt=1.log", 29)
    assert remove_old(tmp_path, BEFORE) == Removed(2, 10)
    assert left(tmp_path) == ["dag_id=daily/run_id=2/task_id=rank/attempt=1.log"]
    assert not (tmp_path / "dag_processor").exists()
    assert not (tmp_path / "dag_id=daily/run_id=1").exists()
    assert remove_old(tmp_path, BEFORE) == Removed(0, 0)


def test_the_last_run_of_each_dag_keeps_all_of_its_files(tmp_path: Path) -> None:
    for dag, days in (("weekly", (90, 80)), ("yearly", (400,))):
        for number, age_days in enumerate(days):
            write(tmp_path / f"dag_id={dag}/run_id={number}/task_id=a/attempt=1.log", age_days)
    write(tmp_path / "dag_id=weekly/run_id=1/task_id=b/attempt=1.log", 85)
    assert remove_old(tmp_path, BEFORE).files == 1
    assert left(tmp_path) == [
        "dag_id=weekly/run_id=1/task_id=a/attempt=1.log",
        "dag_id=weekly/run_id=1/task_id=b/attempt=1.log",
        "dag_id=yearly/run_id=0/task_id=a/attempt=1.log",
    ]


def test_a_run_that_was_cleared_in_part_does_not_pass_for_the_last(tmp_path: Path) -> None:
    write(tmp_path / "dag_id=daily/run_id=old/task_id=a/attempt=1.log", 90)
    write(tmp_path / "dag_id=daily/run_id=new/task_id=a/attempt=1.log", 40)
    write(tmp_path / "dag_id=daily/run_id=old/young", 89)
    (tmp_path / "dag_id=daily/run_id=old/young").unlink()  # the folder itself is of today now
    remove_old(tmp_path, BEFORE)
    assert left(tmp_path) == ["dag_id=daily/run_id=new/task_id=a/attempt=1.log"]


def test_links_are_neither_followed_nor_removed(tmp_path: Path) -> None:
    outside = [write(tmp_path / f"outside/{name}", 90) for name in ("a.log", "dag_id=x/run_id=1/b.log")]
    logs = tmp_path / "logs"
    write(logs / "dag_processor/old.log", 90)
    (logs / "folder").symlink_to(tmp_path / "outside")
    (logs / "dag_id=linked").symlink_to(tmp_path / "outside/dag_id=x")
    (logs / "file.log").symlink_to(outside[0])
    (logs / "dag_id=y").mkdir()
    (logs / "dag_id=y/run_id=1").symlink_to(tmp_path / "outside")
    for link in (logs / "folder", logs / "file.log", logs / "dag_id=linked", logs / "dag_id=y/run_id=1"):
        age(link, 90)
    assert remove_old(logs, BEFORE).files == 1
    assert all(file.exists() for file in outside)
    assert left(logs) == ["dag_id=linked", "dag_id=y/run_id=1", "file.log", "folder"]


def test_an_empty_folder_that_a_task_just_made_stays(tmp_path: Path) -> None:
    young, old = tmp_path / "dag_id=daily/run_id=1", tmp_path / "dag_processor/2026-01-01"
    for folder in (young, old):
        folder.mkdir(parents=True)
        age(folder, 90 if folder is old else 0)
    remove_old(tmp_path, BEFORE)
    assert young.exists()
    assert not old.exists()
