from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints
from recsys.interests.distributions import Observed
from recsys.settings import ReasonLanguage
from recsys.transfer.model import Profiles
from recsys.transfer.trace import trace
from recsys.transfer.words import WORDS, transfer_in_words


def floats(values: list[Any]) -> Floats:
    return np.array(values, np.float32)


def ints(values: list[int]) -> Ints:
    return np.array(values, np.int32)


def test_the_trace_names_what_a_user_was_how_far_it_went_and_who_contributed() -> None:
    observed = Observed(floats([[1, 0], [0, 0]]), floats([4, 0]), ints([5, 0]))
    profiles = Profiles(
        observed,
        source=floats([[0.5, 0.5], [0.25, 0.75]]),
        alpha=floats([0.5, 1]),
        transferred=floats([[0.75, 0.25], [0.25, 0.75]]),
        segment=ints([2, 0]),
        shares=floats([[0.75, 0.25], [0, 1]]),
        weights={"neighbours": sp.csr_matrix(floats([[0.5, 0.5], [0, 0]]))},
    )
    ann, bob = trace(profiles, ["ann", "bob"], ["neighbours", "population"]).to_pylist()
    assert {name: list(ann.pop(name)) for name in ("observed", "transferred")} == {
        "observed": [1, 0],
        "transferred": [0.75, 0.25],
    }
    assert {name: list(bob.pop(name)) for name in ("observed", "transferred")} == {
        "observed": [],
        "transferred": [0.25, 0.75],
    }
    assert ann == {
        "user_id": "ann",
        "evidence": 4,
        "events": 5,
        "segment": "4-10",
        "alpha": 0.5,
        "donors": [
            {"donor": "neighbours", "share": 0.75, "voices": 2},
            {"donor": "population", "share": 0.25, "voices": 0},
        ],
    }
    assert bob == {
        "user_id": "bob",
        "evidence": 0,
        "events": 0,
        "segment": "0",
        "alpha": 1,
        "donors": [{"donor": "neighbours", "share": 0, "voices": 0}, {"donor": "population", "share": 1, "voices": 0}],
    }


def test_donors_that_pass_on_a_sum_have_voices_too() -> None:
    profiles = Profiles(
        Observed(floats([[0, 0]]), floats([0]), ints([0])),
        source=floats([[0.5, 0.5]]),
        alpha=floats([1]),
        transferred=floats([[0.5, 0.5]]),
        segment=ints([0]),
        shares=floats([[0.5, 0.25, 0.25]]),
        weights={},
        contributors={"cohort": ints([41])},
    )
    (row,) = trace(profiles, ["ann"], ["cohort", "domains", "newcomers"]).to_pylist()
    assert [(donor["donor"], donor["voices"]) for donor in row["donors"]] == [
        ("cohort", 41),
        ("domains", 0),
        ("newcomers", 0),
    ]
    assert transfer_in_words(row, "en") == (
        "50% from 41 people like you, 25% from your choices elsewhere, 25% from what newcomers choose; alpha 1.00"
    )
    assert (
        transfer_in_words(row, "zh")
        == "50%来自41位与您相似的人，25%来自您在别处的选择，25%来自新来者的选择；alpha 1.00"
    )


def told(alpha: float, language: ReasonLanguage, **donors: tuple[float, int]) -> str:
    given = [{"donor": name, "share": share, "voices": people} for name, (share, people) in donors.items()]
    return transfer_in_words({"alpha": alpha, "donors": given}, language)


@pytest.mark.parametrize(
    ("alpha", "donors", "english", "chinese"),
    [
        (
            0.62,
            {"follows": (0.5, 8), "population": (0.5, 0)},
            "38% from your own choices, 31% from 8 people you follow, 31% from what everybody chooses; alpha 0.62",
            "38%来自您自己的选择，31%来自8位您关注的人，31%来自大家的选择；alpha 0.62",
        ),
        (0, {"neighbours": (1, 50)}, "100% from your own choices; alpha 0.00", "100%来自您自己的选择；alpha 0.00"),
        (
            1,
            {"neighbours": (0, 0), "cohort": (0.25, 40), "population": (0.75, 0)},
            "25% from 40 people like you, 75% from what everybody chooses; alpha 1.00",
            "25%来自40位与您相似的人，75%来自大家的选择；alpha 1.00",
        ),
        (
            0.5,
            {"follows": (1, 1)},
            "50% from your own choices, 50% from people you follow; alpha 0.50",
            "50%来自您自己的选择，50%来自您关注的人；alpha 0.50",
        ),
        (
            0.5,
            {"graph walk": (1, 0)},
            "50% from your own choices, 50% from graph walk; alpha 0.50",
            "50%来自您自己的选择，50%来自graph walk；alpha 0.50",
        ),
        (0.5, {"follows": (0, 0)}, "100% from your own choices; alpha 0.50", "100%来自您自己的选择；alpha 0.50"),
    ],
)
def test_a_profile_is_told_by_its_parts(
    alpha: float, donors: dict[str, tuple[float, int]], english: str, chinese: str
) -> None:
    assert told(alpha, "en", **donors) == english
    assert told(alpha, "zh", **donors) == chinese


def test_every_language_knows_the_same_donors() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
