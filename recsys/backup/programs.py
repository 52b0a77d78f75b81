"""Dumps of the embedded Postgres and the way back, by its own programs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from psycopg2.extensions import parse_dsn

from recsys.backup.manifest import ROLES
from recsys.errors import TransientError
from recsys.standalone import cluster
from recsys.standalone.postgres import SUPERUSER, Server

MADE_BY_INITDB = f"CREATE ROLE {SUPERUSER};"


def dump_roles(server: Server, folder: Path) -> None:
    """Writes all roles, their memberships and the verifiers of their passwords to `roles.sql`."""
    _run(server, "pg_dumpall", "--roles-only", f"--file={folder / ROLES}")


def dump(server: Server, database: str, file: Path) -> None:
    """Writes a consistent snapshot of a database, with its owner and grants; readers and writers continue."""
    _run(server, "pg_dump", "--format=custom", f"--file={file}", database)


def restore_roles(server: Server, folder: Path) -> None:
    """Makes the roles of a dump in a server that was just initialised."""
    statements = (folder / ROLES).read_text().replace(MADE_BY_INITDB, "", 1)
    _run(server, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=postgres", text=statements)


def restore(server: Server, file: Path) -> None:
    """Makes the database of a dump, which must not be there yet."""
    _run(server, "pg_restore", "--create", "--exit-on-error", "--dbname=postgres", str(file))


def _run(server: Server, program: str, *arguments: str, text: str = "") -> None:
    """Runs a program as the superuser, whose password travels in the environment of the program alone."""
    made = subprocess.run(
        (str(cluster.binaries(server.home) / program), "--no-password", *arguments),
        input=text,
        text=True,
        capture_output=True,
        check=False,
        env={
            "PATH": os.defpath,
            "LC_ALL": "C",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": parse_dsn(server.dsn(SUPERUSER, SUPERUSER))["password"],
        },
    )
    if made.returncode:
        raise TransientError(
            f"{program} failed",
            where=arguments[-1],
            seen=made.stderr[-1000:].strip(),
            expected="exit status 0",
            remedy="see that message, then run it again",
        )
