"""The commands of docs/operations.md for a dump and the way back, on databases as the first start makes them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.deploy import compose
from tests.deploy.containers import Site

DATABASES = ("airflow", "mlflow", "recsys")
NOTE = "CREATE TABLE public.note (what text); INSERT INTO public.note VALUES ('kept')"


def documented(program: str) -> str:
    """The loop over the databases that calls a program, without what leads into the container."""
    text = (compose.ROOT / "docs" / "operations.md").read_text()
    (loop,) = re.findall(rf"^for name in [^\n]+\n[^\n]+ {program} [^\n]+\ndone$", text, re.MULTILINE)
    return str(loop).replace("docker compose exec -T postgres ", "")


def test_a_dump_of_every_database_is_restored_on_an_empty_volume(cluster: Site, tmp_path: Path) -> None:
    cluster.start("postgres")
    superuser = (cluster.folder / "secrets" / "postgres_postgres").read_text()
    environment = {
        **cluster.environment("postgres", "postgres"),
        "PGHOST": "127.0.0.1",
        "PGUSER": "postgres",
        "PGPORT": str(cluster.ports["postgres"]),
        "PGPASSWORD": superuser,
    }

    def said(*command: str) -> str:
        made = subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    for name in DATABASES:
        said("psql", "-c", NOTE, name)
    said("sh", "-ec", documented("pg_dump"))
    for name in DATABASES:
        said("dropdb", name)
    cluster.prepare_databases()
    said("sh", "-ec", documented("pg_restore"))
    assert [said("psql", "-Atc", "SELECT what FROM public.note", name) for name in DATABASES] == ["kept"] * 3
    assert (
        said("psql", "-Atc", "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'celery'", "airflow")
        == "airflow_celery"
    )
