"""The command line: `recsys run` for one stage, `recsys batch` and `recsys evaluate` for files in and files out."""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import typer

from recsys import __version__, assess, child, errors, extras, progress, results, splitting, stages
from recsys import batch as batches
from recsys import forget as forgetting
from recsys.backup import commands as backups
from recsys.check import commands as checking
from recsys.demo import commands as demos
from recsys.experiments import commands as experiments
from recsys.maintenance import commands as maintenance
from recsys.monitor import commands as monitor
from recsys.publish import commands as publish
from recsys.serve import commands as serving
from recsys.settings import load
from recsys.settings.meaning import meanings
from recsys.standalone import commands as standalone
from recsys.trades import commands as trades
from recsys.training import commands as training

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

Overrides = Annotated[list[str], typer.Option("--set", help="a setting, such as lists.top_n=20; repeatable")]
Events = Annotated[
    str | None,
    typer.Option(help="file of user_id, item_id, action, and occurred_at or position; default: as in the settings"),
]
Items = Annotated[str | None, typer.Option(help="file of item_id, and title, category or description")]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: today (UTC)")]

WHOLE_RUNS = ("batch", "evaluate", "split", "demo")
INSIDE = ("recsys.ranking", "recsys.language")
"""Packages whose loggers the command line shows."""


def day_of(as_of: datetime | None) -> Any:
    """The day given, or today: the only place where the clock is read."""
    return (as_of or datetime.now(UTC)).date()


