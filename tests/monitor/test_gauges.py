"""What arrives at a real UDP socket."""

import logging
import socket
from collections.abc import Iterator

import pytest

from recsys.monitor.gauges import send
from recsys.monitor.measures import Measure
from recsys.settings import MonitorSettings

MEASURES = [
    Measure("events", 40),
    Measure("events_change", -0.6, bound=0.5, over=True),
    Measure("quality", 0.125, "warm/recsys without transfer/31+", 0.1, 0.15),
    Measure("ctr", 0.5, "arm/spring 1.2/new"),
]


@pytest.fixture
def statsd() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(30)
        yield listening


def test_every_measure_arrives_as_a_gauge(statsd: socket.socket) -> None:
    assert send(MEASURES, MonitorSettings(statsd_host="127.0.0.1", statsd_port=statsd.getsockname()[1]))
    # a negative gauge is set to 0 first, for StatsD reads a sign as a change
    assert statsd.recv(2000).decode().split("\n") == [
        "recsys.events:40|g",
        "recsys.events_change:0|g",
        "recsys.events_change:-0.6|g",
        "recsys.over_bound.events_change:1|g",
        "recsys.quality.warm.recsys_without_transfer.31_plus:0.125|g",
        "recsys.quality_low.warm.recsys_without_transfer.31_plus:0.1|g",
        "recsys.quality_high.warm.recsys_without_transfer.31_plus:0.15|g",
        "recsys.ctr.arm.spring_1_2.new:0.5|g",
        "recsys.over:1|g",
    ]


def test_without_a_host_nothing_is_sent() -> None:
    assert not send(MEASURES, MonitorSettings())


def test_a_host_that_does_not_listen_does_no_harm() -> None:
    assert send(MEASURES * 50, MonitorSettings(statsd_host="127.0.0.1", statsd_port=9))


def test_a_host_that_nobody_knows_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not send(MEASURES, MonitorSettings(statsd_host="nowhere.invalid"))
    assert "no gauges were sent to nowhere.invalid" in caplog.text
