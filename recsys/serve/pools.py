"""Connections of the server: a pool a scope, whose connections have the rights of that scope's role and no more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg

from recsys.publish.connection import database_url
from recsys.serve.tokens import SCOPES

MAX_CONNECTIONS = 8
"""Connections of a scope, in each process."""
ANSWER_SECONDS, CONNECT_SECONDS = 5.0, 5.0
"""Longest that a request waits for an answer, and for a connection."""


class Pools:
    """A pool for every scope that is asked for."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pools: dict[str, asyncpg.Pool] = {}

    async def value(self, scope: str, statement: str, values: Sequence[Any]) -> Any:
        """First column of the first row, with the rights of the scope; raises what asyncpg raises."""
        pool = await self._of(scope)
        async with pool.acquire(timeout=CONNECT_SECONDS) as db:
            return await db.fetchval(statement, *values)

    async def close(self) -> None:
        """Ends all connections."""
        for pool in self._pools.values():
            await pool.close()

    async def _of(self, scope: str) -> asyncpg.Pool:
        if scope not in self._pools:
            self._pools[scope] = await asyncpg.create_pool(
                self._dsn,
                min_size=0,
                max_size=MAX_CONNECTIONS,
                timeout=CONNECT_SECONDS,
                command_timeout=ANSWER_SECONDS,
                server_settings={"application_name": "recsys serve"},
                init=_as(SCOPES[scope]),
                reset=_nothing,
            )
        return self._pools[scope]


def _as(role: str) -> Any:
    async def give_up_other_rights(db: asyncpg.Connection) -> None:
        """For the life of the connection: no route sets another role."""
        (name,) = await db.fetchrow("SELECT quote_ident(current_database() || '_' || $1)", role)
        await db.execute(f"SET ROLE {name}")

    return give_up_other_rights


async def _nothing(db: asyncpg.Connection) -> None:
    """What is done as a connection is released: no route leaves anything behind in it."""


def serve_url() -> str:
    """Connection string of the server: RECSYS_SERVE_DATABASE_URL or …_FILE, else that of the product; a secret."""
    named = os.environ.get("RECSYS_SERVE_DATABASE_URL_FILE")
    return os.environ.get("RECSYS_SERVE_DATABASE_URL") or (Path(named).read_text().strip() if named else database_url())
