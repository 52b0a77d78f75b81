from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.artifacts import Manifest
from recsys.evaluation.columns import BY_DAY
from recsys.settings import Settings, load
from recsys.tracking.origin import Origin

ARMS = {
    "recsys": 0.101,
    "recsys without transfer": 0.096,
    "ease": 0.070,
    "recent popularity": 0.046,
    "popularity": 0.041,
    "source document": 0.011,
}
INTERESTS = """Slapstick comedy, 80s
Space opera and science fiction
Courtroom drama
Film noir, crime, thriller
Animated musicals for children
War, history
Romance, Jane Austen
Documentary: music and nature
Horror, zombies
Western
Heist and con artists, twist endings, caper comedies
Martial arts""".splitlines()
SEGMENTS = [(0, "0"), (5, "1-5"), (20, "6-20"), (100, "21-100"), (10_000, "over 100")]


@pytest.fixture
def settings(mlflow_uri: str, request: pytest.FixtureRequest) -> Settings:
    """Settings that track into an experiment of the test's own."""
    return load([f"tracking.uri={mlflow_uri}", f"tracking.experiment={request.node.name}"])


@pytest.fixture
def origin() -> Origin:
    return Origin("http://airflow.test:8080", "recsys_daily", "manual__1", "ingest", -1, 1, date(2026, 1, 5))


@pytest.fixture
def ingested(tmp_path: Path) -> Manifest:
    rows = {"events": 100, "items": 40, "users": 30, "follows": 0, "quarantined": 2, "quarantined: no text (items)": 2}
    return Manifest(
        "ingest",
        "2026-01-05",
        "f1",
        str(tmp_path),
        rows,
        {},
        {"dataset_digest": "d1", "source": "files"},
        seconds=1.5,
        peak_memory_mb=200.0,
    )


@pytest.fixture
def evaluated(tmp_path: Path) -> Manifest:
    """An evaluation of six arms, warm and cold, shaped like the real one."""
    rows = [
        (protocol, arm, "all", metric, *interval)
        for protocol in ("warm", "cold-0", "cold-1", "cold-3", "cold-5", "cold-10")
        for arm, ndcg in ARMS.items()
        for metric, interval in _scores(protocol, arm, ndcg).items()
    ]
    rows += [
        ("warm", arm, "31+", metric, 0.2, 0.15, 0.25, 90)
        for arm in ("recsys", "popularity")
        for metric in ("ndcg@10", "mrr")
    ]
    columns = ["protocol", "arm", "segment", "metric", "value", "low", "high", "users"]
    pd.DataFrame(rows, columns=columns).to_parquet(tmp_path / "metrics.parquet")
    pd.DataFrame([], columns=BY_DAY).to_parquet(tmp_path / "hindsight.parquet")
    return Manifest("evaluate", "2026-01-05", "f7", str(tmp_path))


@pytest.fixture
def looked_back(tmp_path: Path) -> Manifest:
    """An evaluation of a day without a backtest: hindsight of six days, one of a week left out."""
    rows = [
        ("hindsight", arm, "all", metric, *interval)
        for arm, ndcg in ARMS.items()
        if arm != "source document"
        for metric, interval in _scores("warm", arm, ndcg / 2).items()
    ]
    columns = ["protocol", "arm", "segment", "metric", "value", "low", "high", "users"]
    pd.DataFrame(rows, columns=columns).to_parquet(tmp_path / "metrics.parquet")
    days = [
        (f"2026-01-{day:02}", arm, 400 + 20 * day, value, value - 0.008, value + 0.009)
        for day in (1, 2, 3, 5, 6, 7)
        for arm, ndcg in ARMS.items()
        if arm != "source document"
        for value in [ndcg / 2 * (1 + 0.03 * day + 0.1 * (day * len(arm) % 3 - 1))]
    ]
    pd.DataFrame(days, columns=BY_DAY).to_parquet(tmp_path / "hindsight.parquet")
    return Manifest("evaluate", "2026-01-08", "f8", str(tmp_path))


def _scores(protocol: str, arm: str, ndcg: float) -> dict[str, tuple[float, float, float, int]]:
    known = 1.0 if protocol == "warm" else (1 + int(protocol.removeprefix("cold-"))) ** 0.3 / 2.2
    value, users = ndcg * (known if arm not in {"popularity", "recent popularity"} else 1.0), 500
    found = {"ndcg@10": (value, value - 0.009, value + 0.011, users)}
    if protocol == "warm":
        found |= {
            "coverage": (min(1.0, value * 3), np.nan, np.nan, users),
            "diversity": (0.9 - 2 * value, 0.5, 0.9, users),
            "novelty": (7 + 20 * value, 7.0, 10.0, users),
        }
    return found


@pytest.fixture
def transferred(tmp_path: Path) -> tuple[Manifest, dict[str, tuple[Manifest, ...]]]:
    """A transfer over 300 users, and the interests that it read."""
    rng = np.random.default_rng(3)
    pd.DataFrame({"interest": range(len(INTERESTS)), "name": INTERESTS, "items": 10}).to_parquet(
        tmp_path / "interests.parquet"
    )
    pd.DataFrame([_traced(number, rng) for number in range(300)]).to_parquet(tmp_path / "trace.parquet")
    interests = Manifest("interests", "2026-01-05", "f3", str(tmp_path))
    return Manifest("transfer", "2026-01-05", "f4", str(tmp_path)), {"interests": (interests,)}


def _traced(number: int, rng: np.random.Generator) -> dict[str, object]:
    events = int(10 ** rng.uniform(0, 3)) if number >= 10 else 0
    evidence, segment = events * 0.7, next(name for most, name in SEGMENTS if events <= most)
    alpha = {"0": 1.0, "1-5": 8 / (8 + evidence), "6-20": 5 / (5 + evidence)}.get(segment, 3 / (3 + evidence))
    observed, source = rng.dirichlet(np.full(len(INTERESTS), 0.3)), rng.dirichlet(np.full(len(INTERESTS), 1.0))
    return {
        "user_id": f"u{number}",
        "evidence": evidence,
        "events": events,
        "segment": segment,
        "alpha": alpha,
        "observed": observed if events else [],
        "transferred": (1 - alpha) * observed + alpha * source,
        "donors": [
            {"donor": "neighbours", "share": 0.7, "voices": 50},
            {"donor": "population", "share": 0.3, "voices": 671},
        ],
    }
