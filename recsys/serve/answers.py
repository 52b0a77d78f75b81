"""What a request ends with: the JSON that Postgres made of a function's rows, or an error that a person can act on."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, HTTPException, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from recsys.serve.pools import Pools
from recsys.serve.tokens import SCOPES, Tokens

log = logging.getLogger(__name__)

bearer = HTTPBearer(description="a token of `recsys token add`", auto_error=False)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
UNCHANGED = 304
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""What a store raises that may be there again soon."""


def scope(name: str) -> Any:
    """A dependency that lets in requests whose token has the scope: 401 without a token, 403 without the scope."""

    async def check(request: Request, credentials: Bearer) -> None:
        tokens: Tokens = request.app.state.tokens
        token = tokens.of(credentials.credentials) if credentials else None
        if token is None:
            raise HTTPException(
                401, "a valid token is needed: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"}
            )
        if name not in token.scopes:
            raise HTTPException(403, f"the token {token.name!r} lacks the scope {name!r}")

    return Depends(check)


async def ask(request: Request, role: str, statement: str, *values: Any) -> str:
    """The first value of a statement, run with the rights of a scope.

    Raises 422 for values that Postgres cannot take, and 503, with a time after which to try again, while it is away.
    """
    pools: Pools = request.app.state.pools
    try:
        return str(await pools.value(role, statement, values))
    except (
        asyncpg.UndefinedFunctionError,
        asyncpg.UndefinedObjectError,
        asyncpg.InsufficientPrivilegeError,
        asyncpg.InvalidParameterValueError,
    ):
        raise HTTPException(
            503,
            f"the server lacks the rights of the scope {role!r}: run `recsys migrate`, and"
            f" make its login a member of the group role {SCOPES[role]!r}",
        ) from None
    except asyncpg.DataError as error:
        raise HTTPException(422, f"the database cannot take a value: {error}") from None
    except AWAY as error:
        log.warning("serve: the serving store is away (%s)", type(error).__name__)
        raise HTTPException(503, "the serving store is away", {"Retry-After": "5"}) from None


async def rows(request: Request, role: str, function: str, *values: Any) -> Response:
    """All rows of an SQL function as JSON, with an ETag: 304 for a client that has this very answer already."""
    body = (await ask(request, role, function, *values)).encode()
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in _known(request.headers.get("If-None-Match", "")):
        return Response(status_code=UNCHANGED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _known(header: str) -> Sequence[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
