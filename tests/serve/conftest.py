"""A server in a process of its own, over the one real Postgres."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from recsys.standalone.postgres import Server
from tests.publish.conftest import ask, serving, store, write  # noqa: F401

TOKENS = "reader read r-secret; explainer explain e-secret; shop feedback,catalogue s-secret"


class Client:
    """A client of a server that runs."""

    def __init__(self, port: int, log: Path) -> None:
        self._http, self.log = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20), log

    def get(
        self, path: str, secret: str = "r-secret", headers: dict[str, str] | None = None, **asked: Any
    ) -> httpx.Response:
        """The answer to a token; lists become repeated parameters."""
        sent = {"Authorization": f"Bearer {secret}"} if secret else {}
        return self._http.get(path, params=asked, headers={**sent, **(headers or {})})

    def post(self, path: str, body: object, secret: str = "s-secret") -> httpx.Response:
        """The answer to a body of JSON."""
        return self._http.post(path, json=body, headers={"Authorization": f"Bearer {secret}"})

    def stream(self, path: str, pieces: Iterator[bytes], secret: str = "s-secret") -> httpx.Response:
        """The answer to a body of no stated length."""
        return self._http.post(path, content=pieces, headers={"Authorization": f"Bearer {secret}"})


@contextmanager
def running(dsn: str, folder: Path, **settings: str) -> Iterator[Client]:
    """A server of that store until the block ends."""
    log = folder / "serve.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "RECSYS_DATABASE_URL": dsn,
        "RECSYS_SERVE_TOKENS": TOKENS,
        "RECSYS_HOME": str(folder),
        **settings,
    }
    command = [sys.executable, "-m", "recsys", "serve", "--port", str(port)]
    with log.open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
    try:
        client = Client(port, log)
        await_health(client, process)
        yield client
    finally:
        process.terminate()
        assert process.wait(20) is not None


def await_health(client: Client, process: "subprocess.Popen[bytes]") -> None:
    """Returns when the server answers; fails with its log when it ends before."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, client.log.read_text()
        try:
            assert client.get("/health", secret="").status_code == 200
            return
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError(client.log.read_text())


@pytest.fixture
def server(postgres: Server, store: str, tmp_path: Path) -> Iterator[Client]:  # noqa: F811
    """A server of an empty store."""
    del postgres
    with running(store, tmp_path) as client:
        yield client
