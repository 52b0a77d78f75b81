"""Who reaches whom: the network policies beside those of the chart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.manifests import ALL, VALUES, app, named, pods

APPS = {app(pod) for pod in pods()}
POLICIES = [manifest["spec"] for manifest in ALL if manifest["kind"] == "NetworkPolicy"]


def selected(selector: dict[str, Any]) -> set[str]:
    """Apps of the product that a selector of pods means."""
    (expression,) = selector.get("matchExpressions") or [{"values": [selector["matchLabels"].get("app")]}]
    return set(expression["values"])


def test_every_pod_is_closed_in_both_directions() -> None:
    closed = [
        selected(policy["podSelector"]) for policy in POLICIES if set(policy["policyTypes"]) == {"Ingress", "Egress"}
    ]
    assert set.union(*closed) == APPS


def test_a_task_reaches_names_postgres_the_store_mlflow_airflow_and_statsd_alone() -> None:
    rules = [
        rule for policy in POLICIES if "recsys-task" in selected(policy["podSelector"]) for rule in policy["egress"]
    ]
    reached = {
        (peer["podSelector"]["matchLabels"].get("app", "-"), port["port"])
        for rule in rules
        for peer in rule["to"]
        for port in rule["ports"]
    }
    assert reached == {("-", 53), ("postgres", 5432), ("s3", 8333), ("mlflow", 5000), ("-", 8080), ("-", 9125)}
    (airflow,) = [rule["to"] for rule in rules if rule["ports"] == [{"protocol": "TCP", "port": 8080}]]
    assert airflow == [{"podSelector": {"matchLabels": {"tier": "airflow", "component": "api-server"}}}]
    assert not [
        policy for policy in POLICIES if selected(policy["podSelector"]) == {"recsys-task"} and "ingress" in policy
    ]


def test_the_server_of_airflow_lets_tasks_in() -> None:
    peers = VALUES["apiServer"]["networkPolicy"]["ingress"]["from"]
    assert {"podSelector": {"matchLabels": {"app": "recsys-task"}}} in peers
    assert VALUES["networkPolicies"]["enabled"]


def test_statsd_lets_in_those_who_may_reach_it() -> None:
    (sending,) = [policy for policy in POLICIES if {"protocol": "UDP", "port": 9125} in ports(policy)]
    (peer,) = VALUES["statsd"]["extraNetworkPolicies"]
    assert selected(peer["podSelector"]) == selected(sending["podSelector"]) == {"recsys-task", "recsys-serve"}


def ports(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [port for rule in policy.get("egress", []) for port in rule["ports"]]


@pytest.mark.parametrize(("name", "service"), [("mlflow", "mlflow"), ("recsys-serve", "serve")])
def test_the_ports_that_are_open_are_those_that_are_served(name: str, service: str) -> None:
    rules = [rule for policy in POLICIES if selected(policy["podSelector"]) == {name} for rule in policy["ingress"]]
    containers = [container for pod in pods() if app(pod) == name for container in pod["spec"]["containers"]]
    served = {port["containerPort"] for container in containers for port in container["ports"]}
    assert {port["port"] for rule in rules for port in rule["ports"]} == served
    assert {port["port"] for port in named("Service", service)["spec"]["ports"]} == served
