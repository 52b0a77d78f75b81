"""What came of what was shown, on tables by hand and in a simulated shop whose users click as it was planted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from recsys.feedback.attribution import Figure, figures, outcomes
from recsys.feedback.ratios import Ratio, ratio

START = pd.Timestamp("2026-01-01", tz="UTC")
Row = tuple[int, str, str, str, float, float | None]
"""Publication, user, item, action, day, value."""


def table(rows: Sequence[Row], **columns: object) -> pd.DataFrame:
    names = ["pub_id", "user_id", "item_id", "action", "day", "value"]
    made = pd.DataFrame(rows, columns=names).astype({"value": float})
    known: dict[str, object] = {"position": 1, "signal": "ease", "audience": "user", "experiment": None, "arm": None}
    return made.assign(occurred_at=START + pd.to_timedelta(made.pop("day"), "D"), **(known | columns))


def came(rows: Sequence[Row], first: float = 0.0, last: float = 10.0, days: int = 7, back: int = 14) -> pd.DataFrame:
    begin, end = (START + pd.Timedelta(days=day) for day in (first, last))
    return outcomes(table(rows), begin, end, days, back)


def of(found: Sequence[Figure] | pd.DataFrame) -> dict[tuple[str, str], float]:
    made = figures(found) if isinstance(found, pd.DataFrame) else found
    return {(figure.metric, figure.part): round(figure.ratio.value, 6) for figure in made}


def test_an_impression_counts_once_however_often_it_is_reported_and_so_does_a_click() -> None:
    made = came(
        [(1, "ann", "a", "impression", day, None) for day in (1, 1.1, 1.2)]
        + [(1, "ann", "a", "click", day, None) for day in (1.3, 1.4)]
    )
    assert made[["clicked", "bought"]].to_numpy().tolist() == [[1, 0]]


def test_what_is_done_counts_for_that_answer_and_item_within_its_days() -> None:
    made = came(
        [
            (1, "ann", "a", "impression", 1, None),
            (1, "ann", "a", "click", 7.9, None),
            (1, "ann", "b", "impression", 1, None),
            (1, "ann", "b", "click", 8.0, None),  # too late
            (2, "ann", "a", "impression", 2, None),
            (2, "ann", "a", "click", 1.9, None),  # before it was shown
            (1, "bob", "a", "impression", 1, None),
            (2, "bob", "a", "click", 1.5, None),  # of another answer
            (1, "cat", "a", "impression", 1, None),
            (1, "cat", "a", "view", 1.5, None),  # no click
        ]
    )
    found = {(row.pub_id, row.user_id, row.item_id): row.clicked for row in made.itertuples()}
    assert [key for key, clicked in found.items() if clicked] == [(1, "ann", "a")]
    assert len(found) == 5


def test_the_value_is_that_of_all_purchases_and_of_nothing_else() -> None:
    made = came(
        [
            (1, "ann", "a", "impression", 1, None),
            (1, "ann", "a", "buy", 2, 5.0),
            (1, "ann", "a", "purchase", 3, 2.5),
            (1, "ann", "a", "click", 1, 9.0),
            (1, "bob", "a", "impression", 1, None),
            (1, "bob", "a", "order", 1, None),
        ]
    )
    assert of(made)[("value_per_impression", "")] == 3.75
    assert of(made)[("conversion", "")] == 1.0
    assert of(made)[("ctr", "")] == 0.5


def test_only_impressions_of_the_window_count_by_their_first_report() -> None:
    rows: list[Row] = [
        (1, "ann", "a", "impression", 1, None),
        (1, "ann", "a", "impression", 3, None),
        (1, "ann", "b", "impression", 3, None),
        (1, "ann", "c", "impression", 5, None),
    ]
    assert came(rows, 2, 5)["item_id"].tolist() == ["b"]


def test_earlier_impressions_are_those_of_the_same_item_to_the_same_user_recently() -> None:
    rows: list[Row] = [
        *((pub, "ann", "a", "impression", float(pub), None) for pub in range(1, 8)),
        (1, "bob", "a", "impression", 6.5, None),
        (1, "ann", "b", "impression", 6.5, None),
    ]
    made = came(rows, 0, 30, back=3)
    found = {(row.pub_id, row.user_id, row.item_id): row.earlier for row in made.itertuples()}
    assert [found[(pub, "ann", "a")] for pub in range(1, 8)] == [0, 1, 2, 3, 3, 3, 3]
    assert (found[(1, "bob", "a")], found[(1, "ann", "b")]) == (0, 0)
    assert {part for metric, part in of(came(rows, 0, 30)) if metric == "ctr" and part.startswith("earlier/")} == {
        "earlier/0",
        "earlier/1",
        "earlier/2",
        "earlier/3",
        "earlier/4",
        "earlier/5+",
    }


def test_every_dimension_has_its_parts_and_what_is_unknown_belongs_to_none() -> None:
    rows: list[Row] = [(1, f"u{user}", "a", "impression", 1, None) for user in range(4)]
    rows += [(1, "u0", "a", "click", 1, None)]
    made = table(
        rows,
        position=[1, 2, None, 2, 1],
        audience=["user", "age=30", "population", "user", "user"],
        signal=["ease", "text", None, "ease", "ease"],
        experiment=["x", "x", None, None, "x"],
        arm=["champion", "new", None, None, "champion"],
    )
    found = of(outcomes(made, START, START + pd.Timedelta(days=9), 7, 14))
    assert {part: value for (metric, part), value in found.items() if metric == "ctr"} == {
        "": 0.25,
        "publication/1": 0.25,
        "position/1": 1.0,
        "position/2": 0.0,
        "signal/ease": 0.5,
        "signal/text": 0.0,
        "segment/user": 0.5,
        "segment/cohort": 0.0,
        "segment/population": 0.0,
        "arm/x/champion": 1.0,
        "arm/x/new": 0.0,
        "earlier/0": 0.25,
    }
    assert found[("impressions", "signal/ease")] == 2
    assert not any(metric == "value_per_impression" for metric, _ in found)


def test_without_impressions_there_are_no_figures() -> None:
    assert of(came([])) == of(came([(1, "ann", "a", "click", 1, None)])) == {}


def test_the_interval_is_that_of_the_formula_by_hand() -> None:
    made = ratio(np.array([1.0, 0.0, 3.0]), np.array([2.0, 2.0, 4.0]))
    half = 4.302653 * np.sqrt(3 / 2 * (0.0 + 1.0 + 1.0)) / 8
    assert (made.value, made.low, made.high) == pytest.approx((0.5, max(0.5 - half, 0), 0.5 + half), rel=1e-5)


PLACES = np.array([0.3, 0.2, 0.12, 0.08, 0.05])
"""Planted share of impressions at each position that users of mean taste click."""
SIGNALS = {"ease": 1.2, "text": 0.8}
USERS, DAYS = 400, 7


def simulated(seed: int) -> pd.DataFrame:
    """Users who look at five items a day, and click by position, by signal, and by a taste of their own."""
    rng = np.random.default_rng(seed)
    taste, busy = rng.choice([0.25, 1.75], USERS), rng.integers(1, DAYS + 1, USERS)
    user, day, place = (axis.ravel() for axis in np.meshgrid(range(USERS), range(DAYS), range(5), indexing="ij"))
    seen = day < busy[user]
    user, day, place = user[seen], day[seen], place[seen]
    signal = rng.choice(list(SIGNALS), len(user))
    factor = np.vectorize(SIGNALS.get)(signal)
    clicked = rng.random(len(user)) < PLACES[place] * taste[user] * factor
    bought = clicked & (rng.random(len(user)) < 0.5)
    shown = pd.DataFrame(
        {
            "pub_id": day + 1,
            "user_id": [f"u{row}" for row in user],
            "item_id": [f"i{row}" for row in place],
            "action": "impression",
            "occurred_at": START + pd.to_timedelta(day, "D"),
            "position": place + 1,
            "signal": signal,
            "audience": "user",
            "experiment": None,
            "arm": None,
            "value": np.nan,
        }
    )
    later = shown.assign(occurred_at=shown["occurred_at"] + pd.Timedelta(hours=3))
    return pd.concat(
        [
            shown,
            later[clicked].assign(action="click"),
            later[bought].assign(action="buy", value=rng.gamma(2, 10, int(bought.sum()))),
        ]
    )


def planted() -> dict[tuple[str, str], float]:
    """What the figures of the simulated shop estimate."""
    mean = float(PLACES.mean())
    ctr = {
        "": mean,
        **{f"position/{place + 1}": share for place, share in enumerate(PLACES)},
        **{f"signal/{name}": mean * factor for name, factor in SIGNALS.items()},
        **{f"publication/{day + 1}": mean for day in range(DAYS)},
    }
    return {
        **{("ctr", part): share for part, share in ctr.items()},
        **{("conversion", part): share / 2 for part, share in ctr.items()},
        **{("value_per_impression", part): 20 * share / 2 for part, share in ctr.items()},
    }


@pytest.fixture(scope="module")
def shops() -> list[dict[tuple[str, str], Ratio]]:
    end = START + pd.Timedelta(days=DAYS)
    made = [figures(outcomes(simulated(seed), START, end, 7, 14)) for seed in range(12)]
    return [{(figure.metric, figure.part): figure.ratio for figure in found} for found in made]


def test_planted_rates_lie_in_their_intervals_in_nine_of_ten_cells(shops: list[dict[tuple[str, str], Ratio]]) -> None:
    for metric in ("ctr", "conversion", "value_per_impression"):
        cells = [(key, truth) for key, truth in planted().items() if key[0] == metric]
        held = [
            made[key].low <= truth <= made[key].high  # type: ignore[operator]
            for made in shops
            for key, truth in cells
        ]
        assert np.mean(held) >= 0.9, metric


def test_intervals_are_no_wider_than_users_differ_and_wider_than_if_impressions_were_independent(
    shops: list[dict[tuple[str, str], Ratio]],
) -> None:
    whole = [made[("ctr", "")] for made in shops]
    width = np.mean([made.high - made.low for made in whole])  # type: ignore[operator]
    spread = 2 * 1.96 * np.std([made.value for made in whole], ddof=1)
    shown = np.mean([made[("impressions", "")].value for made in shops])
    alone = 2 * 1.96 * np.sqrt(PLACES.mean() * (1 - PLACES.mean()) / shown)
    assert width > 1.5 * alone
    assert 0.5 * spread < width < 2 * spread
