"""The trace of a transfer: what a user was before and after, how far it went, and the contributors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys.events.interactions import Floats
from recsys.schema import ALPHA, DONOR, EVIDENCE, OBSERVED, SEGMENT, TRANSFERRED, USER_ID
from recsys.transfer.model import Profiles
from recsys.transfer.segments import NAMES


def trace(profiles: Profiles, user_ids: Sequence[str], donors: Sequence[str]) -> pa.Table:
    """One row a user; `donors` holds donor, share of the source, and `voices` (contributors; 0: everybody)."""
    observed = profiles.observed
    return pa.table(
        {
            USER_ID: pa.array(user_ids, pa.string()),
            EVIDENCE: observed.evidence,
            "events": observed.events,
            SEGMENT: np.array(NAMES, object)[profiles.segment],
            ALPHA: profiles.alpha,
            OBSERVED: _lists(observed.distribution, np.asarray(observed.distribution.any(axis=1))),
            TRANSFERRED: _lists(profiles.transferred, np.ones(len(user_ids), bool)),
            "donors": _donors(profiles, donors),
        }
    )


def _donors(profiles: Profiles, donors: Sequence[str]) -> pa.ListArray:
    counts = {**{name: np.diff(weights.indptr) for name, weights in profiles.weights.items()}, **profiles.contributors}
    nobody = np.zeros(len(profiles.shares), np.int64)
    contributors = np.column_stack([counts.get(name, nobody) for name in donors]).astype(np.int64)
    names = pa.array(np.tile(np.array(donors, object), len(contributors)), pa.string())
    share = profiles.shares.astype(float)
    entries = pa.StructArray.from_arrays([names, share.ravel(), contributors.ravel()], [DONOR, "share", "voices"])
    return pa.ListArray.from_arrays(_offsets(np.full(len(contributors), len(donors))), entries)


def _lists(rows: Floats, filled: npt.NDArray[np.bool_]) -> pa.ListArray:
    """A list a row, (n, width); an empty list where it is not `filled`, (n,)."""
    return pa.ListArray.from_arrays(_offsets(filled * rows.shape[1]), pa.array(rows[filled].ravel()))


def _offsets(lengths: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
