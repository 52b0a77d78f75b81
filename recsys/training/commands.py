"""Commands of the language model: `recsys finetune`, `models`, `promote` and `rollback-model`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from recsys import pipeline
from recsys.settings import load
from recsys.tracking import registry

Overrides = Annotated[list[str], typer.Option("--set", help="a setting, such as training.method=lora; repeatable")]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: today (UTC)")]


def finetune(as_of: AsOf = None, set_: Overrides = []) -> None:  # noqa: B006
    """Train the language model on the source's events; with MLflow it is registered as challenger."""
    settings = load(set_)
    day = (as_of or datetime.now(UTC)).date()
    (made,) = pipeline.run(("ingest", "finetune"), settings, day)["finetune"]
    typer.echo((made.path("model") / "README.md").read_text())
    typer.echo(f"kept in {made.uri}/model: use it with --set language.model={made.uri}/model")
    if settings.tracking.uri:
        from recsys.training import promotion

        typer.echo(f"registered as version {promotion.register(settings, made).number}")


def models(set_: Overrides = []) -> None:  # noqa: B006
    """Show the registered language models, newest first."""
    table = Table("version", "aliases", "model version", "forgotten users", "gate", box=None)
    for version in registry.versions(load(set_)):
        table.add_row(
            version.number,
            ", ".join(version.aliases),
            version.model_version,
            str(version.forgotten or ""),
            version.verdict[:60],
        )
    Console().print(table)


def promote(
    version: Annotated[str, typer.Argument(help="its number, as `recsys models` shows")],
    as_of: AsOf = None,
    unjudged: Annotated[bool, typer.Option("--unjudged", help="do not ask the gate")] = False,
    set_: Overrides = [],  # noqa: B006
) -> None:
    """Make a registered language model the champion, if the gate lets it pass."""
    from recsys.training import promotion

    settings = load(set_)
    day = (as_of or datetime.now(UTC)).date()
    made = promotion.make_champion(settings, version) if unjudged else promotion.promote(settings, version, day)
    typer.echo(f"version {made.number} is the champion")


def rollback_model(set_: Overrides = []) -> None:  # noqa: B006
    """Make the champion before this one champion again."""
    typer.echo(f"version {registry.rollback(load(set_)).number} is the champion")
