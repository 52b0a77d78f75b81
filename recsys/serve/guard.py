"""What is refused before the body of a request is read: bodies that are too large, and senders without a token."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MAX_BODY = 4_000_000
"""Bytes of a body: more than `MAX_BATCH` rows of feedback with the longest ids take."""


class Guard:
    """An application behind which every POST has a valid token and a body of a stated, bounded length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 401, 411 or 413, or passes the request on."""
        refused = refusal(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (refused or self._app)(scope, receive, send)


def refusal(scope: Scope) -> JSONResponse | None:
    """The answer to a request that is not passed on; None for a request that is."""
    headers = Headers(scope=scope)
    kind, _, secret = headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or scope["app"].state.tokens.of(secret) is None:
        return _answer(401, "a valid token is needed: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
    length = headers.get("Content-Length", "")
    if not length.isdecimal():
        return _answer(411, "the length of the body is needed: Content-Length")
    if int(length) > MAX_BODY:
        return _answer(413, f"a body has at most {MAX_BODY:,} bytes: send the rows in several requests")
    return None


def _answer(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status, headers)
