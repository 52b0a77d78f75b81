"""Commands of the HTTP server: `recsys serve`, and `recsys token` for those who may ask it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from recsys.serve import tokens

token = typer.Typer(no_args_is_help=True, help="Tokens of applications that ask the HTTP server.")

Scopes = Annotated[list[str], typer.Option("--scope", help=f"one of {', '.join(tokens.SCOPES)}; repeatable")]
Name = Annotated[str, typer.Argument(help="the application's name")]


def serve(
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8090,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes")] = 1,
) -> None:
    """Answer over HTTP what the serving store answers in SQL, until it is stopped; /docs lists the routes."""
    import uvicorn  # slow to load, and only needed here

    uvicorn.run(
        "recsys.serve.app:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@token.command()
def add(name: Name, scope: Scopes) -> None:
    """Make a token and print it: it is kept as a hash, and cannot be shown again."""
    typer.echo(tokens.add(name, scope))


@token.command()
def remove(name: Name) -> None:
    """Take a token away: it opens nothing from the next request on."""
    tokens.remove(name)
    typer.echo(f"{name} opens nothing any more")


@token.command("list")
def list_() -> None:
    """Show whose tokens are valid, and what they open."""
    table = Table("application", "scopes", box=None)
    for kept in tokens.Tokens().all():
        table.add_row(kept.name, ", ".join(sorted(kept.scopes)))
    Console().print(table)
