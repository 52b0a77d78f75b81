"""What came of what was shown: clicks, purchases and their value per impression, in all and by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.feedback.ratios import Numbers, Ratio, ratio
from recsys.schema import ACTION, IMPRESSION, ITEM_ID, OCCURRED_AT, POSITION, USER_ID, VALUE

CLICKS = ("click",)
PURCHASES = ("buy", "purchase", "order", "transaction")
"""Actions that count as a click, and as a purchase."""
SHOWN = ("pub_id", USER_ID, ITEM_ID)
"""What an impression is known by: it counts once, however often it was reported."""
MAX_EARLIER = 5
"""Number of earlier impressions from which on they are counted together."""
ALL, SIGNAL, AUDIENCE = "", "signal", "audience"
COHORT, OWN, POPULATION = "cohort", "user", "population"
METRICS: Mapping[str, tuple[str, float]] = {
    "ctr": ("clicked", 1.0),
    "conversion": ("bought", 1.0),
    "value_per_impression": (VALUE, np.inf),
}
"""For each metric what is summed over impressions, and the most that it can be."""


@dataclass(frozen=True)
class Figure:
    """A metric of a part of the impressions."""

    metric: str
    part: str
    """`<dimension>/<value>`, such as `position/1`; empty: all."""
    ratio: Ratio


def outcomes(feedback: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, days: int, back: int) -> pd.DataFrame:
    """Impressions whose first report came from `first` on and before `last`, one row each, with what came of them.

    Columns are those of the feedback and `clicked`, `bought` (0 or 1), `value` (of the purchases) and `earlier`: how
    often the item was shown to the user in the `back` days before. What the user did with the item of that answer
    counts from the impression on for `days`. Impressions of before `first` count as earlier ones alone.
    """
    is_shown = feedback[ACTION] == IMPRESSION
    shown = feedback[is_shown].sort_values([OCCURRED_AT, *SHOWN], kind="stable")
    shown = shown.assign(earlier=_earlier(shown, back)).drop_duplicates([*SHOWN])
    shown = shown[(shown[OCCURRED_AT] >= first) & (shown[OCCURRED_AT] < last)].drop(columns=[ACTION, VALUE])
    done = feedback.loc[~is_shown & feedback[ACTION].isin([*CLICKS, *PURCHASES]), [*SHOWN, ACTION, VALUE, OCCURRED_AT]]
    met = shown[[*SHOWN, OCCURRED_AT]].merge(done, on=list(SHOWN), suffixes=("", "_done"))
    after = met[f"{OCCURRED_AT}_done"] - met[OCCURRED_AT]
    met = met[(after >= pd.Timedelta(0)) & (after < pd.Timedelta(days=days))]
    bought = met[ACTION].isin(PURCHASES)
    met = met.assign(clicked=met[ACTION].isin(CLICKS) * 1.0, bought=bought * 1.0, value=met[VALUE].where(bought))
    came = met.groupby(list(SHOWN)).agg({"clicked": "max", "bought": "max", VALUE: "sum"})
    made = shown.join(came, on=list(SHOWN))
    return made.fillna({"clicked": 0.0, "bought": 0.0, VALUE: 0.0}).reset_index(drop=True)


def _earlier(shown: pd.DataFrame, back: int) -> np.ndarray:
    """How often the item of each impression was shown to its user in so many days before, (n,); sorted by time."""
    pair = shown.groupby([USER_ID, ITEM_ID], sort=False, observed=True).ngroup().to_numpy(np.int64)
    second = (shown[OCCURRED_AT] - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    order = np.lexsort((second, pair))
    span = (second.max(initial=0.0) - second.min(initial=0.0)) + back * 86_400 + 1 if len(second) else 1.0
    key = pair[order] * span + second[order] - second.min(initial=np.inf)
    found = np.empty(len(order), np.int64)
    found[order] = np.searchsorted(key, key) - np.searchsorted(key, key - back * 86_400)
    return found


def figures(made: pd.DataFrame) -> Iterator[Figure]:
    """Metrics of what `outcomes` returns, in all and by part; value per impression where purchases have a value."""
    if made.empty:
        return
    metrics = [name for name, (column, _) in METRICS.items() if column != VALUE or made[VALUE].any()]
    for dimension, labels in {ALL: pd.Series(ALL, made.index), **parts(made)}.items():
        part = labels if dimension == ALL else dimension + "/" + labels
        counted = made.assign(part=part, shown=1.0).dropna(subset=["part"])
        columns = ["shown", *(METRICS[name][0] for name in metrics)]
        by_user = counted.groupby(["part", USER_ID], sort=True, observed=True)[columns].sum()
        for name, users in by_user.groupby(level=0):
            shown: Numbers = users["shown"].to_numpy(float)
            for metric in metrics:
                column, top = METRICS[metric]
                yield Figure(metric, str(name), ratio(users[column].to_numpy(float), shown, top))
            yield Figure("impressions", str(name), Ratio(float(shown.sum()), None, None))


def parts(made: pd.DataFrame) -> dict[str, pd.Series]:
    """For each dimension the part to which an impression belongs, as text; null where it belongs to none."""
    own = made[AUDIENCE].isin([OWN, POPULATION])
    earlier = made["earlier"].clip(upper=MAX_EARLIER).astype(int).astype(str)
    return {
        "publication": made["pub_id"].astype(str),
        POSITION: made[POSITION].astype("Int64").astype("string"),
        SIGNAL: made[SIGNAL].astype("string"),
        "segment": made[AUDIENCE].where(own, COHORT).astype(str),
        "arm": made["experiment"].astype("string") + "/" + made["arm"].astype("string"),
        "earlier": earlier.where(made["earlier"] < MAX_EARLIER, f"{MAX_EARLIER}+"),
    }
