"""Stores of earlier releases come up under this version: a release adds its dump (CONTRIBUTING.md)."""

import os
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from recsys.errors import SettingsError
from recsys.publish.connection import session
from recsys.publish.migrations import migrate
from recsys.publish.roles import ROLES
from recsys.standalone.postgres import Server
from tests.publish.described import described
from tests.publish.release import DAYS, FOLDER, NAME, dump, fill, load

RELEASES = sorted(file.stem for file in FOLDER.glob("*.sql"))
USERS = (*DAYS["2026-01-10"], "a stranger")
ANSWERS = (
    "SELECT * FROM recommendations ORDER BY user_id, rank",
    *(f"SELECT * FROM recommend('{user}')" for user in USERS),
    *(f"SELECT * FROM recommend('{user}', categories => '{{kind a}}', exclude => '{{c}}')" for user in USERS),
    *(f"SELECT * FROM recommend_list('{user}')" for user in USERS),
    *(f"SELECT * FROM explain_list('{user}')" for user in USERS),
    *(f"SELECT * FROM explain('{user}')" for user in USERS),
    "SELECT * FROM similar_items('a') UNION ALL SELECT * FROM popular()",
    "SELECT * FROM recommendations_contract()",
    "SELECT * FROM recsys.feedback ORDER BY pub_id, user_id, item_id",
)
RIGHTS = """
    SELECT 'call', oid::regprocedure::text, pronamespace::regnamespace::text
    FROM pg_proc WHERE has_function_privilege(%(role)s, oid, 'EXECUTE')
    AND pronamespace IN ('public'::regnamespace, 'recsys'::regnamespace)
    UNION ALL
    SELECT privilege, oid::regclass::text, relnamespace::regnamespace::text
    FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES']) AS privilege
    WHERE has_table_privilege(%(role)s, oid, privilege) AND relkind IN ('r', 'p', 'v')
      AND relnamespace IN ('public'::regnamespace, 'recsys'::regnamespace)
"""
OBSOLETE = {
    "recsys.recommend_1(text,integer)",
    "recsys.recommend_2(text,integer,text)",
    "recsys.recommend_list_2(text,text)",
    "recsys.explain_list_2(text)",
    "recsys.other_list(text,text)",
    "recsys.fall_back(text)",
}
"""What releases have that this version dropped."""


def answers(dsn: str) -> list[list[tuple[Any, ...]]]:
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        return [(cursor.execute(query), cursor.fetchall())[1] for query in ANSWERS]


def rights(dsn: str) -> dict[str, set[tuple[str, ...]]]:
    with closing(psycopg2.connect(dsn)) as db, db.cursor() as cursor:
        found = {}
        for role in ROLES:
            cursor.execute(RIGHTS, {"role": f"{dsn.rsplit('/', 1)[1]}_{role}"})
            found[role] = {right for right in cursor.fetchall() if right[1] not in OBSOLETE}
        return found


@pytest.fixture(scope="module")
def fresh(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store that this version made, filled as those of releases are."""
    dsn = postgres.create_database(NAME, NAME)
    fill(dsn, tmp_path_factory.mktemp("fresh"))
    return dsn


def test_a_store_of_this_version_can_be_dumped_for_later_ones(postgres: Server, fresh: str) -> None:
    text = dump(postgres, fresh)
    assert "INSERT INTO recsys.feedback VALUES" in text
    if version := os.environ.get("RELEASE"):
        (FOLDER / f"{version}.sql").write_text(text)


@pytest.mark.parametrize("release", RELEASES)
def test_a_store_of_a_release_answers_as_before_and_is_made_as_a_fresh_one(
    postgres: Server, fresh: str, release: str
) -> None:
    old = load(postgres, release, f"from_{release.replace('.', '_')}")
    answered, might = answers(old), rights(old)
    assert all(answered[:2])
    with pytest.raises(SettingsError, match="recsys migrate"), session(old):
        pass
    migrate(old)
    with session(old):
        assert answers(old) == answered
    assert rights(old) == might
    assert described(old) ^ described(fresh) == set()
