"""MLflow's client is loaded beside the work that is to be recorded."""

import importlib
from queue import Queue

import pytest

from recsys.settings import load
from recsys.tracking.tracker import prepare


def test_the_client_is_loaded_beside_the_caller_where_there_is_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: Queue[str] = Queue()
    monkeypatch.setattr(importlib, "import_module", loaded.put)
    prepare(load(["tracking.uri="]))
    prepare(load(["tracking.uri=http://127.0.0.1:5000"]))
    assert loaded.get(timeout=10) == "mlflow"
    assert loaded.empty()
