"""The profile `s3`: its store is started by its very command, and a stage keeps what it made there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from tests.deploy import compose
from tests.deploy.containers import Site


def pair() -> int:
    """A free port whose sum with 10,000 is free as well: there SeaweedFS listens for its own."""
    for port in range(20_000 + os.getpid() % 5_000, 30_000):
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@pytest.fixture(scope="module")
def store(cluster: Site) -> Site:
    """A site whose object store answers."""
    service = cluster.services["s3"]
    # A container has these ports to itself.
    others = [f"-{part}.port={pair() + number}" for number, part in enumerate(("master", "filer", "volume", "admin"))]
    cluster.services = {**cluster.services, "s3": {**service, "command": [*service["command"], *others]}}
    cluster.ports = {**cluster.ports, "s3": pair() + 50}
    cluster.seconds["s3-owner"] = 0.0  # a folder made here has its owner already
    cluster.up({"s3": "s3"})
    return cluster


def ingest(site: Site, **changed: str) -> subprocess.CompletedProcess[str]:
    """What the stage `ingest` says, with a worker's variables and the store in the bucket; no Postgres runs."""
    nothing = {"RECSYS_FEEDBACK__AS_EVENTS": "false", "RECSYS_FEEDBACK__FATIGUE_IMPRESSIONS": "0"}
    bucket = {"RECSYS_STORE": "s3://recsys/store", **nothing, **changed}
    environment = {**site.environment("worker", "worker"), **bucket}
    command = [sys.executable, "-m", "recsys", "run", "ingest", "--as-of", "2026-01-05"]
    return subprocess.run(command, env=environment, cwd=compose.ROOT, check=False, text=True, capture_output=True)


def made(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert isinstance(manifest, dict)
    return manifest


def test_a_stage_keeps_what_it_made_in_the_bucket_and_finds_it_again(store: Site) -> None:
    first, second = made(ingest(store)), made(ingest(store))
    assert first["uri"].startswith("s3://recsys/store/ingest/as_of=2026-01-05/")
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["rows"]["events"] == second["rows"]["events"] == 360


def test_without_the_keys_the_bucket_is_closed(store: Site) -> None:
    done = ingest(store, AWS_SECRET_ACCESS_KEY="another")
    assert done.returncode != 0
    assert "360" not in done.stdout