class Lines(logging.Handler):
    """Messages on standard error, in the words of a command; of whole runs those of stages, not of what is in them."""

    def __init__(self, command: Callable[..., None]) -> None:
        super().__init__()
        self._flags = signature(command).parameters
        self._inside = INSIDE if command.__name__ in WHOLE_RUNS else ()

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record."""
        if record.levelno > logging.INFO or not record.name.startswith(self._inside):
            progress.line(errors.as_typed(self.format(record), self._flags))


def explained(command: Callable[..., None]) -> Callable[..., None]:
    """A command that ends with a person's error, not a traceback: exit status 1, or 75 where another try may help.

    An unforeseen error, such as a store that is away, ends with its traceback and exit status 70.
    """

    @wraps(command)
    def call(*args: Any, **kwargs: Any) -> None:
        logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[Lines(command)])
        logging.getLogger("recsys").setLevel(logging.INFO)
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except Exception as error:
            raise typer.Exit(_told(error, command)) from None

    return call


def _told(error: Exception, command: Callable[..., None]) -> int:
    """The exit status of a command that failed; why has been written to standard error."""
    known = extras.lacking(error) if isinstance(error, ModuleNotFoundError) else error
    if not isinstance(known, errors.RecsysError):
        traceback.print_exception(error)
        return os.EX_SOFTWARE
    typer.secho(f"error: {errors.as_typed(str(known), signature(command).parameters)}", err=True, fg="red")
    return os.EX_TEMPFAIL if isinstance(known, errors.TransientError) else 1


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"recsys {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version, and end")
    ] = False,
) -> None:
    """Recommendations from behaviour and language, with user interest transfer."""


@app.command()
@explained
def run(
    stage: Annotated[str, typer.Argument(help=" | ".join([*stages.STAGES, *stages.BESIDES]))],
    as_of: AsOf = None,
    shard: Annotated[int, typer.Option(help="number of the shard, from 0")] = 0,
    inputs: Annotated[Path | None, typer.Option(help="JSON file: manifests by stage")] = None,
    manifest: Annotated[Path | None, typer.Option(help="where to write the manifest; default: standard output")] = None,
    set_: Overrides = [],  # noqa: B006
) -> None:
    """Run one stage; its inputs are the manifests of the stages before it."""
    if stage not in {*stages.STAGES, *stages.BESIDES}:
        raise errors.SettingsError(
            "there is no such stage", seen=stage, expected=", ".join([*stages.STAGES, *stages.BESIDES])
        )
    given = child.parse(inputs.read_text()) if inputs else {}
    try:
        made = results.run(stage, load(set_), day_of(as_of), given, shard).to_dict()
    except errors.RecsysError as error:
        if manifest:
            manifest.write_text(json.dumps(child.describe(error)))
        raise
    if manifest:
        manifest.write_text(json.dumps(made))
    else:
        typer.echo(json.dumps(made, indent=1))


@app.command()
@explained
def batch(
    out: Annotated[Path, typer.Option(help=".parquet, .csv or .jsonl: user_id, rank, item_id, score, reason")],
    events: Events = None,
    items: Items = None,
    users: Annotated[str | None, typer.Option(help="file of user_id: these get lists too")] = None,
    follows: Annotated[str | None, typer.Option(help="file of follower_id, followee_id")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: that of the last event")
    ] = None,
    top_n: Annotated[int | None, typer.Option(help="length of a list; default: lists.top_n")] = None,
    no_transfer: Annotated[bool, typer.Option("--no-transfer", help="without transfer from donors")] = False,
    set_: Overrides = [],  # noqa: B006
) -> None:
    """Recommend from files (Parquet, CSV, JSONL) to a file, without Airflow and Postgres."""
    overrides = [*set_, *(["transfer.enabled=false"] if no_transfer else [])]
    day = as_of.date() if as_of else None
    batches.recommend(events, items, users, follows, out=out, as_of=day, top_n=top_n, overrides=overrides)


@app.command()
@explained
def evaluate(
    report: Annotated[Path, typer.Option(help="JSON file to write; .md and .png are written beside it")],
    events: Events = None,
    items: Items = None,
    protocol: Annotated[list[str], typer.Option(help=f"{' | '.join(assess.PROTOCOLS)}; repeatable")] = ["warm"],  # noqa: B006
    users: Annotated[str | None, typer.Option(help="file of user_id and attributes")] = None,
    follows: Annotated[str | None, typer.Option(help="file of follower_id, followee_id")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: that of the last event")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=20, help="training seeds, from seed on")] = 1,
    given_split: Annotated[
        bool, typer.Option("--given-split", help="follow the column split of the events: train, valid, test")
    ] = False,
    at: Annotated[
        list[int], typer.Option(min=1, max=assess.DEEPEST, help="lengths of lists, besides 10; repeatable")
    ] = [],  # noqa: B006
    ablate: Annotated[
        bool, typer.Option(help="what each signal and expert, the trees and the donors bring, instead")
    ] = False,
    set_: Overrides = [],  # noqa: B006
) -> None:
    """Measure recommendations on files: hide what is known, ask every arm for it, compare."""
    day = as_of.date() if as_of else None
    asked = ["given-split"] if given_split else protocol
    found = assess.evaluate(
        events,
        items,
        users,
        follows,
        report=report,
        protocols=asked,
        as_of=day,
        seeds=seeds,
        at=at,
        ablate=ablate,
        overrides=set_,
    )
    typer.echo(found.text)


@app.command()
@explained
def split(
    out: Annotated[Path, typer.Option(help="folder to write: a Parquet file of events for each cut of the protocol")],
    events: Events = None,
    items: Items = None,
    protocol: Annotated[str, typer.Option(help="a protocol of `recsys evaluate`")] = "global-time",
    users: Annotated[str | None, typer.Option(help="file of user_id and attributes")] = None,
    follows: Annotated[str | None, typer.Option(help="file of follower_id, followee_id")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: that of the last event")
    ] = None,
    set_: Overrides = [],  # noqa: B006
) -> None:
    """Write the events of a protocol with a column split (train, valid, test), for other programs."""
    day = as_of.date() if as_of else None
    for file in splitting.split(out, events, items, users, follows, protocol=protocol, as_of=day, overrides=set_):
        typer.echo(file)


@app.command()
@explained
def settings(
    name: Annotated[str, typer.Argument(help="a section or a setting, such as lists.top_n: what it means")] = "",
    set_: Overrides = [],  # noqa: B006
) -> None:
    """Show the settings in force, as JSON, or the meaning, kind and bounds of some."""
    typer.echo("\n".join(meanings(name, load(set_))) if name else load(set_).model_dump_json(indent=1))


app.add_typer(serving.token, name="token")
for command in (
    checking.check,
    trades.init,
    standalone.up,
    standalone.down,
    standalone.status,
    demos.demo,
    publish.dsn,
    publish.migrate,
    publish.publications,
    publish.rollback,
    publish.refresh,
    forgetting.forget,
    publish.pseudonym,
    maintenance.maintain,
    maintenance.clean_databases,
    backups.backup,
    backups.restore,
    monitor.monitor,
    serving.serve,
    training.finetune,
    training.models,
    training.promote,
    training.rollback_model,
):
    app.command()(explained(command))

experiment = typer.Typer(no_args_is_help=True, help="Try a publication on a part of the users, and judge it.")
for action in (experiments.start, experiments.show, experiments.switch, experiments.judge, experiments.end):
    experiment.command()(explained(action))
app.add_typer(experiment, name="experiment")
