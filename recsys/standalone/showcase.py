"""What came out of a run, for a person at a terminal: the publication, the quality, three users, where to look."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from recsys.artifacts import Manifest
from recsys.evaluation.columns import leading
from recsys.publish.connection import database_url, session
from recsys.settings import EventSettings
from recsys.stages import Inputs
from recsys.standalone import quality
from recsys.standalone.portraits import Portrait, Shares, portraits, tables, titles

LIVE = "SELECT count(*), count(DISTINCT user_id) FROM recommendations"
LIST = "SELECT rank, item_id, score, reason FROM recommendations WHERE user_id = %s ORDER BY rank LIMIT %s"
TITLE_STYLE = "bold"


@dataclass(frozen=True)
class Recommended:
    """One line of a user's list, as it stands in Postgres."""

    rank: int
    title: str
    score: float
    reason: str


def show(made: Inputs, settings: EventSettings, console: Console) -> None:
    """Prints what a finished run made and what Postgres serves now."""
    given = tables(made)
    name_of = titles(given.items)
    with session(database_url()) as db, db.cursor() as cursor:
        cursor.execute(LIVE)
        rows, users = cursor.fetchone() or (0, 0)
        console.print(publication(made["publish"][0], rows, users), highlight=False)
        evaluated = made["evaluate"][0]
        metrics, ratios = (pd.read_parquet(evaluated.path(f"{name}.parquet")) for name in ("metrics", "ratios"))
        show_quality(metrics, ratios, console)
        for portrait in portraits(given, settings):
            cursor.execute(LIST, (portrait.user_id, 10))
            listed = [Recommended(rank, name_of.get(item, item), score, why) for rank, item, score, why in cursor]
            show_user(portrait, listed, console)


def publication(publish: Manifest, rows: int, users: int) -> str:
    """What is live, in two lines."""
    facts = escape("  ".join(f"{name} {text}" for name, text in publish.facts.items()))
    return f"\n[{TITLE_STYLE}]Live in Postgres[/]\n{rows:,} recommendations for {users:,} users   {facts}"


def show_quality(metrics: pd.DataFrame, ratios: pd.DataFrame, console: Console) -> None:
    """Prints hindsight where there is any, then the backtests, with 95% intervals over users."""
    for title, rows in quality.main(metrics):
        console.print(_table(title, ["", *quality.METRICS], rows))
    if compared := quality.compared(ratios):
        console.print(f"NDCG@10 of recsys, {leading(ratios['protocol'])}, is {'; '.join(compared)}", highlight=False)
    revealed, rows = quality.cold(metrics)
    if rows:
        console.print(_table("Newcomers: NDCG@10 by number of events revealed", ["", *revealed], rows))


def show_user(portrait: Portrait, listed: list[Recommended], console: Console) -> None:
    """Prints one user: liked, interests before and after transfer, and their list."""
    console.print(
        f"\n[{TITLE_STYLE}]User {escape(portrait.user_id)}[/]: {portrait.positives} positive events, evidence "
        f"{portrait.evidence:.1f}, alpha {portrait.alpha:.2f} ({portrait.segment})\n"
        f"  liked    {escape('; '.join(portrait.liked)) or 'nothing yet'}\n"
        f"  before   {_told(portrait.before) or 'unknown'}\n"
        f"  after    {_told(portrait.after)}\n"
        f"  donors   {_told(portrait.donors) or 'none'}",
        highlight=False,
    )
    rows = [[str(one.rank), one.title, f"{one.score:.3f}", one.reason] for one in listed]
    console.print(_table("", ["", "title", "score", "reason"], rows))


def _told(shares: Shares) -> str:
    return escape("   ".join(f"{name} {share:.0%}" for name, share in shares))


def _table(title: str, columns: list[str], rows: list[list[str]]) -> Table:
    table = Table(title=title or None, title_justify="left", title_style=TITLE_STYLE)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    return table
