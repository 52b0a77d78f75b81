"""Reads over HTTP beside the same reads by psycopg2: as many clients of each, threads of one process."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import psycopg2

from benchmarks.publish.reading import CLIENTS, SECONDS, Read

TOKEN = "benchmark"
LENGTH = re.compile(rb"content-length: (\d+)")
Call = Callable[[str], None]


def rates(dsn: str, folder: Path, users: int) -> dict[str, Read]:
    """Reads a second, and how long they take, by psycopg2 and over HTTP."""
    with serving(dsn, folder) as port:
        return {"psycopg2": _read(lambda: _by_psycopg2(dsn), users), "HTTP": _read(lambda: _over_http(port), users)}


@contextmanager
def serving(dsn: str, folder: Path) -> Iterator[int]:
    """Port of a server of one process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {
        **os.environ,
        "RECSYS_SERVE_DATABASE_URL": dsn,
        "RECSYS_SERVE_TOKENS": f"benchmark read {TOKEN}",
        "RECSYS_HOME": str(folder),
    }
    server = subprocess.Popen([sys.executable, "-m", "recsys", "serve", "--port", str(port)], env=environment)
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _await(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def _read(client: Callable[[], Iterator[Call]], users: int) -> Read:
    """CLIENTS threads that read random users, one after another, for SECONDS."""
    until = time.monotonic() + SECONDS

    def run(seed: int) -> list[float]:
        took, random = [], np.random.default_rng(seed)
        for call in client():
            while (began := time.perf_counter()) and time.monotonic() < until:
                call(f"user-{random.integers(users):08}")
                took.append(time.perf_counter() - began)
        return took

    with ThreadPoolExecutor(CLIENTS) as threads:
        took = np.concatenate(list(threads.map(run, range(CLIENTS)))) * 1000
    return Read(round(len(took) / SECONDS), *np.quantile(took, [0.5, 0.99]).round(2), 0)


def _by_psycopg2(dsn: str) -> Iterator[Call]:
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        db.autocommit = True

        def call(user: str) -> None:
            cursor.execute("SELECT * FROM recommend(%s, 20)", (user,))
            assert len(cursor.fetchall()) == 20

        yield call


def _over_http(port: int) -> Iterator[Call]:
    """A client that does no more than it must: a library's client would take as long as the server."""
    head = f"HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:

        def call(user: str) -> None:
            connection.sendall(f"GET /recommend?user_id={user}&n=20 {head}".encode())
            answer = connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            body = answer.index(b"\r\n\r\n") + 4
            missing = int(LENGTH.search(answer)[1]) - (len(answer) - body)  # type: ignore[index]
            while missing:
                missing -= len(connection.recv(missing))

        yield call
