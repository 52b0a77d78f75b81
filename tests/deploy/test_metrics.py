"""Prometheus, its rules and the board: what they name exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import compose, metrics
from tests.deploy.manifests import VALUES

SERVICES = compose.raw()["services"]
TOOL = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not here (Debian: prometheus)")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recsys.lag_days", ("recsys_lag_days", set())),
        ("recsys.events.day", ("recsys_events", {"part"})),
        ("recsys.quality.warm.recsys.all", ("recsys_quality", {"protocol", "arm", "segment"})),
        ("recsys.quality_low.warm.recsys.all", ("recsys_quality_low", {"protocol", "arm", "segment"})),
        ("recsys.over_bound.quality.warm.recsys.all", ("recsys_over_bound", {"metric", "part"})),
        ("recsys.cpu_seconds.stage.rank", ("recsys_cpu_seconds", {"stage"})),
        ("recsys.ctr_low.position.1", ("recsys_ctr_low", {"dimension", "value"})),
        ("recsys.ctr.arm.spring.new", ("recsys_ctr", {"experiment", "arm"})),
        ("recsys.impressions.publication.17", None),
        ("recsys.serve.recommend.200", ("recsys_serve_seconds", {"route", "status"})),
        ("airflow.dagrun.schedule_delay", None),
        ("airflow.dagrun.schedule_delay.recsys_daily", ("airflow_dagrun_schedule_delay", {"dag_id"})),
    ],
)
def test_a_name_becomes_a_metric_with_labels(name: str, expected: tuple[str, set[str]] | None) -> None:
    assert metrics.series(name) == (expected and (expected[0], frozenset(expected[1])))


def test_no_rule_stands_behind_a_longer_one_that_begins_with_it() -> None:
    # statsd_exporter 0.30 would ignore it.
    matches = [rule["match"] for rule in metrics.RULES]
    for place, match in enumerate(matches):
        assert not [longer for longer in matches[:place] if longer.startswith(f"{match}.")]


def test_what_is_asked_of_airflow_and_of_the_server_is_what_they_send() -> None:
    sent = metrics.all_series([*metrics.of_airflow(), *metrics.SERVED])
    for query in (*metrics.QUERIES, *(rule["expr"] for rule in metrics.ALERTS)):
        for metric, labels in metrics.asked(query):
            if metric.startswith(("airflow_", "recsys_serve_")):
                assert [known for name, known in sent if name == metric and labels <= known], (metric, labels)


@pytest.mark.parametrize("rule", metrics.ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_names_a_section_that_says_what_to_do(rule: dict[str, Any]) -> None:
    file, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (compose.ROOT / file).read_text(), re.M)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert rule["annotations"]["summary"]


def test_the_chart_and_the_containers_map_names_alike() -> None:
    assert VALUES["statsd"]["overrideMappings"] == metrics.RULES


def test_what_scrapes_reads_and_shows_each_other_agree() -> None:
    prometheus = yaml.safe_load((metrics.FOLDER / "prometheus.yml").read_text())
    (job,) = prometheus["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    service, _, port = target.partition(":")
    assert f"--web.listen-address=:{port}" in SERVICES[service]["command"]
    assert [(metrics.FOLDER / file).is_file() for file in prometheus["rule_files"]] == [True]
    (source,) = yaml.safe_load((metrics.FOLDER / "grafana/datasources/prometheus.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    panels = metrics.BOARD["panels"]
    assert {one["datasource"]["uid"] for panel in panels for one in (panel, *panel["targets"])} == {source["uid"]}
    (provider,) = yaml.safe_load((metrics.FOLDER / "grafana/dashboards/recsys.yaml").read_text())["providers"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/board.json"
    assert f"./deploy/metrics/board.json:{home}:ro" in SERVICES["grafana"]["volumes"]


def test_statsd_is_heard_where_it_is_sent_by_default() -> None:
    assert "--statsd.listen-udp=:8125" in SERVICES["statsd-exporter"]["command"]
    assert compose.environment(compose.ROOT / ".env.example")["STATSD_HOST"] in SERVICES


def test_panels_have_numbers_of_their_own_and_lie_beside_each_other() -> None:
    panels = metrics.BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [cell for panel in panels for cell in covered(panel["gridPos"])]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def covered(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        yield from ((x, y) for y in range(place["y"], place["y"] + place["h"]))


@TOOL
def test_prometheus_reads_the_rules_and_every_query_of_the_board(tmp_path: Path) -> None:
    rules = [{"record": f"query_{number}", "expr": expr} for number, expr in enumerate(metrics.QUERIES)]
    board = tmp_path / "board.yaml"
    board.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    for arguments in (["config", str(metrics.FOLDER / "prometheus.yml")], ["rules", str(board)]):
        done = subprocess.run(["promtool", "check", *arguments], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
