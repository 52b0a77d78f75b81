"""What the values ask of the image: the chart's own probes and log groomers call files of Airflow's image."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.cli import cli_parser

from recsys.standalone import services
from tests.deploy import compose
from tests.deploy.manifests import VALUES

DOCKERFILE = (compose.ROOT / "Dockerfile").read_text()
PROBES = {
    f"{component} {probe}": VALUES[component][probe]["command"]
    for component, probe in (
        ("scheduler", "livenessProbe"),
        ("scheduler", "startupProbe"),
        ("dagProcessor", "livenessProbe"),
        ("triggerer", "livenessProbe"),
    )
}
"""Those that the chart runs as a command; it asks the API server over HTTP."""


def words(value: Any) -> list[str]:
    """Every text in a tree."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, str) else [word for child in children for word in words(child)]


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_runs_a_program_of_the_image_on_files_of_the_image(probe: str) -> None:
    program, *arguments = PROBES[probe]
    assert program in ("python", "airflow")
    assert Path(sys.executable).with_name(program).is_file()
    for file in re.findall(r"/opt/recsys/(\S+)", " ".join(arguments)):
        assert (compose.ROOT / file).is_file()
        assert re.search(rf"^COPY {re.escape(file)} {re.escape(file)}$", DOCKERFILE, re.M)


@pytest.mark.parametrize("component", ["dagProcessor", "triggerer"])
def test_a_probe_is_a_command_of_this_airflow_that_asks_for_the_job_of_its_own_pod(component: str) -> None:
    program, *arguments = PROBES[f"{component} livenessProbe"]
    asked = cli_parser.get_parser().parse_args(arguments)
    assert (program, asked.local, asked.job_type) == ("airflow", True, f"{component[0].upper()}{component[1:]}Job")


@pytest.mark.parametrize("component", ["scheduler", "dagProcessor", "triggerer"])
def test_no_container_runs_a_script_that_only_airflows_image_has(component: str) -> None:
    groomer = VALUES[component]["logGroomerSidecar"]
    assert groomer.get("enabled") is False or groomer["command"][0] == "sh"
    assert not {"/entrypoint", "/clean-logs"} & set(" ".join(words(VALUES)).split())


def test_the_log_groomer_clears_the_folder_that_logs_are_written_to() -> None:
    folder = VALUES["config"]["logging"]["base_log_folder"]
    assert f"find {folder} " in VALUES["dagProcessor"]["logGroomerSidecar"]["command"][2]
    assert "tmp" in [mount["name"] for mount in VALUES["volumeMounts"] if folder.startswith(mount["mountPath"])]


def test_a_variable_of_all_components_holds_a_text_and_a_secret_belongs_to_one_component() -> None:
    # The chart's schema has no other form of them.
    assert {tuple(sorted(one)) for one in VALUES["env"]} == {("name", "value")}
    for component in ("apiServer", "triggerer"):
        forms = {tuple(sorted(one)) for one in VALUES[component]["env"]}
        assert forms <= {("name", "value"), ("name", "valueFrom")}


@pytest.mark.parametrize("component", ["apiServer", "scheduler"])
def test_a_component_with_replicas_is_evicted_one_by_one(component: str) -> None:
    assert VALUES[component]["replicas"] > 1
    assert VALUES[component]["podDisruptionBudget"] == {"enabled": True, "config": {"maxUnavailable": 1}}


def test_lineage_of_forgetting_is_sent_by_no_deployment() -> None:
    containers = compose.raw()["x-airflow"]["AIRFLOW__OPENLINEAGE__EMISSION_POLICY"]
    cluster = VALUES["config"]["openlineage"]["emission_policy"]
    policy = json.loads(services.LINEAGE)
    assert json.loads(containers) == json.loads(cluster) == policy
    assert {"scope": {"dag_id": "recsys_forget"}, "controls": {"emit": False}, "locked": True} in policy
