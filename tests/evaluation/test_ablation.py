from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest

from recsys.evaluation import ablation
from recsys.evaluation.columns import ABLATION, ALL
from recsys.evaluation.protocols.cut import Cut
from recsys.events.interactions import Interactions
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.signals import registry
from recsys.ranking.world import World
from recsys.settings import Settings


@pytest.fixture(scope="module")
def kept() -> Iterator[None]:
    """Two modules of signals: texts tell even items from odd ones, popularity does not."""
    named = [name for name in registry.modules() if name.rpartition(".")[2] in ("popularity", "text")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "modules", lambda: named)
        yield


@pytest.fixture(scope="module")
def table(
    kept: None,
    checkerboard: Interactions,
    world: World,
    configured: Callable[..., Settings],
    cut: Callable[..., list[Cut]],
) -> pd.DataFrame:
    (warm,) = cut(checkerboard, ["warm"])
    return ablation.run(warm, world, configured())


@pytest.fixture(scope="module")
def learnt(kept: None, checkerboard: Interactions, world: World, configured: Callable[..., Settings]) -> list[Examples]:
    return backcast.examples(checkerboard, world, configured())


def signals(examples: list[Examples]) -> list[str]:
    return list(dict.fromkeys(column.spec.name for column in examples[0].candidates.columns if column.spec))


def test_every_signal_the_trees_and_the_donors_have_a_row_for_everybody(
    table: pd.DataFrame, learnt: list[Examples]
) -> None:
    whole = table[table["segment"] == ALL]
    assert tuple(table.columns) == ABLATION
    assert whole.loc[whole["kind"] == "signal", "part"].tolist() == signals(learnt)
    assert whole.loc[whole["kind"] == "step", "part"].tolist() == ["trees", "donors"]
    assert set(whole["users"]) == {60}
    assert set(table["protocol"]) == {"warm"}


def test_a_ratio_is_that_of_the_two_figures_and_lies_in_its_interval(table: pd.DataFrame) -> None:
    assert table["value"].to_numpy() == pytest.approx((table["ndcg@10"] / table["without"]).to_numpy())
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert table.loc[table["segment"] == ALL, "ndcg@10"].nunique() == 1


def test_only_signals_cost_something_of_their_own(table: pd.DataFrame) -> None:
    costs = table.groupby("kind")[["fit_s", "ask_ms"]].sum()
    assert costs["ask_ms"]["signal"] > 0
    assert (costs.drop("signal") == 0).all(axis=None)


def test_without_a_signal_its_features_are_gone_and_what_it_alone_nominated(learnt: list[Examples]) -> None:
    whole = learnt[0]
    name = "text"
    left = ablation.without(whole, name)
    assert name not in signals([left])
    assert len(left.candidates.columns) == len(whole.candidates.columns) - 2
    norms = whole.candidates.places("norm")
    others = np.array([whole.candidates.columns[place].name != name for place in norms])
    by_others, by_it = (whole.candidates.nominated(norms[some]) for some in (others, ~others))
    lost = by_it & ~by_others
    assert left.candidates.item.tolist() == whole.candidates.item[~lost].tolist()
    assert left.positive.tolist() == whole.positive[~lost].tolist()
    assert left.user is whole.user


def test_a_signal_that_nobody_has_changes_nothing(learnt: list[Examples]) -> None:
    left = ablation.without(learnt[0], "a signal of another shop")
    assert left.candidates.features.tolist() == learnt[0].candidates.features.tolist()


def test_what_tells_the_halves_apart_is_worth_more_than_what_does_not(table: pd.DataFrame) -> None:
    whole = table[table["segment"] == ALL].set_index("part")
    assert whole["low"]["text"] > 1.1
    assert whole["value"].drop("text").max() < whole["low"]["text"]
