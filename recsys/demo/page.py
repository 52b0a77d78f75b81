"""Tables and shares as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

TITLE_STYLE = "bold"
WIDTH = 140
"""Columns of a page that is not shown on a terminal."""
SMALLEST = 0.005
"""Shares below this are not shown."""


def console() -> Console:
    """The page: the terminal, or `WIDTH` columns of text."""
    page = Console()
    return page if page.is_terminal else Console(width=WIDTH)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table whose first column is never broken."""
    made = Table(title=title or None, title_justify="left", title_style=TITLE_STYLE)
    for number, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=number == 0)
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def shares_in_words(shares: Iterable[tuple[str, float]]) -> str:
    """Names with their share, as markup.

    >>> shares_in_words([("follows", 0.62), ("population", 0.38), ("cohort", 0.0)])
    'follows 62%   population 38%'
    """
    return escape("   ".join(f"{name} {share:.0%}" for name, share in shares if share >= SMALLEST))
