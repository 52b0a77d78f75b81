"""The files of deploy/metrics: which series StatsD names become, and which series queries ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files

import yaml

from tests.deploy import compose

FOLDER = compose.ROOT / "deploy" / "metrics"
RULES = yaml.safe_load((FOLDER / "statsd_mapping.yaml").read_text())["mappings"]
ALERTS = [rule for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"] for rule in group["rules"]]
BOARD = json.loads((FOLDER / "board.json").read_text())
QUERIES = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
SERVED = ["recsys.serve.recommend.200"]
REGISTRY = "_shared/observability/metrics/metrics_template.yaml"

Series = tuple[str, frozenset[str]]
"""A metric, and the names of its labels."""


def series(name: str) -> Series | None:
    """What a StatsD name becomes; None where the first rule that matches drops it."""
    for rule in RULES:
        if found := re.fullmatch(re.escape(rule["match"]).replace(r"\*", r"([^.]+)"), name):
            metric = found.expand(rule["name"].replace("$", "\\"))
            return None if rule.get("action") == "drop" else (metric, frozenset(rule["labels"]))
    return re.sub(r"\W", "_", name), frozenset()


def all_series(names: Iterable[str]) -> set[Series]:
    """What these names become."""
    return {made for name in names if (made := series(name))}


def of_airflow() -> Iterator[str]:
    """Every name in Airflow's own list, the older form too, as it sends them to StatsD."""
    for metric in yaml.safe_load(files("airflow").joinpath(REGISTRY).read_text())["metrics"]:
        for name in {metric["name"], metric["legacy_name"]} - {"-"}:
            yield "airflow." + re.sub(r"{\w+}", "x", name)


def asked(query: str) -> Iterator[Series]:
    """The metrics of a query, each with the labels that it is selected by."""
    for metric, labels in re.findall(r"\b((?:recsys|airflow)_\w+)(?:{(.*?)})?", re.sub(r'"[^"]*"', '""', query)):
        yield re.sub("_(bucket|count|sum)$", "", metric), frozenset(re.findall(r"(\w+)(?:=~|!~|!=|=)", labels))
