from pathlib import Path

import fsspec
import pytest

from recsys.standalone.services import airflow_environment, clean_service, product_environment

PORTS = {"airflow": 8080}


def metrics(home: Path, product: dict[str, str]) -> dict[str, str]:
    """Airflow's settings of its own metrics."""
    made = airflow_environment(home, PORTS, "postgresql://airflow@127.0.0.1/airflow", product)
    return {name: value for name, value in made.items() if name.startswith("AIRFLOW__METRICS__")}


def test_metrics_of_airflow_go_where_those_of_the_product_go(tmp_path: Path) -> None:
    assert metrics(tmp_path, {"RECSYS_MONITOR__STATSD_HOST": "10.0.0.1", "RECSYS_MONITOR__STATSD_PORT": "9125"}) == {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "10.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": "9125",
        "AIRFLOW__METRICS__STATSD_PREFIX": "airflow",
    }


def test_without_a_host_nothing_is_sent(tmp_path: Path) -> None:
    assert metrics(tmp_path, {}) == {}


def test_what_cleans_is_given_both_databases_and_shows_neither_in_its_command(tmp_path: Path) -> None:
    airflow = airflow_environment(tmp_path, PORTS, "postgresql://airflow:secret@127.0.0.1/airflow", {})
    made = clean_service(airflow, "postgresql://mlflow:secret@127.0.0.1/mlflow")
    given = {name for name, value in made.environment.items() if ":secret@" in value}
    assert given == {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "MLFLOW_BACKEND_STORE_URI"}
    assert made.command[2].endswith("-m recsys clean-databases && sleep 86400; done")
    assert "secret" not in " ".join(made.command)


def test_the_store_lies_in_the_home_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_STORE", raising=False)
    home = tmp_path / "my shop"
    uri = product_environment(home, {"mlflow": 1})["RECSYS_STORE"]
    assert Path(fsspec.core.url_to_fs(uri)[1]) == home / "store"
