import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys import results, stages
from recsys.artifacts import Manifest
from recsys.settings import Settings
from tests.publish.conftest import write_item_lists

EXPLAINED = "SELECT name, before, after, alpha, evidence, donors::text, as_of::text FROM explain(%s)"
DAY = date(2026, 1, 10)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


def write_trace(folder: Path, users: Mapping[str, tuple[list[float], list[float], float]]) -> None:
    """A trace of interests before, after, and alpha, and the names of two interests."""
    donors = [[{"donor": "follows", "share": 1.0, "voices": 2}]] * len(users)
    before, after, alpha = zip(*users.values(), strict=True)
    trace = {
        "user_id": list(users),
        "evidence": [2.0] * len(users),
        "alpha": list(alpha),
        "transferred": list(after),
        "observed": pa.array(list(before), pa.list_(pa.float32())),
        "donors": donors,
    }
    pq.write_table(pa.table(trace), folder / "trace.parquet")
    pq.write_table(pa.table({"interest": [0, 1], "name": ["love", "space"]}), folder / "interests.parquet")


@pytest.fixture
def inputs(write: Write, tmp_path: Path) -> stages.Inputs:
    """What the stages before `publish` made: two shards of one user each."""
    draft = write({"u1": [("a", 1.0), ("b", 0.5)], "u2": [("c", 1.0)]})
    write_trace(tmp_path, {"u1": ([], [0.25, 0.75], 1.0), "u2": ([1.0, 0.0], [0.5, 0.5], 0.5)})
    files = {
        "ingest": draft.items,
        "rank-0": draft.lists[0],
        "rank-1": draft.lists[1],
        "item_lists": write_item_lists(tmp_path, {("similar", "a"): [("b", 0.5)]}),
        "transfer": tmp_path / "trace.parquet",
        "interests": tmp_path / "interests.parquet",
    }
    for name, file in files.items():
        (tmp_path / name).mkdir()
        if name == "ingest":
            pq.write_table(pa.table({"user_id": ["u1", "u2"], "age": ["30", "30"]}), tmp_path / name / "users.parquet")
        shutil.copy(file, tmp_path / name / (file.name if "rank-" not in name else "recommendations.parquet"))

    shutil.copy(draft.fallback, tmp_path / "rank-0")

    def made(stage: str, folder: str) -> Manifest:
        facts = {"model_version": "model-1"} if stage == "ranker" else {}
        return Manifest(stage, str(DAY), f"mark-{folder}", (tmp_path / folder).as_uri(), facts=facts)

    folders = {
        "ingest": ["ingest"],
        "ranker": ["ranker"],
        "rank": ["rank-0", "rank-1"],
        "item_lists": ["item_lists"],
        "transfer": ["transfer"],
        "interests": ["interests"],
        "signals": ["none"],
        "load": ["none"],
    }
    return {stage: tuple(made(stage, folder) for folder in named) for stage, named in folders.items()}


def test_the_stage_publishes_all_shards_once(
    store: str, inputs: stages.Inputs, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", store)
    first, second = (results.run("publish", Settings(), DAY, inputs) for _ in range(2))
    assert first.rows == second.rows == {"users": 2, "recommendations": 3}
    assert first.facts == {"publication": "1", "published": "yes", "as_of": "2026-01-10", "model_version": "model-1"}
    assert second.facts == {**first.facts, "published": "already live"}
    assert ask("SELECT user_id, item_id FROM recommendations ORDER BY user_id, rank") == [
        ("u1", "a"),
        ("u1", "b"),
        ("u2", "c"),
    ]
    assert ask("SELECT manifest ->> 'users' FROM recsys.publication") == [("2",)]
    assert ask(EXPLAINED, "u1") == [
        ("space", 0.0, 0.75, 1.0, 2.0, '{"follows": 1}', "2026-01-10"),
        ("love", 0.0, 0.25, 1.0, 2.0, '{"follows": 1}', "2026-01-10"),
    ]
    assert [row[:3] for row in ask(EXPLAINED, "u2")] == [("love", 1.0, 0.5), ("space", 0.0, 0.5)]
    assert ask(EXPLAINED, "stranger") == []
    assert ask("SELECT rank, item_id, score, publication FROM similar_items('a')") == [(1, "b", 0.5, 1)]


def test_shards_are_loaded_side_by_side_and_shown_when_all_are_there(
    store: str, inputs: stages.Inputs, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", store)
    given = {name: made for name, made in inputs.items() if name != "load"}
    with ThreadPoolExecutor() as pool:
        retried = [pool.submit(results.run, "load", Settings(), DAY, given, shard) for shard in (0, 1, 1, 0)]
    assert [one.result().rows["users"] for one in retried] == [1, 1, 1, 1]
    assert ask("SELECT * FROM recommendations") == []
    assert ask("SELECT status FROM recsys.publication") == [("loading",)]
    results.run("publish", Settings(), DAY, inputs)
    assert ask("SELECT user_id, count(*) FROM recommendations GROUP BY 1 ORDER BY 1") == [("u1", 2), ("u2", 1)]
    assert results.run("load", Settings(), DAY, given, 0).rows == {"users": 0, "recommendations": 0}
