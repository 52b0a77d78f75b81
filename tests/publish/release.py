"""A store of this version as a dump, which all later versions must be able to bring up.

It holds users, two publications with lists of users and of items, an arm, an overlay, feedback and an item that is sold
out.
"""

import dataclasses
import re
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg2

from recsys.publish.migrations import migrate
from recsys.publish.publication import publish
from recsys.publish.roles import ROLES
from recsys.settings import DatabaseSettings
from recsys.standalone import cluster
from recsys.standalone.postgres import Server
from tests.publish.conftest import make_draft, write_item_lists

FOLDER = Path(__file__).with_name("releases")
NAME = "released_store"
"""The database of a dump and its owner, and so the beginning of the names of its roles."""
DAYS = {
    "2026-01-09": {"u1": [("a", 3.0), ("b", 2.0)], "u2": [("b", 1.0)], "u3": [("c", 1.0)], "u4": [("a", 1.0)]},
    "2026-01-10": {"u1": [("b", 3.0), ("a", 1.0)], "u2": [("c", 1.0)], "u3": [("a", 2.0)], "u4": [("b", 1.0)]},
}
AFTERWARDS = (
    "INSERT INTO recsys.arm VALUES ('first', 'challenger', 'key', 0, 5000, 1, '2026-01-09', 'model-1')",
    "INSERT INTO recsys.overlay_list (user_id, pub_id, as_of, history, item_ids, scores, reasons, terms)"
    " SELECT user_id, publication, '2026-01-11', 'more', '{c,a}', '{2,1}', '{new,old}', '{new +2.00,old +1.00}'"
    " FROM recommend_list('u4'), (VALUES ('u4')) AS one (user_id)",
    "SELECT record_feedback(recommendation_id, item_id, 'click', now()) FROM recommendations",
    "SELECT record_feedback('1:u1', 'nothing', 'click', now())",
    "SELECT set_available('b', false)",
)
# What an older Postgres does not know; the right of 17 is one that `recsys migrate` gives again.
NEWER = re.compile(r"^\\(?:un)?restrict .*\n|^SET transaction_timeout.*\n|,MAINTAIN(?=[, ])", re.MULTILINE)


def fill(dsn: str, folder: Path) -> None:
    """Migrates, publishes two days, and does what happens between two publications."""
    migrate(dsn)
    for day, lists in DAYS.items():
        draft = make_draft(folder / day, lists, day)
        item_lists = write_item_lists(folder / day, {("similar", "a"): [("c", 0.5)], ("popular", ""): [("c", 9.0)]})
        publish(dsn, dataclasses.replace(draft, item_lists=item_lists), DatabaseSettings(min_overlap=0))
    with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as work:
        for statement in AFTERWARDS:
            work.execute(statement)


def dump(postgres: Server, dsn: str) -> str:
    """The store with owners, rights and rows, as SQL that Postgres 15 and later read."""
    program = str(cluster.binaries(postgres.home) / "pg_dump")
    text = subprocess.run([program, "--inserts", dsn], capture_output=True, text=True, check=True).stdout
    return NEWER.sub("", text)


def load(postgres: Server, version: str, name: str) -> str:
    """Connection string of a new database with the store of a release."""
    dsn = postgres.create_database(name, name)
    with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as work:
        for role in ROLES:
            work.execute(f"CREATE ROLE {name}_{role}; GRANT {name}_{role} TO CURRENT_USER")
        work.execute(f"GRANT {name}_reader TO {name}_explainer; GRANT {name}_explainer TO {name}_operator")
    with closing(psycopg2.connect(postgres.dsn(name, "postgres"))) as db, db, db.cursor() as work:
        work.execute((FOLDER / f"{version}.sql").read_text().replace(NAME, name))
    return dsn
