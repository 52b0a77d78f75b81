"""What came out of the days of the demo, for a person at a terminal: live, hindsight, quality, users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from rich.console import Console
from rich.markup import escape

from recsys.artifacts import Manifest
from recsys.demo import hindsight, quality
from recsys.demo.page import TITLE_STYLE, shares_in_words, table
from recsys.demo.user_summaries import UserSummary, tables, titles, user_summaries
from recsys.evaluation.columns import HINDSIGHT
from recsys.publish.connection import database_url, session
from recsys.settings import EventSettings
from recsys.stages import Inputs

LIVE = "SELECT count(*), count(DISTINCT user_id) FROM recommendations"
LIST = "SELECT rank, item_id, score, reason FROM recommendations WHERE user_id = %s ORDER BY rank LIMIT %s"
CURVE = "Learning curve: NDCG@10 of each day's lists, judged by what their users liked the day after"


@dataclass(frozen=True)
class Recommended:
    """One line of a user's list, as it stands in Postgres."""

    rank: int
    title: str
    score: float
    reason: str


def show(days: Sequence[Inputs], settings: EventSettings, console: Console) -> None:
    """Prints what runs of days one after another, all finished, made, and what Postgres serves now."""
    last = days[-1]
    given = tables(last, last["publish"][0].as_of)
    name_of = titles(given.items)
    with session(database_url()) as db, db.cursor() as cursor:
        cursor.execute(LIVE)
        rows, users = cursor.fetchone() or (0, 0)
        console.print(publication(last["publish"][0], rows, users), highlight=False)
        show_days(pd.read_parquet(last["evaluate"][0].path("hindsight.parquet")), console)
        show_quality(*measured(days), console)
        for summary in user_summaries(given, settings):
            cursor.execute(LIST, (summary.user_id, 10))
            listed = [Recommended(rank, name_of.get(item, item), score, why) for rank, item, score, why in cursor]
            show_user(summary, listed, console)


def publication(publish: Manifest, rows: int, users: int) -> str:
    """What is live, in two lines."""
    facts = escape("  ".join(f"{name} {text}" for name, text in publish.facts.items()))
    return f"\n[{TITLE_STYLE}]Live in Postgres[/]\n{rows:,} recommendations for {users:,} users   {facts}"


def measured(days: Sequence[Inputs]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Metrics and ratios of the last hindsight, and of the last backtest, which not every day has."""
    both = []
    for name in ("metrics", "ratios"):
        found = [pd.read_parquet(made["evaluate"][0].path(f"{name}.parquet")) for made in days]
        backtests = [backtest for frame in found if len(backtest := frame[frame["protocol"] != HINDSIGHT])]
        last = found[-1]
        both.append(pd.concat([last[last["protocol"] == HINDSIGHT], *backtests[-1:]], ignore_index=True))
    return both[0], both[1]


def show_days(by_day: pd.DataFrame, console: Console) -> None:
    """Prints the learning curve, where a day was judged."""
    if rows := hindsight.curve(by_day):
        console.print(table(CURVE, hindsight.COLUMNS, rows))


def show_quality(metrics: pd.DataFrame, ratios: pd.DataFrame, console: Console) -> None:
    """Prints hindsight where there is any, then the backtests, with 95% intervals over users."""
    for title, rows in quality.main(metrics):
        console.print(table(title, ["", *quality.METRICS], rows))
    for sentence in quality.compared(ratios):
        console.print(sentence, highlight=False)
    revealed, rows = quality.cold(metrics)
    if rows:
        console.print(table("New users: NDCG@10 by number of events revealed", ["", *revealed], rows))


def show_user(summary: UserSummary, listed: Sequence[Recommended], console: Console) -> None:
    """Prints one user: liked, interests before and after transfer, and their list."""
    console.print(
        f"\n[{TITLE_STYLE}]User {escape(summary.user_id)}, {summary.why}[/]: {summary.positives} positive events, "
        f"evidence {summary.evidence:.1f}, alpha {summary.alpha:.2f} ({summary.segment})\n"
        f"  liked    {escape('; '.join(summary.liked)) or 'nothing yet'}\n"
        f"  before   {shares_in_words(summary.before) or 'unknown'}\n"
        f"  after    {shares_in_words(summary.after)}\n"
        f"  made of  {shares_in_words(summary.made_of)}",
        highlight=False,
    )
    console.print(_side_by_side(summary, listed) if summary.without else _list(listed))


def _list(listed: Sequence[Recommended]) -> object:
    rows = [[str(line.rank), line.title, f"{line.score:.3f}", line.reason] for line in listed]
    return table("", ["", "title", "score", "reason"], rows)


def _side_by_side(summary: UserSummary, listed: Sequence[Recommended]) -> object:
    shown = {line.title for line in listed}
    lacking = [title if title in shown else f"{title} *" for title in summary.without]
    rows = [[str(line.rank), line.title, line.reason, *lacking[line.rank - 1 : line.rank]] for line in listed]
    return table("", ["", "title", "reason", "without transfer (*: not in the list beside)"], rows)
