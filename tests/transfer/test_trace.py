from typing import Any

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints
from recsys.interests.distributions import Observed
from recsys.transfer.model import Profiles
from recsys.transfer.trace import trace


def floats(values: list[Any]) -> Floats:
    return np.array(values, np.float32)


def ints(values: list[int]) -> Ints:
    return np.array(values, np.int32)


def test_the_trace_says_what_a_user_was_how_far_it_went_and_who_vouched() -> None:
    observed = Observed(floats([[1, 0], [0, 0]]), floats([4, 0]), ints([5, 0]))
    profiles = Profiles(
        observed, source=floats([[0.5, 0.5], [0.25, 0.75]]), alpha=floats([0.5, 1]),
        transferred=floats([[0.75, 0.25], [0.25, 0.75]]), segment=ints([2, 0]),
        shares=floats([[0.75, 0.25], [0, 1]]),
        voices={"neighbours": sp.csr_matrix(floats([[0.5, 0.5], [0, 0]]))},
    )  # fmt: skip
    ann, bob = trace(profiles, ["ann", "bob"], ["neighbours", "population"]).to_dict("records")
    assert {name: list(ann.pop(name)) for name in ("observed", "transferred")} == {
        "observed": [1, 0], "transferred": [0.75, 0.25],
    }  # fmt: skip
    assert {name: list(bob.pop(name)) for name in ("observed", "transferred")} == {
        "observed": [], "transferred": [0.25, 0.75],
    }  # fmt: skip
    assert ann == {
        "user_id": "ann", "evidence": 4, "events": 5, "segment": "4-10", "alpha": 0.5,
        "donors": [{"donor": "neighbours", "share": 0.75, "voices": 2},
                   {"donor": "population", "share": 0.25, "voices": 0}],
    }  # fmt: skip
    assert bob == {
        "user_id": "bob", "evidence": 0, "events": 0, "segment": "0", "alpha": 1,
        "donors": [{"donor": "neighbours", "share": 0, "voices": 0},
                   {"donor": "population", "share": 1, "voices": 0}],
    }  # fmt: skip
