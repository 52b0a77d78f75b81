"""The four tables of input, as a source found them: nothing is judged or converted yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tables:
    """Raw tables, with the columns named in `recsys.schema` and any others; rows in the order of the source."""

    events: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame | None = None
    follows: pd.DataFrame | None = None
