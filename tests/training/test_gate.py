from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.errors import DataError
from recsys.training.gate import judge


def table(warm: float, cold_items: float = 0.2, heavy: float = 0.3, users: int = 40) -> pd.DataFrame:
    """Users of three segments whose NDCG lies around the numbers given, the same for each number every time."""
    rng, rows = np.random.default_rng(3), []
    for segment, value in {"cold": warm, "heavy": heavy}.items():
        rows += [("warm", segment, f"{segment}{user}", value + rng.normal(0, 0.02)) for user in range(users)]
    rows += [("cold-items", "cold items", f"cold{user}", cold_items + rng.normal(0, 0.02)) for user in range(users)]
    made = pd.DataFrame(rows, columns=["protocol", "segment", "user_id", "ndcg@10"])
    return made.assign(**{"recall@10": 0.0})


def test_who_is_better_for_sure_and_nowhere_worse_passes() -> None:
    verdict = judge(table(0.25), table(0.2), tolerance=0.1)
    assert verdict.passed
    assert 0 < verdict.low <= verdict.gain <= verdict.high


def test_the_same_again_does_not_replace_the_champion() -> None:
    verdict = judge(table(0.2), table(0.2), tolerance=0.1)
    assert (verdict.passed, verdict.gain) == (False, 0)
    assert "does not lie above 0" in verdict.reasons[0]


def test_a_gain_within_chance_is_refused() -> None:
    champion = table(0.2)
    noisy = champion.assign(
        **{"ndcg@10": champion["ndcg@10"] + np.random.default_rng(0).normal(0.001, 0.1, len(champion))}
    )
    assert not judge(noisy, champion, tolerance=1.0).passed


def test_a_segment_that_pays_for_the_others_is_refused_by_name() -> None:
    verdict = judge(table(0.5, heavy=0.2), table(0.2, heavy=0.3), tolerance=0.1)
    assert verdict.low > 0
    assert verdict.reasons == ("segment heavy falls from 0.2970 to 0.1970, more than 10%",)


def test_cold_items_are_a_segment_of_their_own() -> None:
    (reason,) = judge(table(0.5, cold_items=0.1), table(0.2), tolerance=0.1).reasons
    assert reason.startswith("segment cold items falls")


def test_what_falls_within_the_tolerance_passes() -> None:
    assert judge(table(0.5, heavy=0.28), table(0.2, heavy=0.3), tolerance=0.1).passed


def test_a_segment_of_few_users_refuses_nothing() -> None:
    assert judge(table(0.9, cold_items=0.1, users=10), table(0.2, users=10), tolerance=0.1).passed


def test_the_order_of_rows_does_not_matter() -> None:
    mixed = table(0.25).sample(frac=1, random_state=1)
    assert judge(mixed, table(0.2), 0.1) == judge(table(0.25), table(0.2), 0.1)


def test_different_users_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="asked for different requests"):
        judge(table(0.2).iloc[1:], table(0.2), tolerance=0.1)


def test_without_users_nothing_passes() -> None:
    nobody = table(0.2).iloc[:0]
    assert judge(nobody, nobody, tolerance=0.1).reasons == ("nobody could be asked",)
