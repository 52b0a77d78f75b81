"""What runs besides Postgres: the MLflow server, the four components of Airflow, what cleans, and their settings."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from recsys.settings import MonitorSettings
from recsys.standalone.credentials import credential, fernet_key, path_of, write
from recsys.standalone.home import CHECKOUT
from recsys.standalone.processes import Service

BIN = Path(sys.executable).parent
KEPT = (sys.executable, "-m", "recsys.standalone.keep")
"""Before the command of a service that is started again when it dies."""
CLEAN = (sys.executable, "-m", "recsys", "clean-databases")
ADMIN, VIEWER = "admin", "viewer"
USERS = (ADMIN, VIEWER)
"""Who may log in to Airflow, each in the role of the same name."""
PARALLEL_TASKS = 4
LONGEST_TASK_SECONDS = 6 * 3600
LINEAGE = json.dumps(
    [
        {"scope": {"dag_id": "recsys_forget"}, "controls": {"emit": False}, "locked": True},
        {"scope": {}, "controls": {"include_source_code": False}},
    ]
)
"""What OpenLineage is sent, once it has a transport: nothing of `recsys_forget`, whose configuration names a user."""


def airflow_url(ports: Mapping[str, int]) -> str:
    """Address of Airflow's page and API."""
    return f"http://127.0.0.1:{ports['airflow']}"


def mlflow_url(ports: Mapping[str, int]) -> str:
    """Address of MLflow's page and API."""
    return f"http://127.0.0.1:{ports['mlflow']}"


def airflow_password(home: Path, user: str = ADMIN) -> str:
    """Password of a user of Airflow, written where its login looks for it."""
    made = {name: credential(home, f"airflow_{name}") for name in USERS}
    given, passwords = json.dumps(made), path_of(home, "airflow_passwords.json")
    if not passwords.exists() or passwords.read_text().strip() != given:
        write(home, "airflow_passwords.json", given)
    return made[user]


def mlflow_service(home: Path, ports: Mapping[str, int], dsn: str) -> Service:
    """The tracking server; its artifacts lie under the home and travel through it."""
    port = ports["mlflow"]
    command = (
        *KEPT,
        str(BIN / "mlflow"),
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--artifacts-destination",
        (home / "mlflow").as_uri(),
    )
    return Service(
        "mlflow",
        command,
        {
            **_shared(),
            "MLFLOW_BACKEND_STORE_URI": dsn,
            "MLFLOW_SERVER_ALLOWED_HOSTS": f"127.0.0.1:{port},localhost:{port}",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
    )


def airflow_services(environment: Mapping[str, str]) -> tuple[Service, ...]:
    """Airflow's components in the order of starting: the first task is slow unless the API server answers before."""
    commands = {
        "api-server": (),
        "scheduler": ("--skip-serve-logs",),
        "dag-processor": (),
        "triggerer": ("--skip-serve-logs",),
    }
    return tuple(
        Service(name, (*KEPT, str(BIN / "airflow"), name, *options), environment) for name, options in commands.items()
    )


def clean_service(environment: Mapping[str, str], dsn: str) -> Service:
    """What cleans the databases of Airflow, as its components reach it, and of MLflow (`dsn`), once a day."""
    given = {**environment, "MLFLOW_BACKEND_STORE_URI": dsn}
    return Service("clean", ("sh", "-c", f"while sleep 600; do {shlex.join(CLEAN)} && sleep 86400; done"), given)


def airflow_environment(home: Path, ports: Mapping[str, int], dsn: str, product: Mapping[str, str]) -> dict[str, str]:
    """Settings of Airflow; `product` is what its tasks need."""
    url = airflow_url(ports)
    settings = {
        "CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
        "CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(PARALLEL_TASKS),
        "CORE__FERNET_KEY": credential(home, "airflow_fernet", fernet_key),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{user}" for user in USERS),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(path_of(home, "airflow_passwords.json")),
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(ports["airflow"]),
        "API__BASE_URL": url,
        "API__SECRET_KEY": credential(home, "airflow_api"),
        "API_AUTH__JWT_SECRET": credential(home, "airflow_jwt"),
        "EXECUTION_API__JWT_EXPIRATION_TIME": str(LONGEST_TASK_SECONDS),
        "DATABASE__SQL_ALCHEMY_CONN": dsn.replace("postgresql://", "postgresql+psycopg2://", 1),
        # The scheduler looks for work twice a second; a DAG file is read again when it changes, or after ten minutes.
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        # A task whose machine was switched off counts as dead after a minute, not five.
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # What a killed scheduler had queued is taken over by the next within a minute, not five.
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    }
    settings |= {"OPENLINEAGE__EXTRACTORS": "recsys_lineage.StageLineage", "OPENLINEAGE__EMISSION_POLICY": LINEAGE}
    airflow = {f"AIRFLOW__{name}": value for name, value in {**settings, **_statsd(product)}.items()}
    return {**_shared(), **product, "AIRFLOW_HOME": str(home / "airflow"), **airflow}


def _statsd(product: Mapping[str, str]) -> dict[str, str]:
    """Airflow's own metrics go where those of the product go."""
    host = product.get("RECSYS_MONITOR__STATSD_HOST")
    if not host:
        return {}
    port = product.get("RECSYS_MONITOR__STATSD_PORT", str(MonitorSettings().statsd_port))
    return {
        "METRICS__STATSD_ON": "True",
        "METRICS__STATSD_HOST": host,
        "METRICS__STATSD_PORT": port,
        "METRICS__STATSD_PREFIX": "airflow",
    }


def product_environment(home: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """What a stage needs to find the store, the tracking server and the database; the user's own settings stay."""
    given = {name: value for name, value in os.environ.items() if name.startswith("RECSYS_")}
    return {
        "RECSYS_STORE": f"file://{home / 'store'}",
        **given,
        "RECSYS_HOME": str(home),
        "RECSYS_TRACKING__URI": mlflow_url(ports),
        "RECSYS_DATABASE_URL_FILE": str(path_of(home, "database_url")),
    }


def _shared() -> dict[str, str]:
    """A single thread per process, for tasks run side by side; nothing is reported to anyone; no proxy before
    127.0.0.1."""
    return {
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
