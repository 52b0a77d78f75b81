import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recsys import stages
from recsys.artifacts import Manifest
from recsys.settings import Settings

DAY = date(2026, 1, 10)
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def inputs(write: Write, tmp_path: Path) -> stages.Inputs:
    """What the stages before `publish` made: two shards of one user each."""
    draft = write({"u1": [("a", 1.0), ("b", 0.5)], "u2": [("c", 1.0)]})
    files = {"ingest": draft.items, "ranker": draft.fallback, "rank-0": draft.lists[0], "rank-1": draft.lists[1]}
    for name, file in files.items():
        (tmp_path / name).mkdir()
        shutil.copy(file, tmp_path / name / (file.name if "rank-" not in name else "recommendations.parquet"))

    def made(stage: str, folder: str) -> Manifest:
        facts = {"model_version": "model-1"} if stage == "ranker" else {}
        return Manifest(stage, str(DAY), f"mark-{folder}", (tmp_path / folder).as_uri(), facts=facts,
                        metrics={"ndcg@10": 0.1})  # fmt: skip

    folders = {"ingest": ["ingest"], "ranker": ["ranker"], "rank": ["rank-0", "rank-1"], "evaluate": ["none"]}
    return {stage: tuple(made(stage, folder) for folder in named) for stage, named in folders.items()}


def test_the_stage_publishes_all_shards_once(
    store: str, inputs: stages.Inputs, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", store)
    first, second = (stages.run("publish", Settings(), DAY, inputs) for _ in range(2))
    assert first.rows == second.rows == {"users": 2, "recommendations": 3}
    assert first.facts == {"publication": "1", "published": "yes", "as_of": "2026-01-10", "model_version": "model-1"}
    assert second.facts == {**first.facts, "published": "already live"}
    assert ask("SELECT user_id, item_id FROM recommendations ORDER BY user_id, rank") == [
        ("u1", "a"), ("u1", "b"), ("u2", "c"),
    ]  # fmt: skip
    assert ask("SELECT manifest #>> '{metrics,ndcg@10}', manifest ->> 'users' FROM recsys.publication") == [
        ("0.1", "2")
    ]
