"""The profile `s3`: its store is started by its very command; a stage and MLflow keep there what they make."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from fsspec import AbstractFileSystem
from mlflow import MlflowClient
from PIL import Image

from tests.deploy import compose
from tests.deploy.containers import Site


@pytest.fixture(scope="module")
def changed() -> dict[str, str]:
    return {"ARTIFACTS": "s3://recsys/mlflow"}


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


def test_a_picture_that_is_logged_to_mlflow_lies_in_the_bucket_and_is_read_back(
    store: Site, bucket: AbstractFileSystem
) -> None:
    store.up({"postgres": "postgres", "mlflow": "mlflow"})
    client = MlflowClient(f"http://127.0.0.1:{store.ports['mlflow']}")
    run = client.create_run(client.create_experiment("pictures")).info
    picture = np.array([[[0, 0, 255], [255, 0, 0]]], np.uint8)
    client.log_image(run.run_id, picture, "squares.png")
    assert bucket.find("recsys/mlflow") == [f"recsys/mlflow/{run.experiment_id}/{run.run_id}/artifacts/squares.png"]
    local = client.download_artifacts(run.run_id, "squares.png")
    assert np.array_equal(np.asarray(Image.open(local)), picture)
