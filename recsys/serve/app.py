"""The application that `recsys serve` runs: routes, their parameters, and the SQL function that answers each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from recsys.serve.answers import ask, rows, scope
from recsys.serve.guard import Guard
from recsys.serve.pools import Pools, serve_url
from recsys.serve.timing import Timing, client_of
from recsys.serve.tokens import Tokens
from recsys.settings import load

MAX_BATCH = 1000
"""Maximum rows of feedback in a request."""
JSON = "SELECT coalesce(json_agg(answer), '[]') FROM "
LIVE = (
    "SELECT json_build_object('contract', recommendations_contract(), 'publication', (SELECT publication FROM"
    " recommendations LIMIT 1))"
)

Text = Annotated[str, Query(min_length=1, max_length=1000)]
Count = Annotated[int, Query(ge=1, le=1000)]
Texts = Annotated[list[str] | None, Query(max_length=1000)]
Category = Annotated[str | None, Query(max_length=1000)]


class Action(BaseModel):
    """What was done with an answer."""

    model_config = ConfigDict(extra="forbid")
    recommendation_id: str = Field(max_length=1100, description="as the answer named it")
    item_id: str = Field(max_length=1000)
    action: str = Field(max_length=100, description="impression, click, buy or another action of the behaviour events")
    occurred_at: AwareDatetime = Field(description="with its offset from UTC")
    value: float | None = Field(None, description="of a purchase", allow_inf_nan=False)


class Availability(BaseModel):
    """Whether an item may be recommended."""

    model_config = ConfigDict(extra="forbid")
    item_id: str = Field(min_length=1, max_length=1000)
    available: bool


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Opens no connection before the first request; closes all at the end."""
    app.state.tokens, app.state.pools = Tokens(), Pools(serve_url())
    yield
    await app.state.pools.close()


def create() -> FastAPI:
    """The application; its page of routes is at /docs."""
    app = FastAPI(
        title="recsys",
        summary="Recommendations of the live set, and what was done with them",
        version="3",
        lifespan=lifespan,
        redoc_url=None,
    )
    app.add_middleware(Guard)
    if client := client_of(load().monitor):
        app.add_middleware(Timing, client=client)
    _reading(app)
    _items(app)
    _writing(app)
    _health(app)
    return app


def _reading(app: FastAPI) -> None:
    @app.get("/recommend", dependencies=[scope("read")], tags=["users"])
    async def recommend(
        request: Request,
        user_id: Text,
        n: Count = 10,
        cohort: Category = None,
        categories: Texts = None,
        exclude: Texts = None,
        among: Texts = None,
    ) -> Response:
        """The best n of a user, an object per item."""
        call = JSON + "recommend($1, $2, $3, $4, $5, $6) AS answer"
        return await rows(request, "read", call, user_id, n, cohort, categories, exclude, among)

    @app.get("/recommend_list", dependencies=[scope("read")], tags=["users"])
    async def recommend_list(request: Request, user_id: Text, cohort: Category = None) -> Response:
        """The whole list of a user as an object."""
        return await rows(request, "read", JSON + "recommend_list($1, $2) AS answer", user_id, cohort)

    @app.get("/explain_list", dependencies=[scope("explain")], tags=["users"])
    async def explain_list(request: Request, user_id: Text) -> Response:
        """The whole list of a user with the terms of each score."""
        return await rows(request, "explain", JSON + "explain_list($1) AS answer", user_id)

    @app.get("/explain", dependencies=[scope("explain")], tags=["users"])
    async def explain(request: Request, user_id: Text) -> Response:
        """Interests of a user before and after transfer, strongest first."""
        return await rows(request, "explain", JSON + "explain($1) AS answer", user_id)


def _items(app: FastAPI) -> None:
    @app.get("/similar_items", dependencies=[scope("read")], tags=["items"])
    async def similar_items(request: Request, item_id: Text, n: Count = 10) -> Response:
        """Items similar to an item, most similar first."""
        return await rows(request, "read", JSON + "similar_items($1, $2) AS answer", item_id, n)

    @app.get("/often_next", dependencies=[scope("read")], tags=["items"])
    async def often_next(request: Request, item_id: Text, n: Count = 10) -> Response:
        """Items that often follow an item."""
        return await rows(request, "read", JSON + "often_next($1, $2) AS answer", item_id, n)

    @app.get("/popular", dependencies=[scope("read")], tags=["items"])
    async def popular(request: Request, category: Category = None, n: Count = 10) -> Response:
        """Items of most recent interest, in all or of a category."""
        return await rows(request, "read", JSON + "popular($1, $2) AS answer", category, n)

    @app.get("/trending", dependencies=[scope("read")], tags=["items"])
    async def trending(request: Request, category: Category = None, n: Count = 10) -> Response:
        """Items whose interest rises fastest, in all or of a category."""
        return await rows(request, "read", JSON + "trending($1, $2) AS answer", category, n)


def _writing(app: FastAPI) -> None:
    @app.post("/record_feedback", dependencies=[scope("feedback")], tags=["what was done"])
    async def record_feedback(
        request: Request, actions: Annotated[list[Action], Field(min_length=1, max_length=MAX_BATCH)]
    ) -> Response:
        """Records actions; returns how many were accepted, repeated, and quarantined."""
        columns = zip(*(action.model_dump().values() for action in actions), strict=True)
        call = JSON + "record_feedback_batch($1, $2, $3, $4, $5) AS answer"
        return Response(await ask(request, "feedback", call, *map(list, columns)), media_type="application/json")

    @app.post("/set_available", dependencies=[scope("catalogue")], tags=["what was done"], status_code=204)
    async def set_available(request: Request, change: Availability) -> None:
        """Takes an item out of every answer, or lets it back in."""
        await ask(request, "catalogue", "SELECT set_available($1, $2)", change.item_id, change.available)


def _health(app: FastAPI) -> None:
    @app.get("/health", tags=["operation"])
    async def health() -> dict[str, str]:
        """Whether this process answers."""
        return {"status": "ok"}

    @app.get("/ready", tags=["operation"])
    async def ready(request: Request) -> Response:
        """Whether recommendations can be read: 503 while the store is away or nothing is live."""
        body = await ask(request, "read", LIVE)
        if '"publication" : null' in body:
            raise HTTPException(503, "nothing is live yet")
        return Response(body, media_type="application/json")
