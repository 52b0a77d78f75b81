"""Routes of the pages, behind Airflow's login: who may see the runs of the DAG may look, who may trigger may act.

Routes, rights and headers only: what a page shows is made in `recsys.pages`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.configuration import conf
from fastapi import Depends, FastAPI, Form, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer

import airflow_runs as runs
from recsys.errors import RecsysError
from recsys.pages import screens
from recsys.pages.connection import reading
from recsys.pages.render import STATIC, page
from recsys_pages import PREFIX

DAILY, ROLLBACK = "recsys_daily", runs.ROLLBACK
TOKEN_SECONDS = 12 * 3600
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Id = Annotated[str, Query(min_length=1, max_length=20_000)]

app = FastAPI(
    title="recsys",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    default_response_class=HTMLResponse,
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN, DAILY))],
)


@app.middleware("http")
async def guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer, which no other page may frame, and which loads nothing from other hosts."""
    answer = await call_next(request)
    answer.headers.update(HEADERS)
    return answer


@app.exception_handler(RecsysError)
def troubled(request: Request, error: RecsysError) -> HTMLResponse:
    """What is wrong, in words, as a page."""
    return HTMLResponse(page("trouble", base=_base(request), here="", trouble=str(error)), status_code=503)


@app.get("/")
def root(request: Request) -> RedirectResponse:
    """To the first page."""
    return RedirectResponse(f"{_base(request)}/publications")


@app.get("/publications")
def publications(request: Request, user: GetUserDep, rollback: str | None = None) -> str:
    """The publications that are kept."""
    viewer = screens.Viewer(_may_act(user), _tokens().dumps(user.get_id()))
    with reading() as db:
        return screens.publications(db, _base(request), viewer, runs.rollback(rollback) if rollback else None)


@app.post(
    "/publications/{pub_id}/rollback",
    dependencies=[Depends(requires_access_dag("POST", DagAccessEntity.RUN, ROLLBACK))],
)
def roll_back(request: Request, pub_id: int, user: GetUserDep, token: Annotated[str, Form()]) -> RedirectResponse:
    """Starts the DAG that makes the publication live again, in the name of who asked."""
    _refuse_foreign(request, user, token)
    run_id = runs.start_rollback(pub_id, user.get_name())
    return RedirectResponse(f"{_base(request)}/publications?{urlencode({'rollback': run_id})}", status_code=303)


@app.get("/users")
def users(request: Request, beginning: Annotated[str, Query(max_length=500)] = "") -> str:
    """Users whose id begins so."""
    with reading() as db:
        return screens.users(db, _base(request), beginning)


@app.get("/user")
def one_user(request: Request, user_id: Id) -> str:
    """What is known of a user, and what they are given."""
    with reading() as db:
        return screens.user(db, _base(request), user_id)


@app.get("/item")
def one_item(request: Request, item_id: Id) -> str:
    """What an item is to all users."""
    with reading() as db:
        return screens.item(db, _base(request), item_id)


@app.get("/feedback")
def feedback(request: Request) -> str:
    """What users did with what they were shown."""
    with reading() as db:
        return screens.feedback(db, _base(request))


@app.get("/health")
def health(request: Request) -> str:
    """How the days have been."""
    with reading() as db:
        return screens.health(db, _base(request), datetime.now(UTC).date(), runs.decisions())


@app.get("/experiments")
def experiments(request: Request, name: Annotated[str, Query(max_length=300)] = "") -> str:
    """The experiment that runs, unless another is named."""
    with reading() as db:
        return screens.experiments(db, _base(request), name)


@app.get("/run", dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])
def one_run(request: Request, dag_id: Id, run_id: Id) -> str:
    """What the stages of a run made."""
    found = runs.dag_run(dag_id, run_id)
    if found is None:
        raise HTTPException(404, "there is no such run")
    return screens.run(_base(request), found)


@app.get("/static/{name}")
def static(name: str) -> FileResponse:
    """A style sheet or script of the pages."""
    if name not in {file.name for file in STATIC.iterdir()}:
        raise HTTPException(404)
    return FileResponse(STATIC / name)


def _base(request: Request) -> str:
    """Path under which the pages lie, as the browser sees it."""
    return str(request.scope.get("root_path", PREFIX)).rstrip("/")


def _may_act(user: GetUserDep) -> bool:
    return bool(
        get_auth_manager().is_authorized_dag(
            method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=ROLLBACK), user=user
        )
    )


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt=PREFIX)


def _refuse_foreign(request: Request, user: GetUserDep, token: str) -> None:
    """Raises 403 for a form that this user did not get from a page here: another site cannot make such a form."""
    try:
        theirs = _tokens().loads(token, max_age=TOKEN_SECONDS) == user.get_id()
    except BadSignature:
        theirs = False
    if not theirs or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "this form is not of a page shown to you recently: reload the page, and try again")
