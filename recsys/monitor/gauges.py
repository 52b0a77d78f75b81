"""The measures of a day as StatsD gauges."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from statsd import StatsClient

from recsys.monitor.measures import Measure
from recsys.settings import MonitorSettings

log = logging.getLogger(__name__)

PREFIX = "recsys"


def name(measure: Measure) -> str:
    """The gauge of a measure: `<metric>`, or `<metric>.<part>` with what StatsD does not take replaced.

    >>> name(Measure("quality", 0.1, "warm/recsys without transfer/31+")), name(Measure("lag_days", 0.0))
    ('quality.warm.recsys_without_transfer.31_plus', 'lag_days')
    """
    part = measure.part.replace("+", "_plus").replace("/", ".")
    return ".".join(filter(None, (measure.metric, re.sub(r"[^\w.-]", "_", part, flags=re.ASCII))))


def send(measures: Sequence[Measure], settings: MonitorSettings) -> bool:
    """Whether the gauges were sent, `recsys.over` (how many are over) among them; no answer is awaited.

    Nothing goes wrong for the caller when the host is not known or not there.
    """
    if not settings.statsd_host:
        return False
    try:
        client = StatsClient(settings.statsd_host, settings.statsd_port, prefix=PREFIX)
        with client.pipeline() as sent:
            for one in (*measures, Measure("over", sum(one.over for one in measures))):
                sent.gauge(name(one), one.value)
    except OSError as error:
        log.warning("monitor: no gauges were sent to %s (%s)", settings.statsd_host, error)
        return False
    return True
