from pathlib import Path

from recsys.standalone.services import airflow_environment

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
