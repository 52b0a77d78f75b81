"""What all tests share: the one real Postgres, the one real MLflow, and small histories, literal or in files."""

import os
import random
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from xdist.scheduler import LoadScopeScheduling

from recsys.events.interactions import Interactions
from recsys.standalone import postgres as embedded
from recsys.standalone import processes, services
from recsys.standalone.postgres import Server

pytest.register_assert_rewrite("tests.transfer.donor_contract")

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""Bytecode is kept: scores of processes import the same packages, and compiling takes longer than all else of that."""

settings.register_profile("any machine", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("any machine")


LONGEST_FIRST = ("dags", "chaos", "training", "publish", "integration", "benchmarks", "deploy")
"""Rooms that take longest: to begin with them leaves the processes done at about the same time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest rooms first; what takes many minutes is marked, and run by `make test-slow`."""

    def turn(item: pytest.Item) -> int:
        room = item.path.relative_to(item.config.rootpath).parts[1]
        return LONGEST_FIRST.index(room) if room in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=turn)
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent / "operations"):
            item.add_marker(pytest.mark.slow)


class ByRoom(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of a room share what is slow to make, so one process runs them all."""

    def _split_scope(self, nodeid: str) -> str:
        return "/".join(nodeid.partition("::")[0].split("/")[:2])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByRoom:
    """How `-n` shares the tests out."""
    return ByRoom(config, log)


def free_port() -> int:
    """A port that nothing uses, below those that the system gives to connections, which could take it meanwhile."""
    for port in random.SystemRandom().sample(range(15_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("of a hundred ports none is free")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running embedded Postgres on a free port."""
    home = Path(tempfile.mkdtemp(prefix="recsys-test-postgres-"))
    home.chmod(0o755)
    try:
        yield embedded.start(home, free_port())
    finally:
        embedded.stop(home, "immediate")
        shutil.rmtree(home)


@pytest.fixture
def database(postgres: Server) -> str:
    """Connection string of an empty database that its role owns."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    return postgres.create_database(name, name)


@pytest.fixture(scope="session")
def mlflow_uri(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running MLflow server on that Postgres."""
    home, ports = tmp_path_factory.mktemp("mlflow"), {"mlflow": free_port()}
    uri, dsn = services.mlflow_url(ports), postgres.create_database("mlflow", "mlflow")

    def answers() -> bool:
        try:
            return httpx.get(f"{uri}/health").is_success
        except httpx.HTTPError:
            return False

    try:
        processes.start(home, services.mlflow_service(home, ports, dsn))
        processes.await_ready(home, "mlflow", answers)
        yield uri
    finally:
        processes.stop(home, "mlflow")


TASTES = (("space war robot planet", "science fiction"), ("love wedding summer paris", "romance"))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files of 40 items and 30 users who each play 12 on 2026-01-01: even users even items, odd users odd ones."""
    folder, rng = tmp_path_factory.mktemp("shop"), np.random.default_rng(5)
    items = [
        {
            "item_id": f"i{number:02}",
            "title": f"{TASTES[number % 2][0].split()[number % 4]} {number}",
            "category": TASTES[number % 2][1],
            "description": TASTES[number % 2][0],
        }
        for number in range(40)
    ]
    events = [
        {
            "user_id": f"u{user:02}",
            "item_id": f"i{item:02}",
            "action": "play",
            "occurred_at": pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=hour),
        }
        for user in range(30)
        for hour, item in enumerate(rng.choice(np.arange(user % 2, 40, 2), 12, replace=False))
    ]
    for name, rows in {"events": events, "items": items}.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
    return {name: str(folder / f"{name}.parquet") for name in ("events", "items")}


Event = tuple[int, int, float, float]


@pytest.fixture(scope="session")
def history() -> Callable[..., Interactions]:
    """Interactions of literal events (user, item, weight, day), in any order."""

    def build(events: Sequence[Event], n_users: int, n_items: int) -> Interactions:
        ordered = sorted(events, key=lambda event: (event[0], event[3]))
        user, item, weight, day = np.array(ordered, float).reshape(-1, 4).T
        return Interactions(
            user.astype(np.int32), item.astype(np.int32), weight.astype(np.float32), day, n_users, n_items
        )

    return build


@pytest.fixture(scope="session")
def histories(history: Callable[..., Interactions]) -> st.SearchStrategy[Interactions]:
    """Any interactions of five users and six items in a month of whole days, so that many happen at once."""
    event = st.tuples(
        st.integers(0, 4), st.integers(0, 5), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]), st.integers(0, 30)
    )
    return st.lists(event, max_size=40).map(lambda events: history(events, 5, 6))
