"""Notifiers of Airflow, as the documents set them, send an alert through a real mail server and a real HTTP server."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import recsys_alerts
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.conftest import free_port

Received = list[str]
RUN = {"dag": SimpleNamespace(dag_id="recsys_daily"), "run_id": "r1", "dag_run": {"partition_key": "2026-01-05"}}
SENTENCE = (
    "recsys_daily, day 2026-01-05, run r1: the run failed (timed_out); to do: read the log of the task that failed"
)
DOCUMENT = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()


@pytest.fixture
def mail() -> Iterator[tuple[int, list[Any]]]:
    """Port of a mail server, and the messages that it received."""
    received: list[Any] = []

    class Inbox(Message):
        def handle_message(self, message: Any) -> None:
            received.append(message_from_bytes(message.as_bytes(), policy=policy.default))

    server = Controller(Inbox(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server.port, received
    server.stop()


@pytest.fixture
def web() -> Iterator[tuple[int, Received]]:
    """Port of a server, and the path and body of what was posted to it."""
    received: Received = []

    class Posted(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(f"{self.path} {json.loads(body)['text']} {self.headers['Authorization']}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Posted)
    threading.Thread(target=server.serve_forever).start()
    yield server.server_port, received
    server.shutdown()
    server.server_close()


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the document sets for a notifier, with other connections where it has some for the outside."""

    def set_as(notifier: str, **connection: Any) -> None:
        (block,) = (block for block in re.findall(r"```\w*\n(.*?)```", DOCUMENT, re.DOTALL) if notifier in block)
        given = dict(line.split("=", 1) for line in block.splitlines())
        for name, value in given.items():
            text = value.strip("'")
            monkeypatch.setenv(name, json.dumps({**json.loads(text), **connection}) if "_CONN_" in name else text)

    return set_as


def fail() -> None:
    recsys_alerts.failed({**RUN, "reason": "timed_out"})


def test_a_mail_is_one_line_that_names_run_day_remedy_and_page(
    mail: tuple[int, list[Any]], documented: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, received = mail
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.org/ops/")
    plain = {"from_email": "airflow@example.org", "disable_ssl": True, "disable_tls": True}
    documented("SmtpNotifier", host="127.0.0.1", port=port, extra=plain, login=None, password=None)
    fail()
    (message,) = received
    assert (message["To"], message["From"]) == ("data@example.org", "airflow@example.org")
    (line,) = message.get_body().get_content().splitlines()
    assert line == message["Subject"]
    assert line.startswith(SENTENCE)
    assert line.endswith(": https://airflow.example.org/ops/dags/recsys_daily/runs/r1")


@pytest.mark.parametrize(
    ("notifier", "connection", "path"),
    [
        ("SlackWebhookNotifier", {"password": "T0/B0/secret"}, "/services/T0/B0/secret"),
        ("HttpNotifier", {"extra": {"Authorization": "Bearer secret"}}, "/alerts"),
    ],
)
def test_a_post_holds_the_line_and_no_log_the_secret(
    notifier: str,
    connection: dict[str, str],
    path: str,
    web: tuple[int, Received],
    documented: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, received = web
    host = f"http://127.0.0.1:{port}" + ("/services" if "Slack" in notifier else "")
    documented(notifier, **connection, host=host)
    with caplog.at_level(logging.INFO):
        fail()
    (posted,) = received
    assert posted.startswith(f"{path} {SENTENCE}")
    assert "secret" in posted
    assert "secret" not in caplog.text
