"""What a StatsD server is sent of requests, over a real UDP socket."""

import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from recsys.serve.timing import Timing
from tests.serve.conftest import running

ASKED = [("/health", 200), ("/recommend", 503), ("/nowhere/secretive", 404)]
SENT = ("health.200", "health.200", "recommend.503", "none.404", "none.401")
"""What is sent of these, after a request that asked whether the server is there, and before one without a token."""


def test_every_request_is_timed_by_route_and_status_and_nothing_of_it_is_sent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd:
        statsd.bind(("127.0.0.1", 0))
        statsd.settimeout(20)
        to = {"RECSYS_MONITOR__STATSD_HOST": "127.0.0.1", "RECSYS_MONITOR__STATSD_PORT": str(statsd.getsockname()[1])}
        with running("postgresql://127.0.0.1:9/away", tmp_path, **to) as server:
            assert [server.get(path, user_id="secretive").status_code for path, _ in ASKED] == [
                status for _, status in ASKED
            ]
            assert server.post("/set_available", {}, "wrong").status_code == 401
            sent = [statsd.recv(2000).decode() for _ in range(5)]
    forms = [re.sub(r":[\d.]+\|ms$", "", timing) for timing in sent]
    assert forms == [f"recsys.serve.{name}" for name in SENT]


def test_a_request_that_ends_with_an_exception_is_timed_as_500() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    sent: list[str] = []
    client = SimpleNamespace(timing=lambda stat, milliseconds: sent.append(stat))
    with pytest.raises(RuntimeError):
        TestClient(Timing(broken, client)).get("/")
    assert sent == ["none.500"]


def test_a_host_that_nobody_knows_stops_no_server(tmp_path: Path) -> None:
    settings = {"RECSYS_MONITOR__STATSD_HOST": "nowhere.invalid"}
    with running("postgresql://127.0.0.1:9/away", tmp_path, **settings) as server:
        assert server.get("/health").status_code == 200
        assert "no timings are sent to nowhere.invalid" in server.log.read_text()
