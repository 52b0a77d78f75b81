"""Pages about recommendations in Airflow's UI: a page in the navigation, and a tab on every run of a DAG."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

PREFIX = "/recsys"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The pages, loaded when the first is asked for: every task loads plugins, and only the API server shows pages."""
    routes = await asyncio.to_thread(importlib.import_module, "recsys_routes")
    await routes.app(scope, receive, send)


def place() -> str:
    """Path under which Airflow's own page lies: empty, or such as `/airflow`.

    >>> urlsplit("https://example.org/airflow/").path.rstrip("/")
    '/airflow'
    """
    return urlsplit(str(conf.get("api", "base_url", fallback=""))).path.rstrip("/")


class RecsysPages(AirflowPlugin):
    """Makes the pages known to Airflow."""

    name = "recsys_pages"
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "recsys"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Recsys",
            "href": f"{place()}{PREFIX}/publications",
            "destination": "nav",
            "url_route": "recsys",
            "nav_top_level": True,
            "icon": f"{place()}{PREFIX}/static/icon.svg",
            "icon_dark_mode": f"{place()}{PREFIX}/static/icon-dark.svg",
        },
        {
            "name": "Stages",
            "href": f"{place()}{PREFIX}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "recsys_stages",
        },
    ]
