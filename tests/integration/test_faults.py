"""Runs of one day that meet in one store and one database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from recsys.publish.kept import publications
from recsys.publish.migrations import migrate
from recsys.stages import STAGES
from recsys.standalone.postgres import Server

BRIEF = str(Path(__file__).parents[1] / "brief.py")
Chosen = Callable[[Mapping[str, str]], list[str]]
RUN = """
import json, runpy, sys
from datetime import date
from recsys import pipeline
from recsys.settings import load
from recsys.stages import STAGES

print("ready", flush=True)
sys.stdin.readline()
with runpy.run_path(sys.argv[1])["brief_training"]():
    made = pipeline.run(STAGES, load(sys.argv[2:]), date(2026, 1, 5))
print(json.dumps({name: [one.to_dict() for one in many] for name, many in made.items()}))
"""


class Racer:
    """A process that waits for its sign, then runs every stage of the day."""

    def __init__(self, overrides: list[str], database: str) -> None:
        environment = {**os.environ, "RECSYS_DATABASE_URL": database, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, BRIEF, *overrides],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def made(self) -> dict[str, Any]:
        told, _ = self.process.communicate(timeout=120)
        assert self.process.returncode == 0
        return dict(json.loads(told))


@pytest.fixture(scope="module")
def race(postgres: Server, chosen: Chosen, shop: dict[str, str]) -> dict[str, Any]:
    """What two runs at once made, what a third made after them, and where."""
    overrides, database = chosen(shop), postgres.create_database("race", "race")
    migrate(database)
    racers = [Racer(overrides, database) for _ in range(2)]
    for racer in racers:
        racer.go()
    both = [racer.made() for racer in racers]
    late = Racer(overrides, database)
    late.go()
    return {"both": both, "late": late.made(), "database": database, "store": overrides[0].removeprefix("store=")}


def test_two_runs_of_one_day_at_once_publish_it_once(race: dict[str, Any]) -> None:
    facts = [made["publish"][0]["facts"] for made in race["both"]]
    assert sorted(one["published"] for one in facts) == ["already live", "yes"]
    assert [(one.status, str(one.pub_id)) for one in publications(race["database"])] == [
        ("live", facts[0]["publication"])
    ]


def test_two_runs_at_once_leave_one_whole_result_of_every_stage(race: dict[str, Any]) -> None:
    one, other = ([one["uri"] for name in made for one in made[name] if STAGES[name].stored] for made in race["both"])
    assert one == other
    assert sorted(str(file.parent) for file in Path(race["store"]).glob("*/as_of=*/*/manifest.json")) == sorted(
        uri.removeprefix("file://") for uri in one
    )
    assert not list(Path(race["store"]).glob("*/as_of=*/.aside-*"))


def test_two_runs_at_once_serve_every_user_a_whole_list(race: dict[str, Any]) -> None:
    with closing(psycopg2.connect(race["database"])) as db, db.cursor() as cursor:
        cursor.execute("SELECT user_id, count(DISTINCT item_id) FROM recommendations GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [(f"u{user:02}", 5) for user in range(30)]


def test_a_run_after_them_finds_all_of_it(race: dict[str, Any]) -> None:
    late = race["late"]
    assert all(one["cached"] for name in late for one in late[name] if STAGES[name].stored)
    assert late["publish"][0]["facts"]["published"] == "already live"
