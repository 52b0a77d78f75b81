import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recsys.cli import app
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import cluster
from recsys.standalone.postgres import Server

LIMITS = DatabaseSettings()
Write = Any
Call = Callable[..., str]


@pytest.fixture
def call(store: str, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Output of a command of the store's command line, which must succeed."""
    monkeypatch.setenv("RECSYS_DATABASE_URL", store)

    def output(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output
        return result.stdout

    return output


def test_publications_are_shown_and_rolled_back(store: str, write: Write, call: Call) -> None:
    for day in ("2026-01-09", "2026-01-10"):
        publish(store, write({"u1": [("a", 1.0)]}, day), LIMITS)
    assert [line.split()[:4] for line in call("publications").splitlines()[1:]] == [
        ["2", "2026-01-10", "model-1", "live"],
        ["1", "2026-01-09", "model-1", "published"],
    ]
    assert call("rollback") == "publication 1 is live\n"
    assert call("rollback", "2") == "publication 2 is live\n"


def test_migrate_says_where_and_not_with_what_password(store: str, call: Call) -> None:
    assert call("migrate").endswith("is up to date\n")
    assert store.split(":")[2].split("@")[0] not in call("migrate")


def test_a_rollback_to_nowhere_ends_with_status_1_and_no_traceback(call: Call) -> None:
    result = CliRunner().invoke(app, ["rollback", "7"])
    assert (result.exit_code, "there is no such publication" in result.output) == (1, True)


def test_psql_connects_with_what_dsn_prints(store: str, write: Write, postgres: Server, call: Call) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), LIMITS)
    psql = cluster.binaries(postgres.home) / "psql"
    told = subprocess.run(
        ["bash", "-c", f'"{psql}" "$("{Path(sys.executable).parent}/recsys" dsn)" -Atc "TABLE recommendations"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "u1|1|a|1|because of a|2026-01-10|model-1|1|1:u1\n"
