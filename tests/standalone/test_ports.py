import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.errors import TransientError
from recsys.standalone import ports


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
    """The usual ports of these tests lie above one that is busy, so that they disturb no real service."""
    monkeypatch.setattr(ports, "USUAL", {"mlflow": busy, "airflow": busy})


def test_a_busy_port_is_passed_over_and_who_holds_it_is_told(tmp_path: Path, busy: int) -> None:
    told: list[str] = []
    chosen = ports.assign(tmp_path, (), told.append)
    assert chosen["mlflow"] > busy
    assert told[0].startswith(f"port {busy} is taken by ")
    assert f"(pid {os.getpid()}): mlflow uses {chosen['mlflow']}" in told[0]


def test_two_services_never_share_a_port(tmp_path: Path) -> None:
    chosen = ports.assign(tmp_path, (), lambda _: None)
    assert chosen["mlflow"] != chosen["airflow"]


def test_the_ports_of_the_last_start_are_taken_again(tmp_path: Path) -> None:
    first = ports.assign(tmp_path, (), lambda _: None)
    assert ports.assign(tmp_path, (), lambda _: None) == first


def test_a_running_service_keeps_its_port_though_it_is_busy(tmp_path: Path, busy: int) -> None:
    (tmp_path / "ports.json").write_text(json.dumps({"mlflow": busy}))
    assert ports.assign(tmp_path, ("mlflow",), lambda _: None)["mlflow"] == busy


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"mlflow": "x"}'])
def test_a_damaged_memory_of_ports_is_forgotten(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    assert ports.remembered(tmp_path) == {}


def test_no_free_port_is_said_with_the_range_that_was_tried(monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
    monkeypatch.setattr(ports, "SPAN", 1)
    with pytest.raises(TransientError, match=f"seen: {busy} to {busy} are taken"):
        ports.next_free("mlflow", ())
