"""What a day that is watched really sends is what the board and the alerts ask for."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from recsys.monitor import dead_rows
from recsys.monitor.drifts import DRIFTS
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings, load
from tests.conftest import free_port
from tests.deploy import metrics
from tests.monitor.watched import SHOWN, watch
from tests.publish.day import Day, overrides

EXPORTER = shutil.which("statsd_exporter") or shutil.which("prometheus-statsd-exporter")


@pytest.fixture
def sent(day: Day, store: str, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Packets of a day with feedback, something live, and a table large enough to be measured."""
    monkeypatch.setattr(dead_rows, "MIN_ROWS", 1)
    publish(store, day.draft(), DatabaseSettings())
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute(SHOWN)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(30)
        to = [f"monitor.statsd_port={listening.getsockname()[1]}", "monitor.statsd_host=127.0.0.1"]
        watch(day, load([*overrides(day.folder), *to]))
        packets = list(received(listening))
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM recsys.feedback")
    return packets


def received(listening: socket.socket) -> Iterator[bytes]:
    while True:
        packet = listening.recv(2000)
        yield packet
        if b"recsys.over:" in packet:
            return


def names(packets: list[bytes]) -> set[str]:
    return {line.partition(":")[0] for packet in packets for line in packet.decode().split("\n")}


def test_every_query_finds_what_it_asks_for(sent: list[bytes]) -> None:
    absent = {f"recsys.{metric}" for metric in DRIFTS}  # all events are of one day, so that no windows are compared
    found = metrics.all_series(names(sent) | absent)
    for query in (*metrics.QUERIES, *(rule["expr"] for rule in metrics.ALERTS)):
        for metric, labels in metrics.asked(query):
            if metric.startswith("recsys_") and not metric.startswith("recsys_serve_"):
                assert [known for name, known in found if name == metric and compatible(labels, known)], (query, metric)


def compatible(labels: frozenset[str], known: frozenset[str]) -> bool:
    """Whether a series can be selected so: a label that it lacks is only ever compared with the empty text."""
    return labels <= known or labels <= {"dimension", "experiment", "stage"}


@pytest.mark.skipif(not EXPORTER, reason="statsd_exporter is not here")
def test_the_exporter_itself_makes_the_same_series(sent: list[bytes]) -> None:
    packets = [*sent, b"recsys.serve.recommend.200:3.5|ms", b"airflow.dagrun.schedule_delay.recsys_daily:900|ms"]
    udp, web = free_port(), free_port()
    mapping = f"--statsd.mapping-config={metrics.FOLDER / 'statsd_mapping.yaml'}"
    where = [f"--statsd.listen-udp=127.0.0.1:{udp}", "--statsd.listen-tcp=", f"--web.listen-address=127.0.0.1:{web}"]
    with subprocess.Popen([str(EXPORTER), mapping, *where], stderr=subprocess.DEVNULL) as exporter:
        try:
            shown = exposed(f"http://127.0.0.1:{web}/metrics", packets, udp)
        finally:
            exporter.terminate()
    expected = metrics.all_series(names(packets))
    assert {one for one in shown if one[0].startswith(("recsys_", "airflow_"))} == expected


def exposed(url: str, packets: list[bytes], port: int) -> set[metrics.Series]:
    """The series that an exporter shows after it was sent the packets."""
    until = time.monotonic() + 30
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        while time.monotonic() < until:
            try:
                text = httpx.get(url, trust_env=False).text
            except httpx.ConnectError:
                text = ""
            if "airflow_dagrun_schedule_delay" in text:
                return parsed(text)
            for packet in packets if text else []:
                sending.sendto(packet, ("127.0.0.1", port))
            time.sleep(0.3)
    raise AssertionError(text)


def parsed(text: str) -> set[metrics.Series]:
    from prometheus_client.parser import text_string_to_metric_families

    return {
        (family.name, frozenset(sample.labels) - {"le", "quantile"})
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
