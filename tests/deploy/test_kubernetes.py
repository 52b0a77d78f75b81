"""What runs on Kubernetes: the executor itself makes pods of the templates, and names agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

from recsys.settings import Settings, load
from tests.deploy import compose, manifests
from tests.deploy.manifests import FOLDER, VALUES

KEYS = ("AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""Variables that let into the bucket of the store."""
ENVIRONMENT = {one["name"]: one["value"] for one in VALUES["env"]}


def pod(template: str) -> dict[str, Any]:
    """The pod that the executor asks for, for a task."""
    of_template = cast(str, None)  # what the executor hands over where no image is configured
    base = PodGenerator.deserialize_model_file(str(FOLDER / "pods" / f"{template}.yaml"))
    made = PodGenerator.construct_pod(
        dag_id="recsys_daily",
        task_id="features",
        pod_id="recsys-daily-features",
        try_number=1,
        kube_image=of_template,
        date=datetime(2026, 1, 5, tzinfo=UTC),
        args=["python", "-m", "airflow"],
        pod_override_object=None,
        base_worker_pod=base,
        namespace="recsys",
        scheduler_job_id="1",
        run_id="manual",
        map_index=0,
    )
    filled = PodGenerator.serialize_pod(made)
    assert isinstance(filled, dict)
    return filled


def given(name: str, value: Any) -> Iterator[str]:
    """Everything of this name in a tree."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            yield value[name]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from given(name, one)


@pytest.mark.parametrize("template", ["default", "gpu"])
def test_a_pod_runs_a_task_of_the_image_without_rights(template: str) -> None:
    made = pod(template)["spec"]
    (container,) = made["containers"]
    assert (container["name"], container["args"]) == ("base", ["python", "-m", "airflow"])
    assert made["securityContext"]["runAsNonRoot"]
    assert str(made["securityContext"]["runAsUser"]) == compose.raw()["services"]["worker"]["user"].split(":")[0]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert made["automountServiceAccountToken"] is False
    assert container["resources"]["limits"]["memory"]


def test_the_label_by_which_pods_are_let_through_the_network_stays_on_the_pod_of_a_task() -> None:
    made = pod("default")["metadata"]
    assert made["labels"]["app"] == "recsys-task"
    assert made["annotations"]["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"


def test_a_pod_of_the_queue_gpu_gets_one_device_of_a_node_that_has_one() -> None:
    made = pod("gpu")["spec"]
    assert made["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert made["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert made["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_a_task_of_the_queue_gpu_is_given_the_template_with_a_gpu() -> None:
    names: dict[str, Any] = {}
    exec(VALUES["airflowLocalSettings"], names)  # as Airflow does
    mount = next(one["mountPath"] for one in VALUES["volumeMounts"] if one["name"] == "pods")
    tasks = {queue: SimpleNamespace(queue=queue, executor_config={}) for queue in (Settings().runtime.queue, "gpu")}
    for task in tasks.values():
        names["task_policy"](task)
    assert tasks["default"].executor_config == {}
    assert tasks["gpu"].executor_config == {"pod_template_file": f"{mount}/gpu.yaml"}
    assert VALUES["config"]["kubernetes_executor"]["pod_template_file"] == f"{mount}/default.yaml"
    assert {file.name for file in (FOLDER / "pods").iterdir()} == {"default.yaml", "gpu.yaml"}


@pytest.mark.parametrize("template", ["default", "gpu"])
def test_tasks_and_components_are_told_the_same(template: str) -> None:
    environment = {one["name"]: one["value"] for one in pod(template)["spec"]["containers"][0]["env"] if "value" in one}
    product = {name: value for name, value in ENVIRONMENT.items() if name.startswith("RECSYS_")}
    assert product.items() <= environment.items()
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == VALUES["config"]["core"]["dags_folder"]
    assert environment["AIRFLOW__CORE__PLUGINS_FOLDER"] == VALUES["config"]["core"]["plugins_folder"]
    assert environment["AIRFLOW__CORE__EXECUTOR"] == VALUES["executor"]


def test_all_are_of_one_image() -> None:
    image = f"{VALUES['defaultAirflowRepository']}:{VALUES['defaultAirflowTag']}"
    assert pod("default")["spec"]["containers"][0]["image"] == image
    assert pod("gpu")["spec"]["containers"][0]["image"] == f"{image}-gpu"
    others = [one for one in manifests.ALL if one["kind"] != "Pod"]
    assert set(given("image", others)) == {image, compose.raw()["services"]["proxy"]["image"]}
    core = re.search(r"^apache-airflow==(.+)$", (compose.ROOT / "requirements.txt").read_text(), re.M)
    assert core is not None
    assert VALUES["airflowVersion"] == core[1]


def test_settings_that_are_given_as_variables_exist() -> None:
    for name in (name for name in ENVIRONMENT if name.startswith("RECSYS_") and name != "RECSYS_SETTINGS_FILE"):
        section, *field = name.removeprefix("RECSYS_").lower().split("__")
        assert not field or hasattr(getattr(Settings(), section), field[0])


@pytest.mark.parametrize("template", ["default", "gpu"])
def test_the_variables_of_a_pod_are_settings_that_it_can_load(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in pod(template)["spec"]["containers"][0]["env"]:
        if variable["name"].startswith("RECSYS_") and variable["name"] != "RECSYS_SETTINGS_FILE":
            monkeypatch.setenv(variable["name"], variable.get("value", ""))
    assert load().store == "s3://recsys/store"


@pytest.mark.parametrize("component", ["apiServer", "triggerer"])
def test_the_pages_and_the_wait_for_input_are_let_into_the_bucket(component: str) -> None:
    held = [one["valueFrom"]["secretKeyRef"] for one in VALUES[component]["env"] if one["name"] in KEYS]
    assert [(one["name"], one["key"]) for one in held] == [("recsys-store", key) for key in KEYS]


def test_no_secret_stands_in_a_file_and_each_that_is_named_is_explained() -> None:
    explained = (compose.ROOT / "docs" / "operations.md").read_text()
    references = [
        one for file in [VALUES, *manifests.ALL] for kind in ("secretKeyRef", "secretRef") for one in trees(kind, file)
    ]
    named = (
        {one["name"] for one in references}
        | set(given("metadataSecretName", VALUES))
        | set(given("secretName", [VALUES["ingress"], *manifests.ALL]))
        | {value for name, value in VALUES.items() if name.endswith("SecretName")}
    )
    assert len(named) == 13
    assert [name for name in named if f"`{name}`" not in explained] == []
    assert "://" not in "".join(value for name, value in ENVIRONMENT.items() if "DATABASE" in name)


def trees(name: str, value: Any) -> Iterator[dict[str, str]]:
    """Every mapping of this name in a tree."""
    if isinstance(value, dict):
        if isinstance(value.get(name), dict):
            yield value[name]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from trees(name, one)
