"""The command that shows what was watched."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from recsys.publish import connection

AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day; default: the last one recorded")]
Over = Annotated[bool, typer.Option("--over", help="only what is over its bound")]


def monitor(as_of: AsOf = None, over: Over = False) -> None:
    """Show what was measured of a day: input, drift, quality, and what is over its bound."""
    from recsys.monitor import record

    with connection.session(connection.database_url()) as db, db.cursor() as work:
        day, found = record.read(work, as_of.date() if as_of else None)
    if not found:
        typer.echo("nothing is recorded" + (f" of {day}" if day else " yet"))
        return
    table = Table("metric", "part", "value", "interval", "bound", "", box=None, title=f"as of {day}")
    for measure in found:
        if measure.over or not over:
            interval = "" if measure.low is None or measure.high is None else f"{measure.low:.4g} to {measure.high:.4g}"
            bound = "" if measure.bound is None else f"{measure.bound:.4g}"
            table.add_row(
                measure.metric, measure.part, f"{measure.value:.4g}", interval, bound, "over" if measure.over else ""
            )
    Console().print(table)
