"""The trace of a transfer: what a user was before and after, how far it went, and who vouched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recsys.schema import ALPHA, DONOR, EVIDENCE, OBSERVED, SEGMENT, TRANSFERRED, USER_ID
from recsys.transfer.model import Profiles
from recsys.transfer.segments import NAMES


def trace(profiles: Profiles, user_ids: Sequence[str], donors: Sequence[str]) -> pd.DataFrame:
    """One row a user; `donors` holds donor, share of the source, and voices (people behind it, 0: everybody)."""
    counts = {**{name: np.diff(voices.indptr) for name, voices in profiles.voices.items()}, **profiles.behind}
    observed = profiles.observed
    return pd.DataFrame({
        USER_ID: list(user_ids),
        EVIDENCE: observed.evidence,
        "events": observed.events,
        SEGMENT: [NAMES[place] for place in profiles.segment],
        ALPHA: profiles.alpha,
        OBSERVED: [row if row.any() else row[:0] for row in observed.distribution],
        TRANSFERRED: list(profiles.transferred),
        "donors": [
            [{DONOR: name, "share": float(share), "voices": int(counts[name][row]) if name in counts else 0}
             for name, share in zip(donors, shares, strict=True)]
            for row, shares in enumerate(profiles.shares)
        ],
    })  # fmt: skip
