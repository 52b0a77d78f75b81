"""The measures of a day as StatsD gauges."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence

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
    part = re.sub(r"[^\w/-]", "_", measure.part.replace("+", "_plus"), flags=re.ASCII).replace("/", ".")
    return ".".join(filter(None, (measure.metric, part)))


def gauges(measures: Sequence[Measure]) -> Iterator[Measure]:
    """The measures, with the ends of their intervals, whether each with a bound is over it, and how many are over.

    >>> [(name(gauge), gauge.value) for gauge in gauges([Measure("ctr", 0.2, "position/1", low=0.1, high=0.3)])]
    [('ctr.position.1', 0.2), ('ctr_low.position.1', 0.1), ('ctr_high.position.1', 0.3), ('over', 0)]
    """
    for measure in measures:
        yield measure
        ends = {"low": measure.low, "high": measure.high}
        yield from (Measure(f"{measure.metric}_{end}", at, measure.part) for end, at in ends.items() if at is not None)
        if measure.bound is not None:
            yield Measure(f"over_bound.{measure.metric}", int(measure.over), measure.part)
    yield Measure("over", sum(measure.over for measure in measures))


def send(measures: Sequence[Measure], settings: MonitorSettings) -> bool:
    """Whether the gauges were sent; no answer is awaited.

    Nothing goes wrong for the caller when the host is not known or not there.
    """
    if not settings.statsd_host:
        return False
    try:
        client = StatsClient(settings.statsd_host, settings.statsd_port, prefix=PREFIX)
        with client.pipeline() as sent:
            for gauge in gauges(measures):
                sent.gauge(name(gauge), gauge.value)
    except OSError as error:
        log.warning("monitor: no gauges were sent to %s (%s)", settings.statsd_host, error)
        return False
    return True
