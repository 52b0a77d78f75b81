"""How long requests take, in StatsD: timings `recsys.serve.<route>.<status>`."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from statsd import StatsClient

from recsys.settings import MonitorSettings

log = logging.getLogger(__name__)

PREFIX = "recsys.serve"
UNANSWERED = 500
"""Status of a request that ended with an exception."""


class Timing:
    """An application whose requests are timed; a name holds the route alone, never what was asked."""

    def __init__(self, app: ASGIApp, client: StatsClient) -> None:
        self._app, self._client = app, client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and sends how long it took; no answer is awaited."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), UNANSWERED

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._client.timing(f"{_route(scope)}.{status}", 1000 * (time.perf_counter() - began))


def client_of(settings: MonitorSettings) -> StatsClient | None:
    """A client of the StatsD server; None without one, or where nobody knows its host."""
    if not settings.statsd_host:
        return None
    try:
        return StatsClient(settings.statsd_host, settings.statsd_port, prefix=PREFIX)
    except OSError as error:
        log.warning("serve: no timings are sent to %s (%s)", settings.statsd_host, error)
        return None


def _route(scope: Scope) -> str:
    """Path of the route that was found; `none` where none was, or where the request was refused before.

    >>> from types import SimpleNamespace
    >>> _route({"route": SimpleNamespace(path="/recommend")}), _route({})
    ('recommend', 'none')
    """
    path: str = getattr(scope.get("route"), "path", "none")
    return path.strip("/").replace("/", "_").replace(".", "_")
