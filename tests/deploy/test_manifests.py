"""What is applied beside the chart: valid, unprivileged, and of names that agree with each other."""

from __future__ import annotations

import copy
import re
from urllib.parse import urlsplit

import pytest
import yaml

from tests.deploy import compose
from tests.deploy.manifests import ALL, FILES, FOLDER, VALUES, Manifest, app, mistakes, named, pods

KUSTOMIZATION = yaml.safe_load((FOLDER.parent / "kustomization.yaml").read_text())
ENVIRONMENT = {one["name"]: one["value"] for one in VALUES["env"]}


def declared(kind: str, name: str, number: int = 0) -> Manifest:
    found = named(kind, name)["spec"]["template"]["spec"]["containers"][number]
    assert isinstance(found, dict)
    return found


def variables(container: Manifest) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"] if "value" in one}


@pytest.mark.parametrize("manifest", ALL, ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_kubernetes_knows_every_field(manifest: Manifest) -> None:
    assert list(mistakes(manifest, f"V1{manifest['kind']}")) == []


def test_a_field_that_is_misspelt_missing_or_of_another_type_is_found() -> None:
    broken = copy.deepcopy(named("Deployment", "mlflow"))
    broken["spec"]["replica"] = 1
    del broken["spec"]["selector"]
    broken["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = "5000"
    assert list(mistakes(broken, "V1Deployment")) == [
        ".spec.replica is not known",
        ".spec: Invalid value for `selector`, must not be `None`",
        ".spec.template.spec.containers[0].ports[0].containerPort: '5000' is not of type int",
    ]


@pytest.mark.parametrize("pod", pods(), ids=app)
def test_a_pod_has_no_rights_no_token_and_a_bound(pod: Manifest) -> None:
    spec = pod["spec"]
    assert (spec["securityContext"]["runAsNonRoot"], spec["securityContext"]["runAsUser"]) == (True, 10001)
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        closed = container["securityContext"]
        assert closed["readOnlyRootFilesystem"]
        assert closed["allowPrivilegeEscalation"] is False
        assert closed["capabilities"]["drop"] == ["ALL"]
        assert closed["capabilities"].get("add", []) == (["NET_BIND_SERVICE"] if container["name"] == "proxy" else [])
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


def test_everything_is_applied_once() -> None:
    resources = {FOLDER.parent / name for name in KUSTOMIZATION["resources"]}
    configuration = {FOLDER.parent / file for one in KUSTOMIZATION["configMapGenerator"] for file in one["files"]}
    assert resources | {FOLDER / "migrate.yaml"} == {file for file in FILES if file.parent == FOLDER}
    assert {file for file in FILES if file.parent != FOLDER} < configuration
    assert all(file.is_file() for file in resources | configuration)


def test_every_file_is_explained_and_every_file_that_is_explained_exists() -> None:
    text = (compose.ROOT / "docs" / "operations.md").read_text()
    explained = set(re.findall(r"^\| `(deploy/k[\w/.]+)` \|", text, re.M))
    files = {*FILES, FOLDER / "values.yaml", FOLDER.parent / "kustomization.yaml"}
    assert {compose.ROOT / name for name in explained} == files


def test_configuration_that_pods_mount_is_made() -> None:
    volumes = [volume for pod in pods() for volume in pod["spec"]["volumes"]] + VALUES["volumes"]
    mounted = {volume["configMap"]["name"] for volume in volumes if "configMap" in volume}
    assert mounted == {one["name"] for one in KUSTOMIZATION["configMapGenerator"]}
    assert KUSTOMIZATION["generatorOptions"] == {"disableNameSuffixHash": True}


def test_mlflow_answers_under_the_names_that_tasks_and_people_ask_for() -> None:
    environment = variables(declared("Deployment", "mlflow"))
    tracking, pages = (urlsplit(ENVIRONMENT[f"RECSYS_TRACKING__{name}"]) for name in ("URI", "PAGES"))
    (rule,) = named("Ingress", "mlflow")["spec"]["rules"]
    assert environment["MLFLOW_SERVER_ALLOWED_HOSTS"] == f"{tracking.netloc},{pages.netloc}"
    assert environment["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] == pages.geturl()
    assert rule["host"] == pages.netloc
    assert rule["http"]["paths"][0]["backend"]["service"]["port"]["name"] == "proxy"
    (host,) = VALUES["ingress"]["apiServer"]["hosts"]
    assert f"https://{host['name']}" == VALUES["config"]["api"]["base_url"]
    assert host["tls"]["enabled"]


def test_mlflow_its_proxy_and_the_http_server_run_as_in_containers() -> None:
    services = compose.raw()["services"]
    mlflow, proxy = (declared("Deployment", "mlflow", number) for number in (0, 1))
    assert mlflow["command"][:-1] == services["mlflow"]["command"][:-1]
    assert proxy["command"] == [word.replace("$$", "$") for word in services["proxy"]["command"]]
    assert proxy["image"] == services["proxy"]["image"]
    assert declared("Deployment", "recsys-serve")["command"][:-1] == services["serve"]["command"][:-1]


@pytest.mark.parametrize(("name", "secret"), [("airflow-clean", "airflow-metadata"), ("mlflow-clean", "recsys-mlflow")])
def test_a_job_that_cleans_a_database_is_given_that_database_alone(name: str, secret: str) -> None:
    (container,) = named("CronJob", name)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["recsys", "clean-databases"]
    (reference,) = [one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one]
    (variable,) = [one["name"] for one in container["env"] if "valueFrom" in one]
    assert reference["name"] == secret
    assert variable in compose.raw()["services"][name]["environment"]


@pytest.mark.parametrize(
    "pod", [pod for pod in pods() if app(pod) == "recsys-task"], ids=lambda pod: pod["metadata"]["name"]
)
def test_a_task_writes_its_log_where_airflow_reads_it(pod: Manifest) -> None:
    environment = variables(pod["spec"]["containers"][0])
    logging = VALUES["config"]["logging"]
    for name in ("base_log_folder", "remote_logging", "remote_base_log_folder"):
        assert environment[f"AIRFLOW__LOGGING__{name.upper()}"] == logging[name]
    bucket = urlsplit(logging["remote_base_log_folder"]).netloc
    assert urlsplit(ENVIRONMENT["RECSYS_STORE"]).netloc == bucket


def test_no_pod_has_variables_that_would_be_taken_for_settings() -> None:
    services = [manifest["metadata"]["name"] for manifest in ALL if manifest["kind"] == "Service"]
    assert services
    assert [name for name in services if name.startswith("recsys")] == []
    assert [app(pod) for pod in pods() if pod["spec"].get("enableServiceLinks") is not False] == []
